"""Updates as they may come: of people, of fools and of those who guessed the webhook's secret."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onboarding_world.edges import NOON_S, member, sender, tapped, written

from lbc_contracts.ids import Step
from lbc_onboarding.domain.attribution import MAX_TOKEN, read_token
from lbc_onboarding.domain.inputs import Membership, Person, Said, Tap, Written
from lbc_onboarding.domain.legacy import LEGACY
from lbc_onboarding.domain.updates import Ignored, NotUnderstoodError, Understood, read

AT = 5_000


def seen(body: dict[str, Any] | bytes) -> Understood | Ignored:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read(raw, bot="alba", update_id=9, at=AT)


def understood(body: dict[str, Any]) -> Understood:
    found = seen(body)
    assert isinstance(found, Understood)
    return found


@pytest.mark.parametrize(
    ("text", "said", "payload"),
    [
        ("/start", Said.START, ""),
        ("/start ref_a", Said.START, "ref_a"),
        ("/START@Alba_Bot  token ", Said.START, "token"),
        ("/start\ntoken", Said.START, "token"),
        ("/restart", Said.RESTART, ""),
        ("/Help@alba", Said.HELP, ""),
        ("/help me", Said.HELP, ""),
        ("/help my name is Jane Doe, I live at", Said.HELP, ""),
        ("/delete_me please, Jane Doe", Said.DELETE_ME, ""),
        ("/start cmVmPTc=", Said.START, "cmVmPTc="),
        ("/start Jane Doe", Said.START, "????????"),
        ("/start Jane\u2003", Said.START, "Jane"),
        ("/start ¿Jane?", Said.START, "??????"),
        ("/started", Said.TEXT, ""),
        ("/unknown", Said.TEXT, ""),
        ("start", Said.TEXT, ""),
        ("", Said.TEXT, ""),
        (None, Said.TEXT, ""),
        ("\ud800 broken", Said.TEXT, ""),
    ],
)
def test_messages(text: str | None, said: Said, payload: str) -> None:
    found = understood(written(text, 4))
    assert found.event_id == "alba:update:9"
    assert found.what == Written(said, 4, NOON_S, AT, payload)
    assert found.person == Person(7, 7, "Ana", "en")


@pytest.mark.parametrize("more", [{"sticker": {}}, {"photo": []}, {"voice": {}}])
def test_whatever_else_is_sent_is_a_message_too(more: dict[str, Any]) -> None:
    what = understood(written(None, 4, **more)).what
    assert isinstance(what, Written)
    assert what.said is Said.TEXT


def test_a_text_that_is_none_is_a_message_too() -> None:
    what = understood(changed(MESSAGE, 5, "message", "text")).what
    assert isinstance(what, Written)
    assert what.said is Said.TEXT


def test_numbers_may_come_as_digits() -> None:
    body = written("/start", 4)
    body["message"]["from"]["id"] = body["message"]["chat"]["id"] = "7"
    body["message"]["message_id"] = "4"
    assert understood(body).person.user_id == 7


def payload_of(text: str) -> str:
    what = understood(written(text, 4)).what
    assert isinstance(what, Written)
    return what.payload


@pytest.mark.parametrize("length", [1, 64, 65, 400, 100_000])
def test_a_token_is_handed_on_whole_and_of_a_longer_one_what_shows_that_it_is(length: int) -> None:
    assert payload_of("/start " + "x" * length) == "x" * min(length, MAX_TOKEN + 1)


TYPED = st.from_regex(r"/(start|restart|help|privacy|delete_me|language)", fullmatch=True)
WORDS = st.text(min_size=1, max_size=200) | st.lists(st.sampled_from(["Jane", "Doe", "7", "ref_a"])).map(" ".join)


@given(TYPED, WORDS)
def test_of_what_people_type_nothing_is_kept_but_a_start_token(command: str, words: str) -> None:
    kept = payload_of(f"{command} {words}")
    token = words.strip()
    if command == "/start" and re.fullmatch(r"[A-Za-z0-9_+/=-]*", token):
        assert kept == token[: MAX_TOKEN + 1]
    else:
        assert not set(kept) - {"?"}


@given(st.text(max_size=200))
def test_what_is_kept_of_a_token_is_refused_for_the_same_reason(words: str) -> None:
    token = "".join(char for char in words if not "\ud800" <= char <= "\udfff").strip()
    assert read_token(payload_of(f"/start {words}"), NOON_S, LEGACY) == read_token(token, NOON_S, LEGACY)


FROM_A_BOT = written("hi", 1)
FROM_A_BOT["message"]["from"] = sender(7, is_bot=True)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "kind"),
        ({"edited_message": {}}, "kind"),
        ({"channel_post": {}}, "kind"),
        (written("hi", 1, chat={"id": -3, "type": "supergroup"}), "not_private"),
        (written("hi", 1, chat={"id": 8, "type": "private"}), "foreign_chat"),
        (FROM_A_BOT, "bot"),
        ({"channel_post": {"chat": {"type": "channel"}}}, "kind"),
        ({"message": {"chat": {"id": -1, "type": "channel"}, "message_id": 1, "date": 1}}, "not_private"),
    ],
)
def test_what_is_of_no_use(body: dict[str, Any], reason: str) -> None:
    assert seen(body) == Ignored(reason)


def test_taps() -> None:
    found = understood(tapped("play_audio:2:v", "cb", message_id=3))
    assert found.event_id == "alba:callback:cb"
    assert found.what == Tap(Step.GREETING, AT, 2, Step.VIDEO, 3)
    assert understood(tapped(None, "cb")).what == Tap(None, AT, None, None, 2)
    gone = tapped("watch_video", "cb")
    del gone["callback_query"]["message"]
    assert understood(gone).what == Tap(Step.VIDEO, AT)
    group = tapped("watch_video", "cb")
    group["callback_query"]["message"]["chat"] = {"id": -1, "type": "group"}
    assert seen(group) == Ignored("not_private")


@pytest.mark.parametrize(("status", "blocked"), [("kicked", True), ("left", True), ("member", False)])
def test_blocking_and_coming_back(status: str, blocked: bool) -> None:  # noqa: FBT001 - a column of the table
    assert understood(member(status, 33)).what == Membership(blocked, 33, AT)


def test_membership_of_a_group_is_not_ours() -> None:
    body = member("kicked", 3)
    body["my_chat_member"]["chat"] = {"id": -4, "type": "group"}
    assert seen(body) == Ignored("not_private")
    body["my_chat_member"]["chat"] = {"id": 4, "type": "private"}
    assert seen(body) == Ignored("foreign_chat")


def without(body: dict[str, Any], *path: str) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(body))
    part = copy
    for name in path[:-1]:
        part = part[name]
    del part[path[-1]]
    return copy


def changed(body: dict[str, Any], value: object, *path: str) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(body))
    part = copy
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    return copy


MESSAGE, TAP, MEMBER = written("/start", 1), tapped("continue", "c"), member("member", 1)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"[" * 100_000,
        {"message": None},
        without(MESSAGE, "message", "from"),
        without(MESSAGE, "message", "chat"),
        without(MESSAGE, "message", "date"),
        without(MESSAGE, "message", "message_id"),
        changed(MESSAGE, "soon", "message", "date"),
        changed(MESSAGE, -1, "message", "date"),
        changed(MESSAGE, True, "message", "message_id"),
        changed(MESSAGE, 2**63, "message", "from", "id"),
        changed(MESSAGE, "9" * 30, "message", "from", "id"),
        changed(MESSAGE, -7, "message", "from", "id"),
        changed(MESSAGE, 7, "message", "chat", "type"),
        without(TAP, "callback_query", "id"),
        changed(TAP, "", "callback_query", "id"),
        changed(TAP, "x" * 300, "callback_query", "id"),
        without(TAP, "callback_query", "from"),
        without(MEMBER, "my_chat_member", "date"),
        changed(MEMBER, "dancing", "my_chat_member", "new_chat_member", "status"),
        changed(MEMBER, ["kicked"], "my_chat_member", "new_chat_member", "status"),
    ],
)
def test_what_is_not_understood(body: dict[str, Any] | bytes) -> None:
    with pytest.raises(NotUnderstoodError):
        seen(body)


@pytest.mark.parametrize("language", [None, "", "x" * 36, "e\u0301s", 5, ["en"], "en us"])
def test_a_language_that_makes_no_sense_is_none(language: object) -> None:
    body = changed(MESSAGE, language, "message", "from", "language_code")
    assert understood(body).person.language is None


def test_names_are_bounded_and_can_be_stored() -> None:
    body = changed(MESSAGE, "\ud83d" + "x" * 10_000, "message", "from", "first_name")
    name = understood(body).person.name
    assert len(name) <= 256
    assert name.encode()
    assert understood(changed(MESSAGE, 5, "message", "from", "first_name")).person.name == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["message", "from", "chat", "id", "type", "date", "message_id", "text", "data", "callback_query"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON | st.binary())
def test_nothing_else_ever_happens(body: object) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with contextlib.suppress(NotUnderstoodError):
        assert isinstance(read(raw, bot="alba", update_id=1, at=1), Understood | Ignored)
