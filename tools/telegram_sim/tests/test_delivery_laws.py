"""What holds whatever people, faults, releases and webhooks do."""

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from .laws import Hostile, steps

SEEDS = st.integers(0, 2**32)


def in_order_of_their_queues(world: Hostile) -> bool:
    by_queue: dict[Any, list[int]] = {}
    for update in world.seen:
        numbers = by_queue.setdefault(update.queue, [])
        if update.update_id not in numbers:
            numbers.append(update.update_id or 0)
    return all(numbers == sorted(numbers) for numbers in by_queue.values())


@settings(deadline=None, max_examples=300)
@given(steps, SEEDS, st.floats(0, 0.8))
def test_a_webhook_sees_each_queue_in_order_and_nothing_is_lost_or_doubled(
    todo: list[Any], seed: int, share: float
) -> None:
    world = Hostile(seed, share)
    world.go(todo)
    seen = Counter(update.update_id for update in world.seen)
    assert in_order_of_their_queues(world)
    assert len(world.day.queues) == len(world.inbox.held) == 0
    assert all(seen[number] >= copies for number, copies in world.copies.items())
    assert sum(seen.values()) == sum(world.copies.values()) + world.lost


@settings(deadline=None, max_examples=200)
@given(steps, SEEDS)
def test_a_bot_that_asks_sees_numbers_that_only_grow_and_all_of_them(todo: list[Any], seed: int) -> None:
    world = Hostile(seed, polled=True)
    world.go(todo)
    numbers = [update.update_id or 0 for update in world.seen]
    assert numbers == sorted(numbers)
    assert Counter(numbers) == +Counter(world.copies)
    assert in_order_of_their_queues(world)


@settings(deadline=None, max_examples=100)
@given(steps, SEEDS, st.floats(0, 0.8))
def test_the_same_seed_and_the_same_deeds_give_the_same_record(todo: list[Any], seed: int, share: float) -> None:
    one, other = Hostile(seed, share), Hostile(seed, share)
    one.go(todo)
    other.go(todo)
    assert one.what_happened() == other.what_happened()
