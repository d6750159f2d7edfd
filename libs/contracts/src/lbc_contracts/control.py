"""The operator's pause, as the operator's tool writes it and delivery reads it.

It is the row `pause_key` of `tables.CONTROL`. Attributes:

==========  =====  ==========================================================================
``name``    S      the key
``paused``  BOOL   whether sending rests; without a row it goes on
``until``   N      epoch seconds at which the pause ends by itself; without it, by ``resume``
``since``   N      epoch seconds when it began
``by``      S      who paused or resumed
``reason``  S      why
==========  =====  ==========================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def pause_key(bot: str) -> str:
    """Key of the row that rests all sending of ``bot``."""
    return f"{bot}:delivery"


def is_paused(item: Mapping[str, Any], now: float) -> bool:
    """Whether sending rests.

    Args:
        item: the row as DynamoDB has it; empty if there is none.
        now: epoch seconds.
    """
    paused = bool(item.get("paused", {}).get("BOOL", False))
    until = item.get("until", {}).get("N")
    return paused and (until is None or now < float(until))
