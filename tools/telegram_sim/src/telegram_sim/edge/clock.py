"""Telegram's time, which may pass faster than ours, and be put forward."""

import time
from collections.abc import Callable


class Clock:
    """`now` counts Telegram's seconds; `scale` is how many real seconds one of them takes."""

    def __init__(self, scale: float) -> None:
        self.scale = scale
        self.listeners: list[Callable[[], None]] = []
        self._began = time.monotonic()
        self._ahead = 0.0

    def now(self) -> float:
        """Return seconds that only grow."""
        return self._ahead + (time.monotonic() - self._began) / self.scale

    def real(self, seconds: float) -> float:
        """Return how many real seconds `seconds` of Telegram's take."""
        return seconds * self.scale

    @staticmethod
    def real_now() -> float:
        """Return real seconds that only grow."""
        return time.monotonic()

    def advance(self, seconds: float) -> None:
        """Put the clock forward: what was due within these seconds is due now."""
        self._ahead += max(seconds, 0.0)
        for listener in self.listeners:
            listener()

    def date(self) -> int:
        """Return Unix seconds: what messages carry. Real time however fast retries pass, unless put forward."""
        return int(time.time() + self._ahead)
