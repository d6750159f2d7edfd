"""Where what was fetched once is kept for the next start."""

import os
from pathlib import Path


def default_cache() -> Path:
    """``LBC_TESTKIT_CACHE``, else a folder of ours in the user's cache."""
    if given := os.environ.get("LBC_TESTKIT_CACHE"):
        return Path(given).absolute()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "lbc-testkit"
