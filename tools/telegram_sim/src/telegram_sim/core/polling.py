"""What getUpdates gives (server, Client.cpp, process_get_updates_query and do_get_updates; td, TQueue.cpp)."""

import math
from dataclasses import dataclass

from telegram_sim.core.queues import Pending, UpdateQueues

MAX_BATCH = 100
MAX_TIMEOUT = 50
"""Seconds (server, Client.h, LONG_POLL_MAX_TIMEOUT)."""
MAX_BYTES = 1 << 22
"""Of one answer; each update counts 50 more (server, Client.cpp, JsonUpdates)."""
_OVERHEAD = 50
_BUSY = 3.0
"""Whoever asks for the same offset within so many seconds, and would not wait, waits as long."""
_HASTY = 0.5
"""Whoever asks for the same offset within so many seconds gets one update at most."""
_AHEAD = 10
"""An offset further beyond the next number confirms nothing (td, TQueue.cpp, get); nor can one from the past."""


@dataclass(frozen=True)
class Ask:
    """A call of getUpdates; `timeout` in seconds, 0: answer at once."""

    offset: int
    limit: int
    timeout: int


class Polling:
    """What is remembered from one getUpdates to the next."""

    def __init__(self, queues: UpdateQueues) -> None:
        self._queues = queues
        self._offset = -1
        self._begun = -math.inf

    def begin(self, offset: int, limit: int, timeout: int, now: float) -> Ask:
        """Return what is asked for, within the server's bounds."""
        limit, timeout = min(max(limit, 1), MAX_BATCH), min(max(timeout, 0), MAX_TIMEOUT)
        if offset == self._offset and now < self._begun + _BUSY:
            timeout = max(timeout, int(_BUSY))
        if offset == self._offset and now < self._begun + _HASTY:
            limit = 1
        self._offset, self._begun = offset, now
        return Ask(offset, limit, timeout)

    def batch(self, ask: Ask, now: float) -> list[Pending]:
        """Confirm what is before the offset, and return what is to be given; it stays until it is confirmed."""
        self._queues.expire(now)
        if ask.offset < 0:
            self._keep_last(-ask.offset)
        elif ask.offset > 0 and self._plausible(ask.offset):
            self._confirm(ask.offset)
        found: list[Pending] = []
        left = MAX_BYTES
        for update in self._queues:
            left -= _OVERHEAD + len(update.fields)
            if len(found) == ask.limit or left <= 0 or update.not_before > now:
                break
            found.append(update)
        for update in found:
            update.attempts += 1
        return found

    def next_wakeup(self) -> float | None:
        """Return when the oldest update may be given, None if there is none."""
        return next((update.not_before for update in self._queues), None)

    def _keep_last(self, count: int) -> None:
        for update in list(self._queues)[:-count]:
            self._queues.drop(update)

    def _plausible(self, offset: int) -> bool:
        numbers = [update.update_id for update in self._queues if update.update_id is not None]
        return not numbers or offset <= max(numbers) + 1 + _AHEAD

    def _confirm(self, offset: int) -> None:
        for update in self._queues:
            if update.update_id is None:
                if update.attempts:
                    self._queues.drop(update)
            elif update.update_id >= offset:
                break
            else:
                self._queues.drop(update)
