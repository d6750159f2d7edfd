"""Which updates a webhook can be sent: the oldest, twice max_connections (server, WebhookActor.cpp, load_updates).

The server looks no further: when that many fail, all others wait behind them, of whatever chat. Updates that are late
on purpose, and those behind them in their queue, take no place: for the server they are not there yet.
"""

import heapq
import itertools
import math
from collections import Counter, OrderedDict
from collections.abc import Hashable, Iterable, Iterator

from telegram_sim.core.updates.pending import Pending


class Loading:
    """At most `most` updates that are loaded, and those that are not yet. Times are seconds that only grow."""

    def __init__(self, most: int, waiting: Iterable[Pending] = ()) -> None:
        self._most = most
        self._loaded: set[Pending] = set()
        self._queues: Counter[Hashable] = Counter()
        self._not_loaded: OrderedDict[Pending, None] = OrderedDict.fromkeys(waiting)
        self._deferred: dict[Hashable, list[Pending]] = {}
        """Queues whose oldest update is late, or waits for an update of another queue."""
        self._late: list[tuple[float, int, Hashable]] = []
        self._behind: dict[Pending, list[Hashable]] = {}
        self._order = itertools.count()

    def __contains__(self, update: object) -> bool:
        return update in self._loaded

    @property
    def width(self) -> int:
        """How many queues have loaded updates."""
        return len(self._queues)

    def add(self, update: Pending) -> None:
        """Append an update to those that are not loaded yet."""
        self._not_loaded[update] = None

    def load(self, now: float) -> Iterator[Pending]:
        """Give what is loaded now, oldest first."""
        while self._late and self._late[0][0] <= now:
            self._bring_back(heapq.heappop(self._late)[2])
        while self._not_loaded and len(self._loaded) < self._most:
            update, _ = self._not_loaded.popitem(last=False)
            if not self._defer(update, now):
                self._loaded.add(update)
                self._queues[update.queue] += 1
                yield update

    def next_at(self) -> float | None:
        """Return when something that is late can be loaded; None if nothing is late."""
        return self._late[0][0] if self._late else None

    def forget(self, update: Pending) -> None:
        """Make room: the update is gone."""
        self._not_loaded.pop(update, None)
        if update in self._loaded:
            self._loaded.remove(update)
            self._queues[update.queue] -= 1
            if not self._queues[update.queue]:
                del self._queues[update.queue]
        for queue in self._behind.pop(update, ()):
            self._bring_back(queue)

    def _defer(self, update: Pending, now: float) -> bool:
        if update.queue in self._deferred:
            self._deferred[update.queue].append(update)
        elif update.not_before > now and update.expires_at >= now:
            self._deferred[update.queue] = [update]
            until = min(update.not_before, math.nextafter(update.expires_at, math.inf))
            heapq.heappush(self._late, (until, next(self._order), update.queue))
        elif update.after is not None and not update.after.done:
            self._deferred[update.queue] = [update]
            self._behind.setdefault(update.after, []).append(update.queue)
        else:
            update.after = None  # so that a long chain is not kept
            return False
        return True

    def _bring_back(self, queue: Hashable) -> None:
        for update in reversed(self._deferred.pop(queue, [])):
            if not update.done:
                self._not_loaded[update] = None
                self._not_loaded.move_to_end(update, last=False)
