"""How fast conflicts are answered, and how often a webhook may be set (server, Client.cpp). Times are seconds."""

import math
from dataclasses import dataclass

DELAY = 3.0
"""fail_query_conflict: the first 409 comes at once, and those within so many seconds are made to wait as long."""
BETWEEN_WEBHOOKS = 1.0
"""process_set_webhook_query, next_allowed_set_webhook_time_."""


@dataclass
class Conflicts:
    """Slows down whoever goes on and on."""

    _next_at: float = -math.inf

    def wait(self, now: float) -> float:
        """Return for how long the answer to a conflict is held back."""
        if now < self._next_at:
            return DELAY
        self._next_at = now + DELAY
        return 0.0


@dataclass
class WebhookFlood:
    """One setWebhook with a URL a second."""

    _next_at: float = -math.inf

    def admit(self, now: float) -> int:
        """Let a call through and return 0, or return the retry_after."""
        if now < self._next_at:
            return 1
        self._next_at = now + BETWEEN_WEBHOOKS
        return 0
