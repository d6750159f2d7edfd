"""The rate limit of a service, as it publishes it."""

import time
from collections.abc import Callable


class TokenBucket:
    """Allows ``burst`` requests at once, and ``rate`` a second in the long run.

    Attributes:
        rate: tokens that come back in a second.
        burst: tokens it holds when full, as it is at first.
    """

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self.burst = burst
        self._clock = clock
        self._tokens = burst
        self._at = clock()

    def take(self) -> bool:
        """Take a token, if there is one."""
        now = self._clock()
        self._tokens = min(self.burst, self._tokens + (now - self._at) * self.rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
