"""Which rows are whose, without any part."""

from __future__ import annotations

import base64
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from erasure_world.traces import BOT, row, send

from lbc_contracts import tokens
from lbc_contracts.ids import Step
from lbcctl.erasure.person import CLOCK_SKEW, Person, Tombstone
from lbcctl.erasure.referrers import names_referrer
from lbcctl.erasure.speech import spoken_in
from lbcctl.people.rows import waiting_of

ANA = Person(BOT, 42, 1000)
KEY = tokens.Key(1, b"x" * 32)
ERASED_AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
STONE = Tombstone(round(ERASED_AT.timestamp() * 1000), session=2)


def signed(referrer: int) -> str:
    claims = tokens.StartToken(purpose=tokens.Purpose.REFERRAL, referrer=referrer, expires_at=2**31, nonce=7)
    return tokens.mint(claims, bot=BOT, key=KEY)


def base64url(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "token",
    [
        "ref_42",
        "ref_0042",
        "ref_x-42-y",
        signed(42),
        base64url("42|mail|a|b|n|1790000000"),
        base64url("00042|mail|a|b|n|1790000000"),
        base64url("ref=42&utm_source=mail"),
    ],
)
def test_every_form_of_token_is_read_for_who_sent_somebody(token: str) -> None:
    assert names_referrer(token, {"42", "43"})
    assert not names_referrer(token, {"4", "2", "420"})


@pytest.mark.parametrize(
    "token", ["", "ref_420", "ref_142", signed(420), signed(0), base64url("420|a|b|c|n|1"), "😀", "erased"]
)
def test_other_tokens_are_left_as_they_are(token: str) -> None:
    assert not names_referrer(token, {"42"})


@given(st.text(max_size=64), st.integers(1, 2**52))
def test_no_token_is_too_odd_to_be_read(token: str, user_id: int) -> None:
    assert isinstance(names_referrer(token, {str(user_id)}), bool)


@given(st.integers(1, 10**15), st.integers(0, 3), st.sampled_from(["ref_{}", "{}|mail|a|b|n|1", "ref={}"]))
def test_zeros_before_an_id_change_nothing(user_id: int, zeros: int, form: str) -> None:
    said = form.format(f"{'0' * zeros}{user_id}")
    token = said if said.startswith("ref_") else base64url(said)
    assert names_referrer(token, {str(user_id)})
    assert not names_referrer(token, {str(user_id * 10), f"9{user_id}"})


@given(st.integers(1, 2**52), st.integers(1, 2**52))
def test_a_signed_token_names_its_referrer_alone(one: int, other: int) -> None:
    assert names_referrer(signed(one), {str(one)})
    assert names_referrer(signed(one), {str(other)}) == (one == other)


@pytest.mark.parametrize(
    ("key", "covered"),
    [
        (f"{BOT}:42:1:video:1", True),
        (f"{BOT}:42:2:greeting:9:failed:c/1", True),
        (f"{BOT}:42:3:video:1", False),
        (f"{BOT}:42:2", True),
        (f"{BOT}:42:3", False),
        (f"{BOT}:42:odd", True),
    ],
)
def test_a_tombstone_covers_the_sessions_up_to_its_own(key: str, covered: bool) -> None:  # noqa: FBT001 - a case
    assert STONE.covers_key(ANA, key) == covered


def event(*sessions: int, at: datetime = ERASED_AT) -> dict[str, Any]:
    commands = [send(42, 1, session, Step.VIDEO) for session in sessions]
    written = "[" + ",".join(command.model_dump_json(exclude_none=True) for command in commands) + "]"
    return row(eventId="e", timestamp=at.isoformat(timespec="milliseconds"), commands=written)


def test_an_event_is_of_the_session_of_its_commands_and_else_of_its_time() -> None:
    late, early = ERASED_AT + timedelta(minutes=5), ERASED_AT - timedelta(days=3)
    assert STONE.covers_event(event(1, at=late))
    assert STONE.covers_event(event(2, at=late))
    assert not STONE.covers_event(event(3, at=early))
    assert STONE.covers_event(event(at=early))
    assert STONE.covers_event(event(at=ERASED_AT + CLOCK_SKEW))
    assert not STONE.covers_event(event(at=late))


def test_speech_is_known_by_its_words_and_voice() -> None:
    spoken = {"commands": {"S": f"[{send(42, 1, words='Hi').model_dump_json()},{send(42, 2).model_dump_json()}]"}}
    ((words, language, voice),) = [(one.words, one.language, one.voice) for one in spoken_in([spoken, spoken])]
    assert (words, language, voice) == ("Hi", "en-US", "Matthew")


def person(**more: Any) -> dict[str, Any]:
    plain = {"telegramId": 42, "state": "NEW", "pending": True, "reachable": True, "session": 1, "attempt": 1}
    return row(**(plain | more))


def test_who_waits_is_read_from_a_row() -> None:
    asked = round(ERASED_AT.timestamp() * 1000)
    waiting = waiting_of(person(messageAt=asked - 5, calls=[0, asked, 0, 0], backAt=asked - 9, dueAt=asked))
    assert waiting
    assert (waiting.step, waiting.since, waiting.given_up) == (Step.VIDEO, ERASED_AT, False)
    assert waiting.is_overdue(ERASED_AT)
    assert not waiting.is_overdue(ERASED_AT - timedelta(seconds=1))
    assert waiting.command(BOT) == f"{BOT}:42:1:video:1"


@pytest.mark.parametrize(
    "nobody",
    [
        person(pending=False),
        person(state="DONE", pending=False, failedAt=5),
        person(state="BEYOND"),
        {"userId": {"S": "x"}},
        person(session="one"),
    ],
    ids=["their-turn", "done", "of-a-newer-release", "no-attributes", "odd"],
)
def test_a_row_that_says_nothing_of_it_waits_for_nothing(nobody: dict[str, Any]) -> None:
    assert waiting_of(nobody) is None


def test_a_failed_step_waits_for_somebody_to_ask() -> None:
    waiting = waiting_of(person(pending=False, failedAt=1000, givenUpAt=2000))
    assert waiting
    assert waiting.given_up
    assert waiting.since == datetime.fromtimestamp(2, UTC)
