"""Which updates keep an order among themselves, and whom they are about (server, Client.cpp, add_update)."""

import pytest

from telegram_sim.core.types import Json
from telegram_sim.core.updates.kinds import UPDATE_KINDS, chat_of, queue_of

SHARED = [
    {"message", "edited_message", "channel_post", "edited_channel_post"},
    {"business_message", "edited_business_message", "deleted_business_messages"},
    {"guest_message", "purchased_paid_media"},
    {"shipping_query", "pre_checkout_query"},
    {"chat_member", "chat_join_request"},
    {"chat_boost", "removed_chat_boost"},
    {"poll", "poll_answer"},
]
ALONE = {
    *("business_connection", "message_reaction", "message_reaction_count", "inline_query", "chosen_inline_result"),
    *("callback_query", "my_chat_member", "managed_bot"),
}
BY_MEMBER = {"chat_member"}
BY_USER = {"business_connection", "managed_bot"}
BY_SENDER = {
    *("inline_query", "chosen_inline_result", "callback_query", "shipping_query", "pre_checkout_query"),
    *("purchased_paid_media", "chat_join_request"),
}
BY_POLL = {"poll", "poll_answer"}
WITHOUT_ORDER = {"custom_event", "custom_query"}
QUEUED = [kind for kind in UPDATE_KINDS if kind not in WITHOUT_ORDER]


def content(kind: str, chat: int, person: int, poll: int) -> Json:
    """What an update of that kind holds, as far as its queue is concerned."""
    if kind in BY_USER:
        return {"user": {"id": person}}
    if kind in BY_POLL:
        return {"id": str(poll), "poll_id": str(poll), "user": {"id": person}}
    member: Json = {"new_chat_member": {"user": {"id": person}}} if kind in BY_MEMBER else {}
    return {"chat": {"id": chat}, **member, **({} if kind in BY_MEMBER else {"from": {"id": person}})}


def test_kinds_of_one_queue_are_those_of_the_server() -> None:
    queues: dict[object, set[str]] = {}
    for kind in QUEUED:
        queues.setdefault(queue_of({kind: content(kind, 5, 5, 5)}), set()).add(kind)
    assert None not in queues
    found = sorted(map(sorted, queues.values()))
    assert found == sorted(map(sorted, [*SHARED, *({kind} for kind in ALONE)]))


@pytest.mark.parametrize("kind", sorted(WITHOUT_ORDER))
def test_updates_that_nobody_sent_wait_for_no_other(kind: str) -> None:
    assert kind in UPDATE_KINDS
    assert queue_of({kind: content(kind, 1, 2, 3)}) is None


@pytest.mark.parametrize("kind", QUEUED)
def test_a_queue_is_of_a_chat_or_of_a_person_or_of_a_poll(kind: str) -> None:
    queue = queue_of({kind: content(kind, 1, 2, 3)})
    of_person = kind in BY_MEMBER | BY_USER | BY_SENDER
    of_poll = kind in BY_POLL
    others = [queue_of({kind: content(kind, *owners)}) for owners in ((9, 2, 3), (1, 9, 3), (1, 2, 9))]
    assert [other != queue for other in others] == [not of_person and not of_poll, of_person, of_poll]


@pytest.mark.parametrize(
    ("update", "chat"),
    [
        ({"message": {"chat": {"id": 5}, "from": {"id": 6}}}, 5),
        ({"inline_query": {"from": {"id": 6}}}, 6),
        ({"business_connection": {"user": {"id": 7}}}, 7),
        ({"message": {"chat": {"id": "5"}, "from": {"id": 6}}}, 6),
        ({"message": {"chat": 5}}, None),
        ({"message": 5}, None),
        ({"something_new": {"chat": {"id": 5}}}, None),
    ],
)
def test_an_update_is_about_a_chat_or_a_person(update: Json, chat: int | None) -> None:
    assert chat_of(update) == chat
