"""The rules of delivery without a socket: order, schedule, expiry."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telegram_sim.core.inbox import Inbox, InboxError
from telegram_sim.core.queues import Pending, UpdateQueues
from telegram_sim.core.record import Record
from telegram_sim.core.schedule import MAX_RETRY_AFTER, Draw, Retries
from telegram_sim.core.updates import CALLBACK_LIFE, DEFAULT_KINDS, MESSAGE_LIFE, life_of, queue_of


def dice(seed: int) -> Draw:
    return random.Random(seed).randint  # noqa: S311 - dice, no secret


def pending(number: int, queue: str = "a", expires_at: float = 1e9) -> Pending:
    return Pending(number, "message", b"{}", queue, expires_at)


def queues() -> UpdateQueues:
    return UpdateQueues(dice(1))


def test_the_schedule_is_the_servers() -> None:
    retries, waits = Retries(), []
    for _ in range(12):
        retries, wait = retries.after_failure(0, dice(5))
        waits.append(wait)
    assert waits[:6] == [0, 2, 4, 8, 16, 32]
    assert all(60 <= wait <= 120 for wait in waits[6:])


def test_retry_after_replaces_one_delay_and_is_clamped() -> None:
    draw = dice(5)
    retries, wait = Retries().after_failure(7, draw)
    assert wait == 7
    retries, wait = retries.after_failure(10**9, draw)
    assert wait == MAX_RETRY_AFTER
    assert retries.after_failure(0, draw)[1] == 2


def test_a_queue_waits_for_its_oldest_update_and_others_do_not() -> None:
    line = queues()
    first, second, other = pending(1), pending(2), pending(3, "b")
    for update in (first, second, other):
        line.push(update, 0.0)
    assert line.take(0.0) is first
    assert line.take(0.0) is other
    assert line.take(0.0) is None
    assert line.failed(first, 0.0, 5) == 5
    assert line.take(4.9) is None
    assert line.next_wakeup() == 5.0
    assert line.take(5.0) is first
    line.accepted(first)
    assert line.take(5.0) is second
    assert len(line) == 2


def test_an_update_that_would_outlive_its_expiry_is_dropped_at_once() -> None:
    line = queues()
    update = pending(1, expires_at=CALLBACK_LIFE)
    line.push(update, 0.0)
    line.push(pending(2), 0.0)
    line.take(0.0)
    assert line.failed(update, 100.0, 51) is None
    assert [left.update_id for left in line.pending()] == [2]


def test_an_expired_update_is_never_sent() -> None:
    line = queues()
    line.push(pending(1, expires_at=10.0), 0.0)
    assert line.take(11.0) is None
    assert len(line) == 0


def test_another_webhook_starts_anew_with_all_that_is_pending() -> None:
    line = queues()
    update = pending(1)
    line.push(update, 0.0)
    line.take(0.0)
    line.failed(update, 0.0, 3600)
    line.restart(1.0)
    assert line.take(1.0) is update
    assert update.retries == Retries()


@given(st.lists(st.sampled_from("abc"), max_size=12), st.integers())
def test_any_shuffle_keeps_the_order_of_each_queue(names: list[str], seed: int) -> None:
    draw = dice(seed)
    line = UpdateQueues(draw)
    box = Inbox(line, Record(100, lambda: 0.0), lambda: 0.0, draw, lambda: None, DEFAULT_KINDS, hold=True)
    for name in names:
        box.post("message", {"chat": {"id": name}})
    expected = [update.update_id for update in sorted(box.held, key=lambda update: str(update.queue))]
    released = box.release(shuffle=True)
    by_queue = sorted(line.pending(), key=lambda update: (str(update.queue), update.update_id))
    assert [update.update_id for update in by_queue] == expected
    taken = []
    while (update := line.take(0.0)) is not None:
        taken.append(update.update_id)
        line.accepted(update)
    assert taken == released


def test_an_order_that_telegram_never_delivers_is_refused() -> None:
    box = Inbox(
        queues(),
        Record(100, lambda: 0.0),
        lambda: 0.0,
        dice(1),
        lambda: None,
        DEFAULT_KINDS,
        hold=True,
    )
    first = box.post("message", {"chat": {"id": 1}})
    second = box.post("message", {"chat": {"id": 1}})
    assert first is not None
    assert second is not None
    with pytest.raises(InboxError):
        box.release([second, first])
    with pytest.raises(InboxError):
        box.release([second])
    assert box.release([first]) == [first]


def test_queues_and_lives_are_the_servers() -> None:
    chat, user = {"id": 5}, {"id": 5}
    assert queue_of({"message": {"chat": chat}}) == queue_of({"edited_message": {"chat": chat}})
    tap = queue_of({"callback_query": {"from": user}})
    member = queue_of({"my_chat_member": {"chat": chat, "from": user}})
    assert len({queue_of({"message": {"chat": chat}}), tap, member}) == 3
    assert queue_of({"message": {"chat": {"id": "5"}}}) == queue_of({"message": {"chat": chat}})
    assert queue_of({"something_new": {}}) is None
    assert (life_of("message"), life_of("callback_query")) == (MESSAGE_LIFE, 150)


def test_update_numbers_go_on_from_a_chosen_one() -> None:
    box = Inbox(queues(), Record(100, lambda: 0.0), lambda: 0.0, dice(1), lambda: None, DEFAULT_KINDS)
    box.post_raw({"update_id": 900_000_000, "message": {}})
    assert box.post("message", {"chat": {"id": 1}}) == 900_000_001
    assert box.post_raw({"update_id": "77", "message": {}}) is None
    assert box.post_raw({"message": {}}, number=False) is None
    assert box.post("chat_member", {}) is None
