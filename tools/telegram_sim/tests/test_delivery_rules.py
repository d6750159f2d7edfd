"""Queues, numbers, holding back and getUpdates without a socket."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telegram_sim.core.faults import FaultPlan
from telegram_sim.core.inbox import QUIET_WEEK, Inbox, InboxError
from telegram_sim.core.polling import Polling
from telegram_sim.core.queues import Pending, UpdateQueues
from telegram_sim.core.record import Record
from telegram_sim.core.switches import Switches
from telegram_sim.core.types import Json
from telegram_sim.core.updates import KINDS, MESSAGE_LIFE, life_of, queue_of

from .virtual import dice


class Box:
    """An inbox whose clock stands still until it is moved."""

    def __init__(self, *, hold: bool = False, seed: int = 1, polled: bool = False) -> None:
        self.now = 0.0
        self.queues = UpdateQueues(dice(seed))
        self.switches = Switches(hold_updates=hold)
        self.inbox = Inbox(
            self.queues,
            Record(1000, lambda: 0.0),
            lambda: self.now,
            dice(seed),
            lambda: None,
            FaultPlan(lambda: 0.0),
            self.switches,
            polled=lambda: polled,
        )
        self.polling = Polling(self.queues)

    def say(self, chat: int | str = 1) -> int:
        number = self.inbox.post("message", {"chat": {"id": chat}})
        assert number is not None
        return number

    def ask(self, offset: int = 0, limit: int = 100) -> list[int | None]:
        self.now += 10.0
        batch = self.polling.batch(self.polling.begin(offset, limit, 0, self.now), self.now)
        return [update.update_id for update in batch]


def waiting(number: int, queue: str = "a", expires_at: float = 1e9) -> Pending:
    return Pending(number, "message", b"", queue, expires_at)


def test_a_queue_waits_for_its_oldest_update_and_others_do_not() -> None:
    line = UpdateQueues(dice(1))
    first, second, other = waiting(1), waiting(2), waiting(3, "b")
    for update in (first, second, other):
        line.push(update, 0.0)
    assert line.take(0.0) is first
    assert line.take(0.0) is other
    assert line.take(0.0) is None
    assert line.failed(first, 0.0, 5) == 5
    assert line.take(4.9) is None
    assert line.next_wakeup() == 5.0
    assert line.take(5.0) is first
    line.drop(first)
    assert line.take(5.0) is second
    assert len(line) == 2


def test_an_expired_update_is_never_sent_and_does_not_count() -> None:
    line = UpdateQueues(dice(1))
    line.push(waiting(1, expires_at=10.0), 0.0)
    line.push(waiting(2, expires_at=10.0), 0.0)
    line.push(waiting(3), 0.0)
    line.expire(11.0)
    assert len(line) == 1
    taken = line.take(11.0)
    assert taken is not None
    assert taken.update_id == 3
    assert line.take(11.0) is None


def test_what_is_being_sent_does_not_expire_under_way() -> None:
    line = UpdateQueues(dice(1))
    update = waiting(1, expires_at=10.0)
    line.push(update, 0.0)
    assert line.take(9.0) is update
    line.expire(11.0)
    assert len(line) == 1
    assert line.failed(update, 11.0, 0) is None
    assert len(line) == 0


@given(st.lists(st.sampled_from("abc"), max_size=12), st.integers())
def test_any_shuffle_keeps_the_order_of_each_queue_and_the_receiver_sees_it(names: list[str], seed: int) -> None:
    box = Box(hold=True, seed=seed)
    numbers = {box.say(name): name for name in names}
    released = box.inbox.release(shuffle=True)
    for name in set(names):
        assert [number for number in released if number and numbers[number] == name] == [
            number for number in numbers if numbers[number] == name
        ]
    taken = []
    while (update := box.queues.take(0.0)) is not None:
        taken.append(update.update_id)
        box.queues.drop(update)
    assert taken == released


def test_an_order_that_telegram_never_delivers_is_refused() -> None:
    box = Box(hold=True)
    first, second = box.say(), box.say()
    with pytest.raises(InboxError, match="cannot overtake each other"):
        box.inbox.release([second, first])
    with pytest.raises(InboxError, match="stays held back"):
        box.inbox.release([second])
    assert box.inbox.release([first]) == [first]
    assert [update.update_id for update in box.inbox.held] == [second]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"message": {"chat": {"id": 5}}}, {"edited_message": {"chat": {"id": 5}}}, True),
        ({"message": {"chat": {"id": 5}}}, {"message": {"chat": {"id": "5"}}}, True),
        ({"message": {"chat": {"id": 5}}}, {"message": {"chat": {"id": 6}}}, False),
        ({"message": {"chat": {"id": 5}}}, {"callback_query": {"from": {"id": 5}}}, False),
        ({"message": {"chat": {"id": 5}}}, {"my_chat_member": {"chat": {"id": 5}}}, False),
        ({"callback_query": {"from": {"id": 5}}}, {"inline_query": {"from": {"id": 5}}}, False),
        ({"shipping_query": {"from": {"id": 5}}}, {"pre_checkout_query": {"from": {"id": 5}}}, True),
        (
            {"chat_member": {"chat": {"id": 1}, "new_chat_member": {"user": {"id": 5}}}},
            {"chat_join_request": {"from": {"id": 5}}},
            True,
        ),
        ({"poll": {"id": "77"}}, {"poll_answer": {"poll_id": "77"}}, True),
    ],
)
def test_updates_share_a_queue_as_on_the_server(one: Json, other: Json, *, same: bool) -> None:
    assert (queue_of(one) == queue_of(other)) is same


def test_lives_are_the_servers() -> None:
    assert (life_of("message"), life_of("something_new")) == (MESSAGE_LIFE, MESSAGE_LIFE)
    short = {"callback_query": 150, "shipping_query": 150, "pre_checkout_query": 150}
    short |= {"inline_query": 30, "chosen_inline_result": 600}
    assert {kind: life_of(kind) for kind in KINDS if life_of(kind) < MESSAGE_LIFE} == short
    assert queue_of({"something_new": {}}) is None


def test_update_numbers_go_on_from_a_chosen_one() -> None:
    box = Box()
    box.inbox.post_raw({"update_id": 900_000_000, "message": {}})
    assert box.say() == 900_000_001
    assert box.inbox.post_raw({"update_id": "77", "message": {}}) is None
    assert box.inbox.post_raw({"message": {}}, number=False) is None
    assert box.inbox.post("chat_member", {}) is None
    assert [update.body for update in box.queues][-2:] == [b'{"update_id":"77","message":{}}', b'{"message":{}}']


def test_update_numbers_jump_after_a_week_without_updates() -> None:
    box = Box()
    first = box.say()
    box.now += QUIET_WEEK - 1
    assert box.say() == first + 1
    box.now += QUIET_WEEK
    jumped = box.say()
    assert jumped not in range(first, first + 1000)
    assert 2_000_001 <= jumped <= 1_000_000_000
    assert box.say() == jumped + 1


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
    assert (hasty.limit, hasty.timeout) == (1, 3)
    busy = polling.begin(7, 100, 0, 22.0)
    assert (busy.limit, busy.timeout) == (100, 3)
    assert polling.begin(7, 100, 50, 23.0).timeout == 50


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


def test_too_many_updates_are_refused() -> None:
    box = Box()
    large = {"chat": {"id": 1}, "text": "x" * 1_000_000}
    for _ in range(135):
        box.inbox.post("message", large)
    with pytest.raises(InboxError, match="135 updates wait already"):
        box.inbox.post("message", large)
