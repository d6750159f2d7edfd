"""``python -m lbc_tts``."""

from __future__ import annotations

from lbc_contracts.topology import Service
from lbc_runtime.service import main
from lbc_tts.bootstrap import bootstrap
from lbc_tts.settings import TtsSettings

if __name__ == "__main__":
    main(Service.TTS, TtsSettings, bootstrap)
