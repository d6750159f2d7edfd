"""Updates that wait: order within a queue, retries, expiry, confirmation by getUpdates.

Time is an argument: any number of seconds that only grows. What the server keeps in TQueue and WebhookActor is
kept here, so that its rules can be tested without a socket.
"""

import heapq
import itertools
from collections import deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

from telegram_sim.core.schedule import Draw, Retries


@dataclass(eq=False)
class Pending:
    """An update that has not been accepted yet.

    `fields` is its JSON without braces and without the number. `after` must be gone before it may be sent, and
    `not_before` must have come.
    """

    update_id: int | None
    kind: str
    fields: bytes
    queue: Hashable
    expires_at: float
    chat_id: int | None = None
    not_before: float = 0.0
    after: "Pending | None" = None
    retries: Retries = field(default_factory=Retries)
    wakeup_at: float = 0.0
    attempts: int = 0
    sending: bool = False
    done: bool = False

    @property
    def body(self) -> bytes:
        """The update as it is sent (server, WebhookActor.h, JsonUpdate: the number comes first)."""
        number = b"" if self.update_id is None else b'"update_id":%d' % self.update_id
        return b"{" + number + (b"," if number and self.fields else b"") + self.fields + b"}"


class UpdateQueues:
    """All queues of one bot.

    A queue sends its oldest update only, and nothing else until that one is accepted or has expired.
    """

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._queues: dict[Hashable, deque[Pending]] = {}
        self._arrived: dict[int, Pending] = {}
        self._ready: list[tuple[float, int, Hashable]] = []
        self._order = itertools.count()
        self._blocked: dict[int, list[Hashable]] = {}
        self.size = 0
        """Bytes of all that waits."""
        self.scheduled = True
        """Whether `take` will be called: not while no webhook is set."""

    def __len__(self) -> int:
        return len(self._arrived)

    def __iter__(self) -> Iterator[Pending]:
        """Go through all that waits or is being sent, in the order in which it came."""
        return iter(list(self._arrived.values()))

    @property
    def width(self) -> int:
        """How many queues have updates."""
        return len(self._queues)

    def push(self, update: Pending, now: float) -> None:
        """Append to its queue."""
        queue = self._queues.setdefault(update.queue, deque())
        update.wakeup_at = max(now, update.not_before)
        queue.append(update)
        self._arrived[id(update)] = update
        self.size += len(update.fields)
        if len(queue) == 1:
            self._schedule(update)

    def take(self, now: float) -> Pending | None:
        """Return an update to send now, whose queue then waits for `accepted` or `failed`."""
        while self._ready and self._ready[0][0] <= now:
            _, _, name = heapq.heappop(self._ready)
            queue = self._queues.get(name)
            if queue is None or queue[0].sending or queue[0].wakeup_at > now:
                continue  # scheduled for an update that has gone since
            update = queue[0]
            if update.after is not None and not update.after.done:
                self._blocked.setdefault(id(update.after), []).append(name)
                continue
            if update.expires_at < now:
                self.drop(update)
                continue
            update.attempts += 1
            update.sending = True
            return update
        return None

    def next_wakeup(self) -> float | None:
        """Return when `take` is worth calling again; None when nothing is scheduled."""
        return self._ready[0][0] if self._ready else None

    def failed(self, update: Pending, now: float, retry_after: int) -> int | None:
        """Plan the next try.

        Returns:
            The wait in seconds, None if the update would have expired by then and is dropped
            (server, WebhookActor.cpp, on_update_error).
        """
        if update.done:  # the queue was cleared while the update was under way
            return None
        update.retries, wait = update.retries.after_failure(retry_after, self._draw)
        update.sending = False
        if now + wait > update.expires_at:
            self.drop(update)
            return None
        update.wakeup_at = now + wait
        self._schedule(update)
        return wait

    def restart(self, now: float) -> None:
        """Forget all failures: another webhook was set, which starts anew with what is pending."""
        self._ready.clear()
        self._blocked.clear()
        for queue in self._queues.values():
            for update in queue:
                update.retries, update.sending = Retries(), False
                update.wakeup_at = max(now, update.not_before)
            self._schedule(queue[0])

    def clear(self) -> None:
        """Drop everything (drop_pending_updates)."""
        for update in self:
            update.done = True
        for kept in (self._queues, self._arrived, self._ready, self._blocked):
            kept.clear()
        self.size = 0

    def drop(self, update: Pending) -> None:
        """Forget one update: it was accepted, confirmed or has expired."""
        if update.done:  # as above
            return
        update.done = True
        del self._arrived[id(update)]
        self.size -= len(update.fields)
        queue = self._queues[update.queue]
        first = queue[0] is update
        queue.remove(update)
        if not queue:
            del self._queues[update.queue]
        elif first:
            self._schedule(queue[0])
        for name in self._blocked.pop(id(update), ()):
            if name in self._queues:
                self._schedule(self._queues[name][0])

    def expire(self, now: float) -> None:
        """Forget what has expired, apart from what is being sent (td, TQueue.cpp, run_gc)."""
        for update in self:
            if update.expires_at < now and not update.sending:
                self.drop(update)

    def _schedule(self, update: Pending) -> None:
        if not self.scheduled:
            return
        heapq.heappush(self._ready, (update.wakeup_at, next(self._order), update.queue))
