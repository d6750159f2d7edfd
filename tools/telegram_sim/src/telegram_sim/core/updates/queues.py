"""Updates that wait: order within a queue, retries, expiry, confirmation by getUpdates.

Time is an argument: any number of seconds that only grows. What the server keeps in TQueue and WebhookActor is
kept here, so that its rules can be tested without a socket.
"""

import heapq
import itertools
import math
from collections import deque
from collections.abc import Callable, Hashable, Iterator

from telegram_sim.core.updates.pending import Pending
from telegram_sim.core.webhook.loading import Loading
from telegram_sim.core.webhook.schedule import Draw, Retries


class UpdateQueues:
    """All queues of one bot.

    A queue sends its oldest update only, and nothing else until that one is accepted or has expired. `expired` is told
    each update that nobody took in time; of one that was sent, `failed` says so.
    """

    def __init__(self, draw: Draw, expired: Callable[[Pending], None] = lambda _update: None) -> None:
        self._draw = draw
        self._expired = expired
        self._queues: dict[Hashable, deque[Pending]] = {}
        self._arrived: dict[Pending, None] = {}
        self._loading: Loading | None = None
        self._ready: list[tuple[float, int, Hashable]] = []
        self._order = itertools.count()
        self._next_expiry = math.inf
        self.size = 0
        """Bytes of all that waits."""

    def __len__(self) -> int:
        return len(self._arrived)

    def __iter__(self) -> Iterator[Pending]:
        """Go through all that waits or is being sent, in the order in which it came; drop nothing meanwhile."""
        return iter(self._arrived)

    @property
    def width(self) -> int:
        """How many queues have updates that can be sent, now or when they are tried again."""
        return self._loading.width if self._loading is not None else 0

    def push(self, update: Pending, now: float) -> None:
        """Append to its queue."""
        update.wakeup_at = max(now, update.not_before)
        self._queues.setdefault(update.queue, deque()).append(update)
        self._arrived[update] = None
        self._next_expiry = min(self._next_expiry, update.expires_at)
        self.size += len(update.fields)
        if self._loading is not None:
            self._loading.add(update)

    def take(self, now: float) -> Pending | None:
        """Return an update to send now, whose queue then waits for `drop` or `failed`.

        What was loaded in time is sent even if it has expired since: the server looks at that when it loads an
        update and when a try failed.
        """
        self._load(now)
        while self._ready and self._ready[0][0] <= now:
            _, _, name = heapq.heappop(self._ready)
            update = self._first_loaded(name)
            if update is None or update.sending or update.wakeup_at > now:
                continue  # scheduled for an update that has gone since
            update.attempts += 1
            update.sending = True
            return update
        return None

    def next_wakeup(self, now: float) -> float | None:
        """Return when `take` is worth calling again; None when nothing is scheduled."""
        self._load(now)
        late = self._loading.next_at() if self._loading is not None else None
        times = [time for time in (late, self._ready[0][0] if self._ready else None) if time is not None]
        return min(times, default=None)

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

    def restart(self, loaded: int) -> None:
        """Begin anew with what is pending, all failures forgotten, since another webhook was set.

        Args:
            loaded: how many updates are loaded at a time; 0: no webhook was set.
        """
        self._ready.clear()
        self._next_expiry = -math.inf  # what was loaded until now may have expired
        self._loading = Loading(loaded, self._arrived) if loaded else None
        for update in self._arrived:
            update.retries, update.sending = Retries(), False
            update.wakeup_at = update.not_before

    def clear(self) -> None:
        """Drop everything (drop_pending_updates)."""
        for update in list(self._arrived):
            self.drop(update)
        self._ready.clear()

    def drop(self, update: Pending) -> None:
        """Forget one update: it was accepted, confirmed or has expired."""
        if update.done:  # as above
            return
        update.done = True
        del self._arrived[update]
        self.size -= len(update.fields)
        queue = self._queues[update.queue]
        first = queue[0] is update
        queue.remove(update)
        if not queue:
            del self._queues[update.queue]
        if self._loading is not None:
            self._loading.forget(update)
        if first and (following := self._first_loaded(update.queue)) is not None:
            self._schedule(following)

    def expire(self, now: float) -> None:
        """Forget what has expired, apart from what is loaded (td, TQueue.cpp, run_gc)."""
        if now <= self._next_expiry:
            return
        for update in list(self._arrived):
            if update.expires_at < now and not self._loaded(update):
                self.drop(update)
                self._expired(update)
        left = (update.expires_at for update in self._arrived if not self._loaded(update))
        self._next_expiry = min(left, default=math.inf)

    def _load(self, now: float) -> None:
        for update in self._loading.load(now) if self._loading is not None else ():
            if update.expires_at < now:
                self.drop(update)
                self._expired(update)
            elif self._queues[update.queue][0] is update:
                self._schedule(update)

    def _loaded(self, update: Pending) -> bool:
        return self._loading is not None and update in self._loading

    def _first_loaded(self, queue: Hashable) -> Pending | None:
        waiting = self._queues.get(queue)
        return waiting[0] if waiting and self._loaded(waiting[0]) else None

    def _schedule(self, update: Pending) -> None:
        heapq.heappush(self._ready, (update.wakeup_at, next(self._order), update.queue))
