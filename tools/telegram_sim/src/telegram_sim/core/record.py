"""The record of everything that happened, in order, bounded."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from telegram_sim.core.types import Json, weight

ENTRY_KINDS = (
    "person", "message", "edit", "delete", "chat_action", "tap", "callback_answer", "update", "delivery", "released",
    "expired", "unwanted", "call", "download", "faults", "switches", "clock", "reset",
)  # fmt: skip
"""What an entry can be about."""


@dataclass(frozen=True)
class Filter:
    """Which entries are asked for; nothing given means all of them."""

    kinds: Collection[str] = ()
    chats: Collection[int] = ()
    method: str = ""
    update_id: int | None = None

    def takes(self, entry: Json) -> bool:
        """Tell whether the entry is asked for."""
        return (
            (not self.kinds or entry["kind"] in self.kinds)
            and (not self.chats or entry.get("chat_id") in self.chats)
            and (not self.method or str(entry.get("method", "")).lower() == self.method.lower())
            and (self.update_id is None or entry.get("update_id") == self.update_id)
        )


class Record:
    """Entries numbered from 1; a cursor is the number of the last entry that was seen.

    The oldest entries are forgotten beyond `limit` entries or `max_bytes`; a fifth more are kept, so that forgetting
    is cheap.
    """

    def __init__(self, limit: int, now: Callable[[], float], max_bytes: int = 1 << 27) -> None:
        self._limit = limit
        self._max_bytes = max_bytes
        self._now = now
        self._entries: list[Json] = []
        self._weights: list[int] = []
        self._bytes = 0
        self._last = 0
        self.listeners: list[Callable[[], None]] = []

    @property
    def last(self) -> int:
        """The cursor after everything so far."""
        return self._last

    def add(self, kind: str, /, **content: Any) -> None:
        """Append an entry and wake who waits for it."""
        self._last += 1
        self._entries.append({"seq": self._last, "kind": kind, "at": self._now(), **content})
        self._weights.append(weight(content))
        self._bytes += self._weights[-1]
        if len(self._entries) > self._limit + self._limit // 5 or self._bytes > self._max_bytes + self._max_bytes // 5:
            self._forget()
        for listener in self.listeners:
            listener()

    def _forget(self) -> None:
        gone = max(len(self._entries) - self._limit, 0)
        self._bytes -= sum(self._weights[:gone])
        while self._bytes > self._max_bytes and gone < len(self._entries):
            self._bytes -= self._weights[gone]
            gone += 1
        del self._entries[:gone], self._weights[:gone]

    def since(self, cursor: int, wanted: Filter, limit: int) -> tuple[list[Json], int]:
        """Return at most `limit` entries after `cursor`, and the cursor to go on from."""
        first = self._last - len(self._entries)
        found: list[Json] = []
        for entry in self._entries[max(cursor - first, 0) :]:
            if wanted.takes(entry):
                found.append(entry)
                if len(found) == limit:
                    return found, int(entry["seq"])
        return found, max(cursor, self._last)

    def all(self, cursor: int, wanted: Filter) -> list[Json]:
        """Return every entry after `cursor`, as of now."""
        return self.since(cursor, wanted, len(self._entries) + 1)[0]

    def missed(self, cursor: int) -> int:
        """Return how many entries after `cursor` are forgotten: nobody can read them any more."""
        return max(self._last - len(self._entries) - cursor, 0)

    def clear(self) -> None:
        """Forget all entries; the numbers go on."""
        self._entries.clear()
        self._weights.clear()
        self._bytes = 0
