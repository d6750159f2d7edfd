"""``python -m lbc_delivery``."""

from __future__ import annotations

from lbc_contracts.topology import Service
from lbc_delivery.bootstrap import bootstrap
from lbc_delivery.settings import DeliverySettings
from lbc_runtime.service import main

if __name__ == "__main__":
    main(Service.DELIVERY, DeliverySettings, bootstrap)
