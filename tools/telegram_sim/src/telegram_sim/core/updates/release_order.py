"""Orders in which updates that were held back can be delivered."""

import itertools
from collections import deque
from collections.abc import Hashable, Iterable, Sequence

from telegram_sim.core.updates.pending import Pending
from telegram_sim.core.webhook.schedule import Draw


class OrderError(Exception):
    """An order in which Telegram would never deliver."""


def chosen_of(held: Sequence[Pending], order: Sequence[int]) -> list[Pending]:
    """Return the updates with these numbers, in that order.

    Raises:
        OrderError: an update would overtake another one of its queue, or is not held back.
    """
    by_number: dict[int | None, list[Pending]] = {}
    for update in held:
        by_number.setdefault(update.update_id, []).append(update)
    for number in order:
        if number not in by_number:
            raise OrderError(f"no update {number} is held back")
    chosen = [update for number in dict.fromkeys(order) for update in by_number[number]]
    picked = set(chosen)
    remaining = [update for update in held if update not in picked]
    among_themselves = [update for update in held if update in picked]
    if _by_queue(among_themselves) != _by_queue(chosen):
        raise OrderError("updates of one queue cannot overtake each other")
    if _by_queue(held) != _by_queue([*chosen, *remaining]):
        raise OrderError("an update that stays held back cannot be overtaken by a later one of its queue")
    return chosen


def shuffled(updates: Iterable[Pending], draw: Draw) -> list[Pending]:
    """Return a random order that keeps the order of each queue."""
    queues = [deque(queue) for queue in _by_queue(updates).values()]
    result: list[Pending] = []
    while queues:
        picked = draw(0, len(queues) - 1)
        result.append(queues[picked].popleft())
        if not queues[picked]:
            queues[picked] = queues[-1]
            queues.pop()
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
