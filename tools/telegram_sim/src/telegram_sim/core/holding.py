"""Orders in which updates that were held back can be delivered."""

import itertools
from collections import deque
from collections.abc import Hashable, Iterable, Sequence

from telegram_sim.core.queues import Pending
from telegram_sim.core.schedule import Draw


class OrderError(Exception):
    """An order in which Telegram would never deliver."""


def chosen_of(held: Sequence[Pending], order: Sequence[int]) -> list[Pending]:
    """Return the updates with these numbers, in that order.

    Raises:
        OrderError: an update would overtake another one of its queue.
    """
    chosen = [update for number in order for update in held if update.update_id == number]
    picked = set(map(id, chosen))
    remaining = [update for update in held if id(update) not in picked]
    among_themselves = [update for update in held if id(update) in picked]
    if _by_queue(among_themselves) != _by_queue(chosen):
        raise OrderError("updates of one queue cannot overtake each other")
    if _by_queue(held) != _by_queue([*chosen, *remaining]):
        raise OrderError("an update that stays held back cannot be overtaken by a later one of its queue")
    return chosen


def shuffled(updates: Iterable[Pending], draw: Draw) -> list[Pending]:
    """Return a random order that keeps the order of each queue."""
    queues = {name: deque(queue) for name, queue in _by_queue(updates).items()}
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


def _by_queue(updates: Iterable[Pending]) -> dict[Hashable, list[Pending]]:
    groups: dict[Hashable, list[Pending]] = {}
    for update in updates:
        groups.setdefault(update.queue, []).append(update)
    return groups
