"""``python -m lbc_ingress``."""

from __future__ import annotations

from lbc_contracts.topology import Service
from lbc_ingress.bootstrap import bootstrap
from lbc_ingress.settings import IngressSettings
from lbc_runtime.service import main

if __name__ == "__main__":
    main(Service.INGRESS, IngressSettings, bootstrap)
