"""A rate that is kept by waiting one's turn."""

from __future__ import annotations

import math


class Turns:
    """A token bucket that hands out turns: each caller is told how long to wait for theirs.

    Args:
        per_second: turns a second in the long run.
        burst: turns at once.
    """

    def __init__(self, per_second: float, burst: int = 1) -> None:
        self._interval = 1 / per_second
        self._slack = self._interval * (burst - 1)
        self._next = -math.inf

    def take(self, now: float, patience: float) -> float | None:
        """Take a turn.

        Args:
            now: seconds on a monotonic clock.
            patience: seconds that the caller would wait at most.

        Returns:
            Seconds to wait; None when the turn would come too late, and then none is taken.
        """
        turn = max(self._next, now - self._slack)
        wait = max(0.0, turn - now)
        if wait > patience:
            return None
        self._next = turn + self._interval
        return wait
