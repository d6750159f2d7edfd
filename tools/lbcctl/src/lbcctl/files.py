"""Small files that a command line names."""

from __future__ import annotations

from pathlib import Path

from lbcctl.exits import Exit, StopError


def read(file: Path) -> str:
    """What a file says, such as a secret, without the line's end.

    Raises:
        StopError: it cannot be read.
    """
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise StopError(f"{file}: {why}", Exit.USAGE) from None
