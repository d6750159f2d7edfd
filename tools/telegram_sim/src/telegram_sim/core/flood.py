"""Flood limits as the FAQ states them: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this."""

import math
from collections import deque

OVERALL = 30
"""Messages a second over all chats."""
CHAT_INTERVAL = 1.0
"""Seconds between two messages in one chat. The real service allows short bursts; here there are none."""
MAX_CHATS = 100_000


class FloodLimits:
    """Counts the messages that were let through. Times are seconds that only grow."""

    def __init__(self) -> None:
        self._recent: deque[float] = deque(maxlen=OVERALL)
        self._by_chat: dict[int, float] = {}

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
