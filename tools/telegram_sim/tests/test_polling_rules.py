"""What getUpdates gives and confirms, without a socket."""

import pytest

from .virtual import Box


def test_an_offset_confirms_what_is_before_it() -> None:
    box = Box()
    numbers = [box.say() for _ in range(5)]
    assert box.ask(limit=2) == numbers[:2]
    assert box.ask(limit=2) == numbers[:2]
    assert box.ask(numbers[2]) == numbers[2:]
    assert len(box.queues) == 3
    assert box.ask(numbers[-1] + 1) == []
    assert len(box.queues) == 0


def test_a_negative_offset_keeps_the_last_ones() -> None:
    box = Box()
    numbers = [box.say() for _ in range(5)]
    assert box.ask(-2) == numbers[3:]
    assert len(box.queues) == 2
    assert box.ask(-9) == numbers[3:]


def test_an_offset_counts_from_the_last_number_though_the_last_updates_have_expired() -> None:
    box = Box(polled=True)
    message = box.say()
    for _ in range(20):
        box.inbox.post("callback_query", {"from": {"id": 1}})
    assert len(box.ask()) == 21
    box.now += 151.0
    assert box.ask(message + 21) == []
    assert len(box.queues) == 0


def test_who_waits_after_a_negative_offset_gets_all_that_comes() -> None:
    box = Box(polled=True)
    ask = box.polling.begin(-1, 100, 50, 0.0)
    assert box.polling.batch(ask, 0.0) == []
    numbers = [box.say() for _ in range(3)]
    assert [update.update_id for update in box.polling.batch(box.polling.waiting(ask), 0.0)] == numbers


def test_an_offset_far_ahead_or_behind_confirms_nothing() -> None:
    box = Box()
    numbers = [box.say() for _ in range(3)]
    assert box.ask(numbers[-1] + 12) == numbers
    assert box.ask(numbers[0] - 100_001) == numbers
    assert box.ask(numbers[-1] + 11) == []


def test_who_repeats_an_offset_in_haste_gets_one_update_and_has_to_wait() -> None:
    polling = Box().polling
    assert polling.begin(0, 500, 99, 0.0).limit == 100
    assert polling.begin(7, 0, -1, 10.0) == polling.begin(7, 1, 0, 20.0)
    hasty = polling.begin(7, 100, 0, 20.4)
    assert (hasty.limit, hasty.timeout, hasty.pause) == (1, 0, 3.0)
    busy = polling.begin(7, 100, 0, 22.0)
    assert (busy.limit, busy.pause, busy.waits) == (100, 3.0, True)
    patient = polling.begin(7, 100, 50, 23.0)
    assert (patient.timeout, patient.pause) == (50, 0.0)
    assert not polling.begin(8, 100, 0, 23.0).waits


@pytest.mark.parametrize(("gap", "limit", "pause"), [(0.4, 1, 3.0), (0.5, 100, 3.0), (2.9, 100, 3.0), (3.0, 100, 0.0)])
def test_haste_ends_after_half_a_second_and_patience_after_three(gap: float, limit: int, pause: float) -> None:
    polling = Box().polling
    polling.begin(7, 100, 0, 0.0)
    ask = polling.begin(7, 100, 0, gap)
    assert (ask.limit, ask.pause) == (limit, pause)


def test_what_has_no_number_is_confirmed_with_what_is_around_it_once_it_was_given() -> None:
    box = Box()
    first = box.say()
    box.inbox.post_raw({"message": {}}, number=False)
    last = box.say()
    assert box.ask(limit=1) == [first]
    assert box.ask(first + 1) == [None, last]
    assert box.ask(last + 1) == []
    assert len(box.queues) == 0


def test_one_answer_holds_four_megabytes() -> None:
    box = Box()
    for _ in range(5):
        box.inbox.post("message", {"chat": {"id": 1}, "text": "x" * 1_000_000})
    assert len(box.ask()) == 4


def test_what_is_released_out_of_order_gets_new_numbers_when_it_is_polled_for() -> None:
    box = Box(hold=True, polled=True)
    first, second = box.say(1), box.say(2)
    box.switches.hold_updates = False
    third = box.say(3)
    assert box.ask() == [third]
    assert box.ask(third + 1) == []
    assert box.inbox.release([second, first]) == [second, first]
    assert box.ask(third + 1) == [third + 1, third + 2]
    assert [update.chat_id for update in box.queues] == [2, 1]


def test_what_is_released_in_order_keeps_its_numbers() -> None:
    box = Box(hold=True, polled=True)
    first = box.say(1)
    box.inbox.post_raw({"message": {"chat": {"id": 2}}}, number=False)
    second = box.say(3)
    assert box.inbox.release() == [first, None, second]
    assert box.ask() == [first, None, second]
