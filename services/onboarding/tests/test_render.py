"""Words and buttons of all that is sent, in both languages of the demo brand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from onboarding_world.edges import BRAND, NOON

from lbc_contracts.brand import Limits, Voice
from lbc_contracts.ids import Step
from lbc_contracts.messages import Button, Buttons, Speech, Text, Video
from lbc_onboarding.domain.fsm import Effect
from lbc_onboarding.domain.person import User
from lbc_onboarding.domain.render import Writer
from lbc_onboarding.domain.turn import Caused

ANA = User(bot="alba", user_id=7, chat_id=7, created_at=1, name="Ana", language="en", session=2, attempt=3)


def writer(user: User = ANA) -> Writer:
    return Writer(BRAND, user, "event", "update", NOON)


def data(buttons: Buttons) -> list[str | None]:
    assert all(isinstance(button, Button) for row in buttons for button in row)
    return [button.data for row in buttons for button in row]


def test_the_video() -> None:
    send = writer().ask(Step.VIDEO)
    assert (send.id, send.step, send.attempt, send.session) == ("alba:7:2:video:3", Step.VIDEO, 3, 2)
    assert isinstance(send.content, Video)
    assert send.content.object_key == "demo/welcome.en.mp4"
    assert data(send.content.buttons) == ["play_audio:2:v", "watch_video:2:v"]
    assert send.fallback
    assert data(send.fallback.buttons) == [None, "watch_video:2:v", "play_audio:2:v"]
    assert send.fallback.buttons[1][0].label == BRAND.texts_for("en").button_again


def test_the_greeting() -> None:
    send = writer(replace(ANA, language="es-419")).ask(Step.GREETING)
    assert isinstance(send.content, Speech)
    assert (send.content.language, send.content.voice) == ("es-ES", "Lucia")
    assert (send.content.engine, send.content.espeak) == ("neural", "es")
    assert send.content.words == BRAND.texts_for("es").greeting_speech
    assert data(send.content.buttons) == ["continue:2:g", "play_audio:2:g"]
    assert send.fallback
    assert data(send.fallback.buttons) == [None, "play_audio:2:g", "continue:2:g"]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("step", [Step.VIDEO, Step.GREETING])
def test_a_fallback_begins_with_a_place_for_the_link(step: Step, language: str) -> None:
    fallback = writer(replace(ANA, language=language)).ask(step).fallback
    assert fallback
    assert fallback.buttons[0] == (Button(label=BRAND.texts_for(language).button_open_link),)


def test_the_end() -> None:
    send = writer().ask(Step.DONE)
    assert isinstance(send.content, Text)
    assert send.fallback is None
    assert data(send.content.buttons) == ["watch_video:2:d", "play_audio:2:d"]


@pytest.mark.parametrize(("step", "first"), [(Step.VIDEO, "play_audio:2:r"), (Step.GREETING, "continue:2:r")])
def test_a_replay_moves_no_state_and_proves_nothing(step: Step, first: str) -> None:
    send = writer().answer(Caused(Effect.REPLAY, step), 1)
    assert (send.id, send.step, send.attempt) == ("event/1", None, 1)
    assert data(send.content.buttons)[0] == first
    assert send.fallback
    assert data(send.fallback.buttons)[:2] == [None, data(send.content.buttons)[1]]


@pytest.mark.parametrize(
    ("step", "given_up", "buttons"),
    [
        (Step.VIDEO, False, ["watch_video:2:r"]),
        (Step.VIDEO, True, ["watch_video:2:r"]),
        (Step.GREETING, False, ["play_audio:2:r", "continue:2:g"]),
        (Step.GREETING, True, ["play_audio:2:r", "continue:2:g"]),
        (Step.DONE, False, ["continue:2:r"]),
    ],
)
def test_whoever_hears_that_it_comes_later_can_go_on(step: Step, given_up: bool, buttons: list[str]) -> None:  # noqa: FBT001 - a column
    content = writer().answer(Caused(Effect.SAY_LATER, step, given_up), 1).content
    assert isinstance(content, Text)
    assert data(content.buttons) == buttons


def test_greeting_words_too_long_for_both_stand_alone() -> None:
    texts = {
        language: texts.model_copy(update={"greeting_later": "x" * 4000, "greeting_speech": "a < b & c " * 30})
        for language, texts in BRAND.texts.items()
    }
    brand = BRAND.model_copy(update={"texts": texts})
    content = replace(writer(), brand=brand).answer(Caused(Effect.SAY_LATER, Step.GREETING), 1).content
    assert isinstance(content, Text)
    assert content.html.startswith("a &lt; b &amp; c")


@pytest.mark.parametrize(
    ("effect", "key", "buttons"),
    [
        (Effect.SAY_DONE_AGAIN, "done_again", 2),
        (Effect.SAY_REPLAYS, "replays", 2),
        (Effect.SAY_RESTARTED, "restarted", 0),
        (Effect.SAY_HELP, "help", 1),
        (Effect.SAY_PRIVACY, "privacy", 0),
        (Effect.SAY_LANGUAGES, "language_choose", 1),
        (Effect.SAY_CHOSEN, "language_set", 1),
        (Effect.SAY_DELETE, "delete_me", 1),
        (Effect.SAY_FILED, "delete_filed", 0),
        (Effect.SAY_FILED_AGAIN, "delete_filed_again", 0),
    ],
)
def test_words(effect: Effect, key: str, buttons: int) -> None:
    content = writer(replace(ANA, name="")).answer(Caused(effect), 1).content
    assert isinstance(content, Text)
    assert content.html[:20] == getattr(BRAND.texts_for("en"), key).replace(", {name}", "")[:20]
    assert len(content.buttons) == buttons


def test_a_voice_of_another_engine() -> None:
    voice = Voice(engine="standard", voice_id="Tatyana", language_code="ru-RU", espeak="ru-lv")
    brand = BRAND.model_copy(update={"voices": dict.fromkeys(BRAND.languages, voice)})
    content = replace(writer(), brand=brand).ask(Step.GREETING).content
    assert isinstance(content, Speech)
    assert (content.language, content.voice, content.engine) == ("ru-RU", "Tatyana", "standard")
    assert content.espeak == "ru-lv"


def test_as_much_of_a_name_as_the_pack_shows() -> None:
    brand = BRAND.model_copy(update={"limits": Limits(name_length=3)})
    content = (
        replace(writer(replace(ANA, name="Maximiliana")), brand=brand).answer(Caused(Effect.SAY_RESTARTED), 1).content
    )
    assert isinstance(content, Text)
    assert "Max:" in content.html or "Max!" in content.html or "Max," in content.html
    assert "Maxi" not in content.html


@pytest.mark.parametrize("name", ["<b>", "\u202egnp.exe", "\u200b\u200b", "x" * 10_000, "&amp;"])
def test_a_strangers_name_breaks_nothing(name: str) -> None:
    content = writer(replace(ANA, name=name)).answer(Caused(Effect.SAY_RESTARTED), 1).content
    assert isinstance(content, Text)
    assert "<" not in content.html
    assert "\u202e" not in content.html
    assert len(content.html) < 300
