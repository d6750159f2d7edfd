"""How often something may happen. Times are seconds that only grow."""

import math
from collections import deque
from dataclasses import dataclass, field

OVERALL = 30
"""Messages a second over all chats (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this)."""
CHAT_INTERVAL = 1.0
"""Seconds between two messages in one chat. The real service allows short bursts; here there are none."""
MAX_CHATS = 100_000
BETWEEN_WEBHOOKS = 1.0
"""Seconds between two calls of setWebhook (server, Client.cpp, next_allowed_set_webhook_time_)."""


class FloodLimits:
    """The messages that were let through."""

    def __init__(self) -> None:
        self._recent: deque[float] = deque(maxlen=OVERALL)
        self._by_chat: dict[int, float] = {}

    def __len__(self) -> int:
        """Return how many chats are remembered."""
        return len(self._by_chat)

    def admit(self, chat_id: int, now: float) -> int:
        """Let a message through and return 0, or return for how many seconds to wait."""
        wait = self._by_chat.get(chat_id, -math.inf) + CHAT_INTERVAL - now
        if len(self._recent) == OVERALL:
            wait = max(wait, self._recent[0] + 1.0 - now)
        if wait > 0:
            return max(1, math.ceil(wait))
        self._recent.append(now)
        self._by_chat.pop(chat_id, None)
        self._by_chat[chat_id] = now
        if len(self._by_chat) > MAX_CHATS:
            del self._by_chat[next(iter(self._by_chat))]
        return 0


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


@dataclass
class Flood:
    """At most `count` events in `duration` seconds (td, FloodControlFast.h): a bucket that fills up evenly."""

    duration: float
    count: int
    _level: float = field(init=False)
    _at: float = field(default=-math.inf, init=False)

    def __post_init__(self) -> None:
        self._level = float(self.count)

    def next_at(self, now: float) -> float:
        """Return when the next event is allowed; not later than `now` if it is already."""
        missing = 1.0 - self._filled(now)
        return now if missing <= 0 else now + missing * self.duration / self.count

    def add(self, now: float) -> None:
        """Count an event."""
        self._level, self._at = self._filled(now) - 1.0, now

    def _filled(self, now: float) -> float:
        if math.isinf(self._at):
            return self._level
        return min(float(self.count), self._level + (now - self._at) * self.count / self.duration)
