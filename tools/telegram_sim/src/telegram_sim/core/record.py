"""The record of everything that happened, in order, bounded."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from telegram_sim.core.types import Json


@dataclass(frozen=True)
class Filter:
    """Which entries are asked for; nothing given means all of them."""

    kinds: Collection[str] = ()
    chat_id: int | None = None
    method: str = ""

    def takes(self, entry: Json) -> bool:
        """Tell whether the entry is asked for."""
        return (
            (not self.kinds or entry["kind"] in self.kinds)
            and (self.chat_id is None or entry.get("chat_id") == self.chat_id)
            and (not self.method or str(entry.get("method", "")).lower() == self.method.lower())
        )


class Record:
    """Entries numbered from 1; a cursor is the number of the last entry that was seen.

    The oldest entries are forgotten beyond `limit` (up to twice that are kept, so that forgetting is cheap).
    """

    def __init__(self, limit: int, now: Callable[[], float]) -> None:
        self._limit = limit
        self._now = now
        self._entries: list[Json] = []
        self._last = 0
        self.listeners: list[Callable[[], None]] = []

    @property
    def last(self) -> int:
        """The cursor after everything so far."""
        return self._last

    def add(self, kind: str, /, **content: Any) -> Json:
        """Append an entry and wake who waits for it."""
        self._last += 1
        entry: Json = {"seq": self._last, "kind": kind, "at": self._now(), **content}
        self._entries.append(entry)
        if len(self._entries) > 2 * self._limit:
            del self._entries[: -self._limit]
        for listener in self.listeners:
            listener()
        return entry

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

    def clear(self) -> None:
        """Forget all entries; the numbers go on."""
        self._entries.clear()
