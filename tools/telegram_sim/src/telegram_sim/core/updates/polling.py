"""What getUpdates gives (server, Client.cpp, process_get_updates_query and do_get_updates; td, TQueue.cpp)."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice, takewhile

from telegram_sim.core.updates.pending import Pending
from telegram_sim.core.updates.queues import UpdateQueues

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
    """A call of getUpdates: how long it waits for updates, 0 and 0 for not at all."""

    offset: int
    limit: int
    timeout: int
    """Seconds of the bot's."""
    pause: float = 0.0
    """Seconds of Telegram's: it was called again too soon."""

    @property
    def waits(self) -> bool:
        """Whether it waits when there is nothing to give."""
        return self.timeout > 0 or self.pause > 0


class Polling:
    """What is remembered from one getUpdates to the next."""

    def __init__(self, queues: UpdateQueues, next_id: Callable[[], int]) -> None:
        self._queues = queues
        self._next_id = next_id
        self._offset = -1
        self._begun = -math.inf

    def begin(self, offset: int, limit: int, timeout: int, now: float) -> Ask:
        """Return what is asked for, within the server's bounds."""
        limit, timeout = min(max(limit, 1), MAX_BATCH), min(max(timeout, 0), MAX_TIMEOUT)
        again = offset == self._offset and now < self._begun + _BUSY
        pause = _BUSY if again and timeout < _BUSY else 0.0
        if offset == self._offset and now < self._begun + _HASTY:
            limit = 1
        self._offset, self._begun = offset, now
        return Ask(offset, limit, timeout, pause)

    def batch(self, ask: Ask, now: float) -> list[Pending]:
        """Confirm what is before the offset, and return what is to be given; it stays until it is confirmed."""
        self._queues.expire(now)
        if ask.offset < 0:
            self._keep_last(-ask.offset)
        elif 0 < ask.offset <= self._next_id() + _AHEAD:
            self._confirm(ask.offset)
        found: list[Pending] = []
        left = MAX_BYTES
        for update in islice(self._queues, ask.limit):
            left -= _OVERHEAD + len(update.fields)
            if left <= 0 or update.not_before > now:
                break
            found.append(update)
        for update in found:
            update.attempts += 1
        return found

    @staticmethod
    def waiting(ask: Ask) -> Ask:
        """Return what to go on with when nothing was found: a negative offset counts only once (do_get_updates)."""
        return replace(ask, offset=max(ask.offset, 0))

    def next_wakeup(self) -> float | None:
        """Return when the oldest update may be given, None if there is none."""
        return next((update.not_before for update in self._queues), None)

    def _keep_last(self, count: int) -> None:
        for update in list(islice(self._queues, max(len(self._queues) - count, 0))):
            self._queues.drop(update)

    def _confirm(self, offset: int) -> None:
        def confirmed(update: Pending) -> bool:
            # One without a number is confirmed along with those around it, once it was given.
            return update.update_id is None or update.update_id < offset

        for update in list(takewhile(confirmed, self._queues)):
            if update.update_id is not None or update.attempts:
                self._queues.drop(update)
