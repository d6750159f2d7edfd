"""``python -m lbc_media``."""

from __future__ import annotations

from lbc_contracts.topology import Service
from lbc_media.bootstrap import bootstrap
from lbc_media.settings import MediaSettings
from lbc_runtime.service import main

if __name__ == "__main__":
    main(Service.MEDIA, MediaSettings, bootstrap)
