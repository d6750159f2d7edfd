"""How fast we may talk: a pace over all chats, and one in each chat.

All times are seconds of a monotonic clock, given by the caller. Correctness does not rest on this: two consumers may
live for a moment, and Telegram's 429 has the last word.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

SLOWEST: Final = 1.0
"""Messages a second below which a 429 does not push us."""
REGAIN_PER_SECOND: Final = 0.1
"""Messages a second regained each second after a 429: from 15 to 30 in two and a half minutes."""
ONE_FLOOD: Final = 1.0
"""Seconds in which several 429 count as one: those in flight all get theirs."""


class Pace:
    """Evenly spaced turns, so that no window of a second holds more than ``rate``.

    Halved by a 429, regained slowly.

    Args:
        rate: messages a second; 0 for no limit.
    """

    def __init__(self, rate: float) -> None:
        self._most = rate
        self._rate = rate
        self._set_at = 0.0
        self._free_at = 0.0
        self._flooded_at = float("-inf")

    def rate(self, now: float) -> float:
        """Messages a second that are allowed now."""
        return min(self._most, self._rate + max(0.0, now - self._set_at) * REGAIN_PER_SECOND)

    def wait(self, now: float) -> float:
        """Seconds until the next turn."""
        return max(0.0, self._free_at - now)

    def reserve(self, now: float) -> float:
        """Take the next turn; returns the seconds until it comes."""
        if not self._most:
            return 0.0
        turn = max(now, self._free_at)
        self._free_at = turn + 1 / self.rate(now)
        return turn - now

    def flooded(self, now: float) -> None:
        """Telegram answered 429."""
        if not self._most or now - self._flooded_at < ONE_FLOOD:
            return
        self._flooded_at = self._set_at = now
        self._rate = max(min(SLOWEST, self._most), self.rate(now) / 2)


class Chats:
    """When each chat may get its next message; remembers only those that have to wait, and at most ``capacity``.

    Args:
        rate: messages a second in one chat; 0 for no limit of ours (Telegram's own pauses are kept all the same).
        capacity: chats remembered; beyond it the one heard of longest ago is forgotten.
    """

    def __init__(self, rate: float, capacity: int) -> None:
        self._gap = 1 / rate if rate else 0.0
        self._capacity = capacity
        self._free_at: OrderedDict[int, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._free_at)

    def wait(self, chat: int, now: float) -> float:
        """Seconds until the chat may get a message."""
        return max(0.0, self._free_at.get(chat, now) - now)

    def spoke(self, chat: int, now: float) -> None:
        """A message is going out to the chat now."""
        if self._gap:
            self._set(chat, now + self._gap, now)

    def hold(self, chat: int, seconds: float, now: float) -> None:
        """Telegram wants quiet in the chat for so many seconds."""
        self._set(chat, now + seconds, now)

    def _set(self, chat: int, free_at: float, now: float) -> None:
        self._free_at[chat] = max(free_at, self._free_at.get(chat, free_at))
        self._free_at.move_to_end(chat)
        while self._free_at:
            oldest = next(iter(self._free_at))
            if self._free_at[oldest] > now and len(self._free_at) <= self._capacity:
                break
            del self._free_at[oldest]
