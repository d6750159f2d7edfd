"""What is asked beside the way: which language, what is kept, and to be forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from onboarding_world.decided import BRAND, RULES

from lbc_contracts.ids import Step
from lbc_contracts.messages import Text, Video
from lbc_onboarding.domain.decide import Decision, Event, decide
from lbc_onboarding.domain.fsm import Signal, State
from lbc_onboarding.domain.inputs import Chosen, Confirmed, Input, Membership, Person, Said, Tap, Written
from lbc_onboarding.domain.person import User

NOW = 1_790_000_000_000
ANA = Person(7, 7, "Ana", "en")
KNOWN = User(
    bot="alba", user_id=7, chat_id=7, created_at=NOW - 9000, version=1, state=State.WELCOME_VIDEO_SENT, language="en"
)
DONE = replace(KNOWN, state=State.DONE)


def decided(user: User | None, what: Input, *, brand: object = BRAND, now: int = NOW) -> Decision:
    event = Event("e", "c", "alba", 7, what, ANA)
    return decide(user, event, brand=brand, rules=RULES, now=datetime.fromtimestamp(now / 1000, UTC))  # type: ignore[arg-type]  # a brand all the same


def words(decision: Decision) -> str:
    (command,) = decision.commands
    assert isinstance(command.content, Text)
    return command.content.html


def data(decision: Decision) -> list[str | None]:
    return [button.data for row in decision.commands[0].content.buttons for button in row]


def said(what: Said, at: int = NOW) -> Written:
    return Written(what, 9, at // 1000, at)


@pytest.mark.parametrize("said_", [Said.HELP, Said.PRIVACY, Said.DELETE_ME, Said.LANGUAGE])
@pytest.mark.parametrize("user", [None, KNOWN, DONE])
def test_an_aside_is_answered_and_moves_nobody(said_: Said, user: User | None) -> None:
    decision = decided(user, said(said_))
    assert len(decision.commands) == 1
    assert decision.commands[0].step is None
    assert decision.user
    if user:
        assert decision.user.position == user.position
        assert (decision.user.message_id, decision.user.message_at) == (user.message_id, user.message_at)
    assert decision.files is None


def test_privacy_is_said_in_the_persons_language() -> None:
    assert words(decided(KNOWN, said(Said.PRIVACY))) == BRAND.texts["en"].privacy
    spanish = replace(KNOWN, chosen_language="es")
    assert words(decided(spanish, said(Said.PRIVACY))) == BRAND.texts["es"].privacy


@pytest.mark.parametrize("asked", [Said.LANGUAGE, Said.HELP])
def test_languages_are_offered_by_their_own_names(asked: Said) -> None:
    (command,) = decided(KNOWN, said(asked)).commands
    assert [(button.label, button.data) for row in command.content.buttons for button in row] == [
        ("English", "language:en"),
        ("Español", "language:es"),
    ]


def test_many_languages_stand_a_few_in_a_row_and_one_is_no_choice() -> None:
    many = BRAND.model_copy(
        update={
            "languages": ("en", "es", "de", "fr"),
            "texts": {**BRAND.texts, "de": BRAND.texts["en"], "fr": BRAND.texts["en"]},
        }
    )
    rows = decided(KNOWN, said(Said.LANGUAGE), brand=many).commands[0].content.buttons
    assert [len(row) for row in rows] == [3, 1]
    one = BRAND.model_copy(update={"languages": ("en",)})
    assert decided(KNOWN, said(Said.LANGUAGE), brand=one).commands[0].content.buttons == ()


def test_a_choice_is_answered_in_the_new_language_and_what_comes_next_comes_in_it() -> None:
    chosen = decided(replace(KNOWN, state=State.NEW), Chosen("es", NOW))
    assert words(chosen) == BRAND.texts["es"].language_set
    assert data(chosen) == ["watch_video:1:r"]
    assert chosen.user
    following = decided(chosen.user, Tap(Step.VIDEO, NOW + 5, 1))
    (video,) = following.commands
    assert isinstance(video.content, Video)
    assert video.content.object_key == BRAND.media["es"].welcome_video
    assert video.content.caption == BRAND.texts["es"].video_caption


def test_who_is_done_is_offered_replays_with_the_new_language() -> None:
    assert data(decided(DONE, Chosen("es", NOW))) == ["watch_video:1:r", "play_audio:1:r"]


def test_a_choice_wins_over_what_telegram_says_and_over_an_older_choice() -> None:
    user = decided(KNOWN, Chosen("es", NOW)).user
    late = decided(user, Chosen("en", NOW - 1))
    assert late.commands == ()
    assert late.user
    assert late.user.spoken(BRAND.languages) == "es"
    again = decided(late.user, said(Said.PRIVACY))
    assert words(again) == BRAND.texts["es"].privacy
    assert decided(user, Chosen("en", NOW + 1)).user.spoken(BRAND.languages) == "en"  # type: ignore[union-attr]  # known


def test_a_language_that_the_pack_has_lost_is_asked_for_anew_and_telegrams_serves_meanwhile() -> None:
    decision = decided(KNOWN, Chosen("xx", NOW))
    assert decision.signals == (Signal.LANGUAGES,)
    assert decision.user
    assert decision.user.chosen_language == ""
    lost = replace(KNOWN, language="es", chosen_language="de", chosen_at=NOW)
    assert words(decided(replace(lost), said(Said.PRIVACY))) == BRAND.texts["en"].privacy


def test_to_be_forgotten_is_explained_and_confirmed_before_it_is_filed() -> None:
    asked = decided(KNOWN, said(Said.DELETE_ME))
    assert words(asked) == BRAND.texts["en"].delete_me
    assert data(asked) == [f"delete_me:{NOW}"]
    assert asked.files is None
    filed = decided(asked.user, Confirmed(NOW, NOW + 5))
    assert words(filed) == BRAND.texts["en"].delete_filed
    assert (filed.files, filed.signals) == ("en", (Signal.ERASE,))
    assert filed.user
    assert filed.user.erasure_asked_at == NOW + 5
    again = decided(filed.user, Confirmed(NOW, NOW + 9))
    assert words(again) == BRAND.texts["en"].delete_filed_again
    assert (again.files, again.signals) == (None, (Signal.ERASE_AGAIN,))


def test_a_request_says_in_which_language_its_person_was_told() -> None:
    assert decided(replace(KNOWN, chosen_language="es"), Confirmed(NOW, NOW)).files == "es"
    assert decided(KNOWN, Confirmed(NOW, NOW), brand=BRAND).files == "en"


def test_who_confirms_and_blocks_is_forgotten_all_the_same() -> None:
    away = decided(KNOWN, Membership(True, NOW // 1000 + 60, NOW + 60_000)).user
    decision = decided(away, Confirmed(NOW, NOW))
    assert decision.files == "en"
    assert decision.commands == ()


def test_a_question_that_was_put_to_who_is_erased_by_now_is_put_again() -> None:
    back = replace(KNOWN, erased_at=NOW - 5000)
    assert decided(back, Confirmed(NOW - 4999, NOW)).files == "en"
    decision = decided(back, Confirmed(NOW - 5000, NOW))
    assert decision.signals == (Signal.DELETE,)
    assert decision.files is None
    assert decision.user
    assert decision.user.erasure_asked_at is None
