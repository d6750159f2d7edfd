"""Waits that grow, with jitter, so that many who wait do not come back at the same moment."""

from __future__ import annotations

import random


class Backoff:
    """Doubles from ``least`` to ``most`` seconds; each wait is drawn from its upper half."""

    def __init__(self, least: float, most: float) -> None:
        self._least = least
        self._most = most
        self._wait = least

    def next(self) -> float:
        """How many seconds to wait now."""
        wait, self._wait = self._wait, min(self._most, self._wait * 2)
        return wait * random.uniform(0.5, 1)  # noqa: S311 - jitter is no secret

    def reset(self) -> None:
        """Begin small again: it worked."""
        self._wait = self._least
