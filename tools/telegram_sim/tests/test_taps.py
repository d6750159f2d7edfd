"""How long a tap can be answered, and what is remembered of it."""

import itertools
from collections.abc import Callable

import pytest

from telegram_sim.core.chats.taps import Taps
from telegram_sim.core.errors import ApiError


def at(*times: float) -> Callable[[], float]:
    """A clock that shows one of these times at each look, and stays at the last."""
    return itertools.chain(times, itertools.repeat(times[-1])).__next__


def test_a_tap_can_be_answered_for_150_seconds() -> None:
    taps = Taps(10, at(0.0, 150.0))
    assert taps.answer(taps.add(1, 2, "x").id, {"text": "yes"}).shown()["answer"] == {"text": "yes"}
    late = Taps(10, at(0.0, 150.5))
    with pytest.raises(ApiError, match="query is too old"):
        late.answer(late.add(1, 2, "x").id, {})


def test_taps_that_are_taken_back_keep_their_numbers_and_new_ones_get_others() -> None:
    before, after = Taps(10, lambda: 0.0), Taps(2, lambda: 0.0)
    made = [before.add(1, number, "x") for number in range(3)]
    after.restore(before.all(), before.next_id)
    assert [tap.id for tap in after.all()] == [tap.id for tap in made[1:]]
    assert int(after.add(1, 9, "y").id) > max(int(tap.id) for tap in made)
    assert after.get(made[1].id) is None
    assert after.get(made[2].id) is made[2]


def test_numbers_go_on_after_everything_was_forgotten() -> None:
    taps = Taps(10, lambda: 0.0)
    first = taps.add(1, 1, "x")
    taps.clear()
    assert (len(taps), taps.get(first.id)) == (0, None)
    assert int(taps.add(1, 1, "x").id) > int(first.id)
