"""Retries, order and expiry against the numbers of the server's source, with a clock that jumps."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telegram_sim.core.updates.pending import Pending
from telegram_sim.core.updates.release_order import chained
from telegram_sim.core.webhook.courier import Outcome
from telegram_sim.core.webhook.schedule import Gone, Retries, retry_after_of

from .virtual import ACCEPTED, REFUSED, Day, dice, failed

DAY = 24 * 3600


def test_a_failing_update_is_tried_at_once_then_doubling_then_every_one_to_two_minutes() -> None:
    day = Day(answer=lambda _update, _at: failed(500))
    day.push(1)
    day.pass_until(day.now + DAY + 10)
    times = day.times(1)
    gaps = [round(later - earlier, 6) for earlier, later in itertools.pairwise(times)]
    assert gaps[:6] == [0, 2, 4, 8, 16, 32]
    assert all(60 <= gap <= 120 for gap in gaps[6:])
    assert len(set(gaps[6:])) > 10  # drawn anew each time
    assert times[-1] <= DAY < times[-1] + 120
    assert len(day.queues) == 0


def test_retry_after_replaces_one_delay_is_clamped_and_does_not_make_it_grow() -> None:
    answers = iter([failed(503, 7), failed(429, 10**6), failed(500), ACCEPTED])
    day = Day(answer=lambda _update, _at: next(answers))
    day.push(1)
    day.pass_until(day.now + DAY)
    assert day.times(1) == [0, 7, 3607, 3609]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("5", 5),
        (" 5 ", 5),
        ("-5", 0),
        ("1.5", 0),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 0),
        ("2147483647", 2147483647),
        ("2147483648", 0),
        ("05", 0),
        ("+5", 0),
        ("\u0665", 0),
        ("9" * 5000, 0),
        ("", 0),
    ],
)
def test_retry_after_is_a_whole_number_or_nothing(header: str, seconds: int) -> None:
    assert retry_after_of(header) == seconds


@pytest.mark.parametrize(("life", "tries"), [(150, [0, 0, 2, 6, 14, 30, 62]), (30, [0, 0, 2, 6, 14, 30])])
def test_a_tap_or_an_inline_query_is_dropped_as_soon_as_its_next_try_would_be_too_late(
    life: float, tries: list[float]
) -> None:
    day = Day(answer=lambda update, _at: failed(500) if update.update_id == 1 else ACCEPTED)
    day.push(1, "alice", life)
    day.push(2, "alice")
    day.pass_until(day.now + 1000)
    assert day.times(1)[: len(tries)] == tries
    assert day.times(1)[-1] <= life
    # The next one of the queue goes when the expired one is dropped, not when its time would have come.
    assert day.times(2) == [day.times(1)[-1]]


def test_a_failing_update_holds_back_its_queue_and_no_other() -> None:
    day = Day(answer=lambda update, at: failed(500) if update.update_id == 1 and at < 1030 else ACCEPTED)
    for number, queue in enumerate(["alice", "alice", "bob", "alice", "bob"], 1):
        day.push(number, queue)
    day.pass_until(day.now + 100)
    assert day.times(1) == [0, 0, 2, 6, 14, 30]
    assert day.times(2) == day.times(4) == [30]
    assert day.times(3) == day.times(5) == [0]
    assert [number for number in day.order() if number in {2, 4}] == [2, 4]


def test_a_refused_connection_counts_as_a_try_and_new_ones_come_every_two_seconds() -> None:
    day = Day(answer=lambda _update, at: REFUSED if at < 1019 else ACCEPTED)
    for number in range(1, 4):
        day.push(number, f"chat {number}")
    day.pass_until(day.now + 100)
    tries = [sent.at - 1000 for sent in day.sent if sent.wait is not None]
    assert tries == [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]
    assert day.courier.last_error is not None
    assert day.courier.last_error[1] == "Connection refused"
    assert len(day.queues) == 0


def test_one_request_at_a_time_until_something_is_accepted_then_as_many_as_allowed() -> None:
    day = Day(takes=3.0, connections=5)
    for number in range(100):
        day.push(number, f"chat {number}")
    day.pass_until(day.now + 2.9)
    assert day.courier.under_way == 1
    day.pass_until(day.now + 0.2)
    assert day.courier.under_way == 5
    day.pass_until(day.now + 200)
    assert len(day.queues) == 0
    assert day.most_under_way == 5


@pytest.mark.parametrize(("rest", "at_once"), [(9.9, 3), (10.1, 1)])
def test_ten_seconds_without_success_count_as_failing(rest: float, at_once: int) -> None:
    day = Day(takes=0.5)
    day.push(0, "first")
    day.pass_until(day.now + 0.5 + rest)
    for number in range(1, 4):
        day.push(number, f"chat {number}")
    day.pass_until(day.now + 0.1)
    assert day.courier.under_way == at_once


@pytest.mark.parametrize(("rest", "at_once"), [(59.0, 4), (61.0, 1)])
def test_connections_that_rest_are_used_for_a_minute(rest: float, at_once: int) -> None:
    day = Day(takes=0.5)
    day.push(0, "first")
    day.pass_until(day.now + 0.6)
    for number in range(1, 5):
        day.push(number, f"chat {number}")
    day.pass_until(day.now + 0.5 + rest)
    for number in range(5, 10):
        day.push(number, f"chat {number}")
    day.pass_until(day.now + 0.1)
    assert day.courier.under_way == at_once


def test_connections_open_at_most_ten_at_once_and_twenty_a_second() -> None:
    day = Day(takes=5.0, connections=100)
    day.push(0, "first")
    day.pass_until(day.now + 5)
    for number in range(1, 101):
        day.push(number, f"chat {number}")
    day.pass_until(day.now)
    assert day.courier.under_way == 1 + 10  # one had rested, ten are new
    day.pass_until(day.now + 1)
    assert day.courier.under_way == 1 + 10 + 20


def test_a_webhook_that_says_gone_for_23_hours_is_removed_and_its_updates_wait() -> None:
    day = Day(answer=lambda _update, _at: failed(410))
    day.push(1)
    day.pass_until(day.now + 23 * 3600 - 120)
    assert day.courier.webhook.url
    day.pass_until(day.now + 400)
    assert not day.courier.webhook.url
    assert day.courier.last_error is None  # server, Client.cpp, on_webhook_closed
    assert len(day.queues) == 1


def test_gone_has_to_be_said_for_more_than_23_hours() -> None:
    gone = Gone()
    said = [gone.after(410, at) for at in (0.0, 23 * 3600.0, 23 * 3600 + 0.5)]
    assert said == [False, False, True]


@pytest.mark.parametrize(
    ("other", "removed"), [(failed(500), False), (ACCEPTED, False), (REFUSED, True), (Outcome(error="closed"), True)]
)
def test_anything_but_a_broken_connection_ends_the_count_of_gone(other: Outcome, *, removed: bool) -> None:
    day = Day(answer=lambda _update, at: other if 40_000 < at - 1000 < 40_200 else failed(410))
    day.push(1)
    day.push(2, "another", life=2 * DAY)
    day.push(3, "another", life=2 * DAY)
    day.pass_until(day.now + 23 * 3600 + 400)
    assert (not day.courier.webhook.url) is removed


def test_another_webhook_starts_anew_with_all_that_is_pending() -> None:
    day = Day(answer=lambda _update, _at: failed(503, 3600))
    day.push(1)
    day.pass_until(day.now)
    day.courier.point_to(day.courier.webhook)
    day.pass_until(day.now + 1)
    assert [sent.wait for sent in day.sent] == [3600, 3600]


def test_the_first_failure_is_retried_at_once_whatever_the_dice_say() -> None:
    assert Retries().after_failure(0, dice(1))[1] == 0


def test_what_is_released_in_an_order_arrives_in_it_however_slow_the_receiver_is() -> None:
    day = Day(takes=1.0)
    day.push(0, "warm")
    day.pass_until(day.now + 2)
    waiting = [Pending(number, "message", b"", f"chat {number}", day.now + DAY) for number in (3, 1, 2)]
    chained(waiting)
    for update in waiting:
        day.queues.push(update, day.now)
    day.pass_until(day.now + 10)
    assert day.order() == [0, 3, 1, 2]
    assert day.times(2) == [4.0]


def test_what_is_dropped_while_under_way_leaves_room_for_others() -> None:
    day = Day(takes=1.0, answer=lambda update, _at: failed(500) if update.update_id == 1 else ACCEPTED)
    day.push(1)
    day.pass_until(day.now + 0.5)
    assert day.courier.under_way == 1
    day.queues.clear()
    day.push(2)
    day.pass_until(day.now + 5)
    assert (day.courier.under_way, len(day.queues)) == (0, 0)
    assert [sent.wait for sent in day.sent] == [None, None]


@settings(deadline=None)
@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=30), st.integers(0, 2**32), st.floats(0, 0.9))
def test_whatever_fails_each_queue_keeps_its_order_and_nothing_is_lost_or_doubled(
    names: list[str], seed: int, share: float
) -> None:
    luck = random.Random(seed)  # noqa: S311 - dice
    day = Day(answer=lambda _update, _at: failed(500) if luck.random() < share else ACCEPTED, takes=0.1)
    for number, name in enumerate(names):
        day.push(number, name, life=1e9)
    day.pass_until(day.now + 1e6)
    accepted = [sent.update_id for sent in day.sent if sent.wait is None]
    assert sorted(accepted) == list(range(len(names)))
    for name in set(names):
        of_queue = [number for number in accepted if names[number] == name]
        assert of_queue == sorted(of_queue)
