"""Queues, numbers and holding back without a socket."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telegram_sim.core.types import Json
from telegram_sim.core.updates.inbox import HIGHEST_RANDOM, LAST_UPDATE, LOWEST_RANDOM, QUIET_WEEK, InboxError
from telegram_sim.core.updates.kinds import MESSAGE_LIFE, UPDATE_KINDS, life_of, queue_of
from telegram_sim.core.updates.pending import Pending
from telegram_sim.core.updates.queues import UpdateQueues
from telegram_sim.core.webhook.webhook import Webhook

from .virtual import ACCEPTED, REFUSED, Box, Day, dice, failed


def waiting(number: int, queue: str = "a", expires_at: float = 1e9) -> Pending:
    return Pending(number, "message", b"", queue, expires_at)


def test_a_queue_waits_for_its_oldest_update_and_others_do_not() -> None:
    line = UpdateQueues(dice(1))
    line.restart(80)
    first, second, other = waiting(1), waiting(2), waiting(3, "b")
    for update in (first, second, other):
        line.push(update, 0.0)
    assert line.take(0.0) is first
    assert line.take(0.0) is other
    assert line.take(0.0) is None
    assert line.failed(first, 0.0, 5) == 5
    assert line.take(4.9) is None
    assert line.next_wakeup(4.9) == 5.0
    assert line.take(5.0) is first
    line.drop(first)
    assert line.take(5.0) is second
    assert len(line) == 2


def test_what_waits_is_weighed_until_it_is_gone() -> None:
    line = UpdateQueues(dice(1))
    updates = [Pending(number, "message", b"x" * number, "a", 1e9) for number in (3, 5, 7)]
    sizes = [line.size]
    for update in updates:
        line.push(update, 0.0)
        sizes.append(line.size)
    line.drop(updates[0])
    line.drop(updates[0])
    sizes.append(line.size)
    line.clear()
    assert [*sizes, line.size] == [0, 3, 8, 15, 12, 0]


def test_what_expired_before_it_came_to_hand_is_never_sent_and_does_not_count() -> None:
    line = UpdateQueues(dice(1))
    line.restart(1)
    for update in (waiting(1), waiting(2, expires_at=10.0), waiting(3, "b", expires_at=10.0), waiting(4)):
        line.push(update, 0.0)
    first = line.take(0.0)
    assert first is not None
    line.expire(11.0)
    assert len(line) == 2
    line.drop(first)
    last = line.take(11.0)
    assert last is not None
    assert last.update_id == 4


def test_what_expired_at_hand_goes_once_there_is_no_webhook() -> None:
    line = UpdateQueues(dice(1))
    line.restart(80)
    line.push(waiting(1, expires_at=10.0), 0.0)
    assert line.take(9.0) is not None
    line.expire(11.0)
    assert len(line) == 1
    line.restart(0)
    line.expire(11.0)
    assert len(line) == 0


def test_what_came_to_hand_in_time_is_sent_once_more_though_it_has_expired() -> None:
    day = Day(answer=lambda _update, at: REFUSED if at < 1160 else ACCEPTED)
    for number in range(40):
        day.push(number, f"person {number}", life=150)
    day.pass_until(day.now + 300)
    assert len([sent for sent in day.sent if sent.at >= 1160]) > 20
    assert len(day.queues) == 0


def test_what_was_loaded_expires_like_the_rest_once_there_is_no_webhook() -> None:
    line = UpdateQueues(dice(1))
    line.restart(80)
    line.push(waiting(1, expires_at=10.0), 0.0)
    assert line.take(0.0) is not None
    line.expire(11.0)
    assert len(line) == 1
    line.restart(0)
    line.expire(11.0)
    assert len(line) == 0


def test_what_is_late_beyond_its_life_holds_nothing_back_for_longer() -> None:
    day = Day()
    day.queues.push(Pending(1, "callback_query", b"", "alice", day.now + 150, not_before=day.now + 600), day.now)
    day.push(2, "alice")
    day.pass_until(day.now + 599)
    assert [(sent.update_id, round(sent.at - 1000)) for sent in day.sent] == [(2, 150)]


def test_queues_count_while_they_have_updates() -> None:
    line = UpdateQueues(dice(1))
    line.restart(80)
    for number, queue in enumerate("aab"):
        line.push(waiting(number, queue), 0.0)
    widths = []
    while (update := line.take(0.0)) is not None:
        widths.append(line.width)
        line.drop(update)
    assert [*widths, line.width] == [2, 2, 1, 0]


def test_as_many_failing_updates_as_are_at_hand_keep_all_others_waiting() -> None:
    day = Day(answer=lambda update, at: failed(500) if update.queue == "poison" and at < 1100 else ACCEPTED)
    day.connections = 1
    day.courier.point_to(Webhook("https://a.b/", max_connections=1))
    day.push(0, "before")
    for number, queue in enumerate(["poison", "poison", "alice"], 1):
        day.push(number, queue)
    day.pass_until(day.now + 90)
    assert [sent.update_id for sent in day.sent if sent.wait is None] == [0]
    assert day.times(3) == []
    day.pass_until(day.now + 200)
    assert [sent.update_id for sent in day.sent if sent.wait is None] == [0, 1, 2, 3]


def test_what_is_being_sent_does_not_expire_under_way() -> None:
    line = UpdateQueues(dice(1))
    line.restart(80)
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
    short |= {"inline_query": 30, "chosen_inline_result": 600, "custom_event": 600}
    assert {kind: life_of(kind) for kind in UPDATE_KINDS if life_of(kind) < MESSAGE_LIFE} == short
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


def test_the_number_after_a_quiet_week_is_drawn_within_the_servers_bounds() -> None:
    jumps: list[int] = []
    for end in (0, 1):
        box = Box()
        box.inbox.draw = lambda *bounds, end=end: bounds[end]
        box.say()
        box.now += QUIET_WEEK
        jumps.append(box.say())
    assert jumps == [2_000_001, 1_000_000_000]


def test_updates_of_no_queue_do_not_wait_for_each_other() -> None:
    box = Box()
    numbers = [box.inbox.post_raw({"something_new": {}}) for _ in range(3)]
    taken = [box.queues.take(0.0) for _ in numbers]
    assert [update.update_id for update in taken if update is not None] == numbers


def test_numbers_have_an_end() -> None:
    box = Box()
    box.inbox.post_raw({"update_id": LAST_UPDATE, "message": {"chat": {"id": 1}}})
    assert LOWEST_RANDOM <= box.say() <= HIGHEST_RANDOM


def test_what_comes_behind_something_held_back_is_held_back_too() -> None:
    box = Box(hold=True)
    first = box.say()
    box.switches.hold_updates = False
    behind, other = box.say(), box.say(2)
    assert [update.update_id for update in box.inbox.held] == [first, behind]
    assert [update.update_id for update in box.queues] == [other]
    assert box.inbox.release() == [first, behind]
    box.say()
    assert box.inbox.held == []


def test_only_what_is_held_back_can_be_released() -> None:
    box = Box(hold=True)
    number = box.say()
    with pytest.raises(InboxError, match=f"no update {number + 1} is held back"):
        box.inbox.release([number, number + 1])
    assert box.inbox.release([number, number]) == [number]


def test_as_many_as_may_wait_are_released_and_dropped() -> None:
    box = Box(hold=True)
    box.inbox.max_pending = 10_000
    numbers = [box.say(chat) for chat in range(10_000)]
    assert len(box.inbox.release(list(reversed(numbers[5000:])))) == 5000
    assert len(box.inbox.release(shuffle=True)) == 5000
    with pytest.raises(InboxError, match="10000 updates wait already"):
        box.say()
    box.inbox.clear()
    assert len(box.queues) == 0


def test_what_has_expired_makes_room() -> None:
    box = Box(polled=True)
    box.inbox.max_pending = 2
    for _ in range(2):
        box.inbox.post("callback_query", {"from": {"id": 1}})
    box.now += 151.0
    box.say()
    assert len(box.queues) == 1


@pytest.mark.parametrize("hold", [False, True])
def test_too_many_updates_are_refused(*, hold: bool) -> None:
    box = Box(hold=hold)
    frame = len('"message":{"chat":{"id":1},"text":""}')
    large = {"chat": {"id": 1}, "text": "x" * (2**20 - frame)}
    for _ in range(128):
        box.inbox.post("message", large)
    with pytest.raises(InboxError, match="128 updates wait already"):
        box.inbox.post("message", large)
