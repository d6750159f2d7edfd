"""When a webhook that failed is tried again (server, WebhookActor.cpp, on_update_error). All times in seconds."""

from collections.abc import Callable
from dataclasses import dataclass

MAX_RESEND_DELAY = 60
"""WEBHOOK_MAX_RESEND_TIMEOUT: the cap of the growing delay is drawn from this to twice this, each time."""
MAX_RETRY_AFTER = 3600
"""What the receiver asks for by Retry-After counts up to here."""
RECONNECT_DELAY = 2
"""A receiver that refuses connections is tried this often, at no cost to the update's own schedule
(server, WebhookActor.cpp, pending_new_connection_flood_)."""
GONE_AFTER = 23 * 3600
"""A receiver that has answered 410 for this long loses its webhook (WEBHOOK_DROP_TIMEOUT)."""

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
