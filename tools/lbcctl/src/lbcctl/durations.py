"""Times as an operator types and reads them: ``90s``, ``15m``, ``6h``, ``3d``."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise
from typing import Final

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_TYPED = re.compile(r"(\d{1,9})([smhd])")


def duration(typed: str) -> timedelta:
    """Read a duration.

    Raises:
        ValueError: it is none; the message says how one looks.
    """
    match = _TYPED.fullmatch(typed.strip())
    if not match:
        raise ValueError(f"{typed!r} is no duration; write it like 90s, 15m, 6h or 3d")
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


def age(span: timedelta | None) -> str:
    """A time span by its two greatest units, such as ``3d 4h``; ``-`` for None."""
    if span is None:
        return "-"
    seconds = max(0, int(span.total_seconds()))
    units = sorted(_UNITS.items(), key=lambda unit: -unit[1])
    for (name, size), (its_name, smaller) in pairwise(units):
        if seconds >= size:
            rest = seconds % size // smaller
            return f"{seconds // size}{name} {rest}{its_name}" if rest else f"{seconds // size}{name}"
    return f"{seconds}s"
