"""Telegram's time, which may pass faster than ours."""

import time


class Clock:
    """`now` counts Telegram's seconds; `scale` is how many real seconds one of them takes."""

    def __init__(self, scale: float) -> None:
        self.scale = scale

    def now(self) -> float:
        """Return seconds that only grow."""
        return time.monotonic() / self.scale

    def real(self, seconds: float) -> float:
        """Return how many real seconds `seconds` of Telegram's take."""
        return seconds * self.scale

    @staticmethod
    def date() -> int:
        """Return Unix seconds: what messages carry is real time, however fast retries pass."""
        return int(time.time())
