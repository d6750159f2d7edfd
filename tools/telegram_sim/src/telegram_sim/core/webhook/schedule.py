"""When a webhook that failed is tried again (server, WebhookActor.cpp, on_update_error). All times in seconds."""

import re
from collections.abc import Callable
from dataclasses import dataclass

MAX_RESEND_DELAY = 60
"""WEBHOOK_MAX_RESEND_TIMEOUT: the cap of the growing delay is drawn from this to twice this, each time."""
MAX_RETRY_AFTER = 3600
"""What the receiver asks for by Retry-After counts up to here."""
GONE_AFTER = 23 * 3600
"""A receiver that has answered 410 for this long loses its webhook (WEBHOOK_DROP_TIMEOUT)."""
ANSWER_TIMEOUT = 60.0
"""Seconds for the whole answer (WebhookActor.cpp, create_connection; td, HttpConnectionBase.cpp, live_event)."""

_GONE = 410
_WHOLE = re.compile(r"[1-9][0-9]{0,9}")
_LARGEST = 2**31 - 1

Draw = Callable[[int, int], int]
"""Draws a whole number, both ends included: `random.Random.randint`."""


@dataclass(frozen=True)
class Retries:
    """What one update remembers of its failures."""

    failures: int = 0
    delay: int = 1

    def after_failure(self, retry_after: int, draw: Draw) -> tuple["Retries", int]:
        """Return what to remember now, and how long to wait before the next try.

        The first retry comes at once, then after 2, 4, 8, 16, 32, and then 60 to 120 seconds. A Retry-After
        takes the place of the delay and does not make it grow.
        """
        wait = min(max(retry_after, 0), MAX_RETRY_AFTER)
        delay = self.delay
        if wait == 0 and self.failures > 0:
            delay = min(draw(MAX_RESEND_DELAY, 2 * MAX_RESEND_DELAY), 2 * self.delay)
            wait = delay
        return Retries(self.failures + 1, delay), wait


def retry_after_of(header: str) -> int:
    """Return the seconds that a Retry-After asks for; 0 for a date or anything else (td, HttpQuery.cpp)."""
    text = header.strip()
    seconds = int(text) if _WHOLE.fullmatch(text) else 0
    return seconds if seconds <= _LARGEST else 0


@dataclass
class Gone:
    """Since when the receiver has answered 410 (server, WebhookActor.cpp, handle)."""

    since: float | None = None

    def after(self, status: int, now: float) -> bool:
        """Note an answer; tell whether the webhook is to be removed. A connection that broke counts for nothing."""
        if status != _GONE:
            if status:
                self.since = None
            return False
        if self.since is None:
            self.since = now
        return now > self.since + GONE_AFTER
