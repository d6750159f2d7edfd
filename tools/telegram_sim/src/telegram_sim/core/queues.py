"""Updates on their way to the webhook: order within a queue, retries, expiry, holding back.

Time is an argument: any number of seconds that only grows. What the server keeps in TQueue and WebhookActor is
kept here, so that its rules can be tested without a socket.
"""

import heapq
import itertools
from collections import deque
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

from telegram_sim.core.schedule import Draw, Retries


@dataclass(eq=False)
class Pending:
    """An update that has not been accepted yet. `after` must be gone before it may be sent."""

    update_id: int | None
    kind: str
    body: bytes
    queue: Hashable
    expires_at: float
    retries: Retries = field(default_factory=Retries)
    wakeup_at: float = 0.0
    attempts: int = 0
    after: "Pending | None" = None
    done: bool = False


class UpdateQueues:
    """All queues of one bot.

    A queue sends its oldest update only, and nothing else until that one is accepted or has expired.
    """

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._queues: dict[Hashable, deque[Pending]] = {}
        self._ready: list[tuple[float, int, Hashable]] = []
        self._order = itertools.count()
        self._blocked: dict[int, list[Hashable]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def pending(self) -> list[Pending]:
        """Return what waits or is being sent, queue by queue."""
        return [update for queue in self._queues.values() for update in queue]

    def push(self, update: Pending, now: float) -> None:
        """Append to its queue."""
        queue = self._queues.setdefault(update.queue, deque())
        update.wakeup_at = now
        queue.append(update)
        self._count += 1
        if len(queue) == 1:
            self._schedule(update)

    def take(self, now: float) -> Pending | None:
        """Return an update to send now, whose queue then waits for `accepted`, `failed` or `unsent`."""
        while self._ready and self._ready[0][0] <= now:
            _, _, name = heapq.heappop(self._ready)
            update = self._queues[name][0]
            if update.after is not None and not update.after.done:
                self._blocked.setdefault(id(update.after), []).append(name)
                continue
            if update.expires_at < now:
                self._drop(update)
                continue
            update.attempts += 1
            return update
        return None

    def next_wakeup(self) -> float | None:
        """Return when `take` is worth calling again; None when nothing is scheduled."""
        return self._ready[0][0] if self._ready else None

    def accepted(self, update: Pending) -> None:
        """The receiver answered 2xx."""
        self._drop(update)

    def failed(self, update: Pending, now: float, retry_after: int) -> int | None:
        """Plan the next try.

        Returns:
            The wait in seconds, None if the update would have expired by then and is dropped
            (server, WebhookActor.cpp, on_update_error).
        """
        update.retries, wait = update.retries.after_failure(retry_after, self._draw)
        if now + wait > update.expires_at:
            self._drop(update)
            return None
        update.wakeup_at = now + wait
        self._schedule(update)
        return wait

    def unsent(self, update: Pending, wakeup_at: float) -> None:
        """No connection could be made: try later, at no cost to the schedule."""
        update.attempts -= 1
        update.wakeup_at = wakeup_at
        self._schedule(update)

    def restart(self, now: float) -> None:
        """Forget all failures: another webhook was set, which starts anew with what is pending."""
        self._ready.clear()
        self._blocked.clear()
        for queue in self._queues.values():
            for update in queue:
                update.retries, update.wakeup_at = Retries(), now
            self._schedule(queue[0])

    def clear(self) -> None:
        """Drop everything (drop_pending_updates)."""
        for update in self.pending():
            update.done = True
        self._queues.clear()
        self._ready.clear()
        self._blocked.clear()
        self._count = 0

    def _schedule(self, update: Pending) -> None:
        heapq.heappush(self._ready, (update.wakeup_at, next(self._order), update.queue))

    def _drop(self, update: Pending) -> None:
        if update.done:  # the queue was cleared while the update was under way
            return
        update.done = True
        self._count -= 1
        queue = self._queues[update.queue]
        queue.popleft()
        if queue:
            self._schedule(queue[0])
        else:
            del self._queues[update.queue]
        for name in self._blocked.pop(id(update), ()):
            if name in self._queues:
                self._schedule(self._queues[name][0])


def keeps_queue_order(original: Iterable[Pending], released: Iterable[Pending]) -> bool:
    """Tell whether `released` is an order in which Telegram could deliver `original`."""

    def by_queue(updates: Iterable[Pending]) -> dict[Hashable, list[Pending]]:
        groups: dict[Hashable, list[Pending]] = {}
        for update in updates:
            groups.setdefault(update.queue, []).append(update)
        return groups

    return by_queue(original) == by_queue(released)


def shuffled(updates: list[Pending], draw: Draw) -> list[Pending]:
    """Return a random order that keeps the order of each queue."""
    queues: dict[Hashable, deque[Pending]] = {}
    for update in updates:
        queues.setdefault(update.queue, deque()).append(update)
    result: list[Pending] = []
    while queues:
        names = list(queues)
        name = names[draw(0, len(names) - 1)]
        result.append(queues[name].popleft())
        if not queues[name]:
            del queues[name]
    return result


def chained(updates: list[Pending]) -> None:
    """Make each update wait until the one before it is accepted, so that the order is seen by the receiver."""
    for earlier, later in itertools.pairwise(updates):
        later.after = earlier
