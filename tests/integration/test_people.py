"""People as they are: they block, come back, tap old messages, write anything; and Telegram as it is."""

from __future__ import annotations

import pytest

from lbc_contracts import topology
from lbc_contracts.topology import Service
from lbc_testkit import wait_until
from lbc_testkit.demo import Plan, travel
from lbc_testkit.polly import polly
from lbc_testkit.polly.protocol import LANGUAGE_NOT_SUPPORTED
from lbc_testkit.stack import Stack
from support import platform
from support.operators import lbcctl
from telegram_sim.client import Message, Person, Sim

pytestmark = pytest.mark.asyncio(loop_scope="session")

LONGEST_NAME = 64
"""Characters: Telegram's own limit."""


async def finish(alice: Person, from_step: str) -> None:
    """Go on to DONE by the buttons."""
    if from_step == "video":
        await alice.tap("play_audio")
        await alice.expects("audio")
    await alice.tap("continue")
    await alice.expects("text")


async def at(alice: Person, step: str) -> Message:
    """Bring a new person to a step; returns its message."""
    await alice.start("ref_friend")
    message = await alice.expects("video")
    if step in {"greeting", "done"}:
        await alice.tap("play_audio")
        message = await alice.expects("audio")
    if step == "done":
        await alice.tap("continue")
        message = await alice.expects("text")
    return message


@pytest.mark.parametrize("step", ["start", "video", "greeting", "done"])
async def test_who_blocks_anywhere_and_comes_back_goes_on(sim: Sim, stack: Stack, step: str) -> None:
    alice = await sim.person()
    if step == "start":
        await sim.switch(hold_updates=True)
        await alice.start()
        await alice.block()
        await sim.release()
        await sim.switch(hold_updates=False)
    else:
        await at(alice, step)
        await alice.block()
    await sim.idle()
    await platform.drained(stack)

    await alice.unblock()
    await alice.start()
    if step == "start":
        await alice.expects("video")
        await finish(alice, "video")
    elif step == "video":
        await alice.expects("audio")
        await finish(alice, "greeting")
    else:
        await alice.expects("text")
    await sim.idle()
    await platform.drained(stack)
    await alice.expects_nothing()


async def test_a_refused_message_comes_when_the_person_returns(sim: Sim, stack: Stack) -> None:
    alice = await sim.person()
    await at(alice, "video")
    await stack.services[Service.DELIVERY].stop()
    await alice.tap("play_audio")
    await alice.block()
    await sim.idle()
    await stack.restart(Service.DELIVERY)
    await platform.drained(stack)
    await alice.expects_nothing()

    await alice.unblock()
    await alice.start()

    await alice.expects("audio")
    await finish(alice, "greeting")
    await alice.expects_nothing()


@pytest.mark.parametrize(
    "text", ["hello", "/unknown", "/help me", "😀", "\u202e\u200e\u200f", "a" * 4096, "/start " + "x" * 4000]
)
async def test_any_text_is_answered(sim: Sim, text: str) -> None:
    alice = await sim.person()
    await at(alice, "video")

    await alice.say(text)

    await alice.expects("text" if text.startswith("/help") else "audio")


@pytest.mark.parametrize("content", [{"sticker": {"file_id": "s"}}, {"photo": [{"file_id": "p"}]}, {"text": ""}])
async def test_any_other_message_is_answered_with_the_next_step(sim: Sim, content: dict[str, object]) -> None:
    alice = await sim.person()
    await at(alice, "video")

    await alice.send(**content)

    await alice.expects("audio")


async def test_help_and_restart_are_in_the_person_s_language(sim: Sim) -> None:
    alice = await sim.person(language="es")
    await at(alice, "done")

    await alice.say("/help")
    await alice.expects("text", text="/restart")
    await alice.say("/restart")
    await alice.expects("text", text="principio")
    await alice.expects("video")
    await finish(alice, "video")


async def test_at_the_end_start_says_so_and_offers_replays(sim: Sim) -> None:
    alice = await sim.person()
    await at(alice, "done")

    await alice.start()
    again = await alice.expects("text")
    assert {(button.data or "").split(":")[0] for button in again.buttons} >= {"watch_video", "play_audio"}

    await alice.tap("watch_video")
    await alice.expects("video")
    await alice.tap("play_audio")
    await alice.expects("audio")


async def test_bare_buttons_of_the_old_system_work_on_any_message(sim: Sim) -> None:
    alice = await sim.person()
    await at(alice, "done")

    await alice.tap_raw(2, "watch_video")
    await alice.expects("video")
    tap = await alice.tap_raw(1, "play_audio")
    await tap.answered()
    await alice.expects("audio")


async def test_a_tap_of_an_older_session_offers_the_current_step(stack: Stack, sim: Sim) -> None:
    alice = await sim.person()
    video = await at(alice, "video")
    old = next(button.data for button in video.buttons if button.data)
    await alice.say("/restart")
    await alice.expects("text")
    await alice.expects("video")

    async def arrived() -> bool:
        row = await platform.user_row(stack, alice.id)
        return (row["session"]["N"], row["state"]["S"]) == ("2", "WELCOME_VIDEO_SENT")

    # Nobody taps faster than delivery hears that the message was taken; a tap before that is answered by the message.
    await platform.until(arrived, "the second session's video to be known")
    await alice.tap_raw(video.id, old)

    await alice.expects("audio")


async def test_taps_with_foreign_data_are_answered_and_harm_nobody(sim: Sim) -> None:
    alice = await sim.person()
    video = await at(alice, "video")

    for data in ("", "x" * 64, "play_audio:99999999999999999999:v", "'; DROP TABLE users", "watch_video:1:v:extra"):
        tap = await alice.tap_raw(video.id, data)
        await tap.answered()

    await alice.expects("audio")
    await sim.idle()
    await finish(alice, "greeting")


@pytest.mark.parametrize("language", [None, "", "xx-invalid-", "ES-mx", "e" * 500, 7])
async def test_a_missing_or_malformed_language_falls_back(sim: Sim, language: object) -> None:
    alice = await sim.person(language=language)
    video = await at(alice, "video")
    assert ("Escucha" in str(video.buttons) or "saludo" in str(video.buttons)) == (language == "ES-mx")


@pytest.mark.parametrize(
    "name", ["<b>&amp;", "\u202eevil", "\u200b\u200b", "n" * LONGEST_NAME, "", "\u0645\u0631\u062d\u0628\u0627"]
)
async def test_any_name_is_shown_safely(sim: Sim, name: str) -> None:
    alice = await sim.person(name)
    await at(alice, "done")


async def test_groups_channels_and_unknown_kinds_are_counted_and_left_alone(sim: Sim, stack: Stack) -> None:
    chat = {"id": -100, "type": "supergroup", "title": "g"}
    sender = {"id": 5, "is_bot": False, "first_name": "A"}
    before = await platform.metric(stack, Service.ONBOARDING, "lbc_messages_total")
    await sim.update({"message": {"message_id": 1, "date": 1, "chat": chat, "from": sender, "text": "/start"}})
    await sim.update({"channel_post": {"message_id": 1, "date": 1, "chat": {"id": -5, "type": "channel"}}})
    await sim.update({"chat_boost": {"anything": 1}})
    await sim.idle()
    await platform.drained(stack)

    async def counted() -> bool:
        return await platform.metric(stack, Service.ONBOARDING, "lbc_messages_total") >= before + 3

    await wait_until(counted, what="three updates counted")
    assert await platform.dead(stack) == {}


async def test_ids_as_digit_strings_are_accepted(sim: Sim) -> None:
    alice = await sim.person(known=True)
    person = {"id": str(alice.id), "is_bot": False, "first_name": "A", "language_code": "en"}
    chat = {"id": str(alice.id), "type": "private"}
    await sim.update(
        {"message": {"message_id": "7", "date": "1795435200", "chat": chat, "from": person, "text": "/start"}}
    )
    await alice.expects("video")


async def test_a_chat_that_is_not_the_sender_s_gets_nothing(sim: Sim, stack: Stack) -> None:
    alice, mallory = await sim.person(), await sim.person("Mallory")
    chat = {"id": alice.id, "type": "private"}
    sender = {"id": mallory.id, "is_bot": False, "first_name": "M"}
    await sim.update({"message": {"message_id": 1, "date": 1, "chat": chat, "from": sender, "text": "/start"}})
    await sim.idle()
    await platform.drained(stack)

    await alice.expects_nothing()
    await mallory.expects_nothing()


async def test_what_cannot_be_parsed_is_quarantined_and_answered_200(sim: Sim, stack: Stack) -> None:
    await sim.update({"message": {"chat": "nobody", "from": [], "date": {}}})
    await sim.idle()

    async def quarantined() -> bool:
        return (await platform.dead(stack)).get("onboarding.quarantine") == 1

    await wait_until(quarantined, what="an update in quarantine")
    await platform.purge_graves(stack)


async def test_a_missing_video_comes_after_a_redrive(sim: Sim, stack: Stack) -> None:
    key = f"{stack.settings.brand.name}/welcome.en.mp4"
    async with stack.aws("s3") as s3:
        await s3.delete_object(Bucket="lbc-assets", Key=key)
    await stack.restart(Service.MEDIA)  # it remembers objects for a while
    try:
        alice = await sim.person()
        await alice.start()
        later = await alice.expects("text", timeout=20)
        assert "later" in later.text.lower() or later.text

        async def named() -> bool:
            letters = await stack.broker.management.get(stack.broker.vhost, "media.commands.dead")
            return bool(letters) and key in str(letters[0]["properties"])

        await wait_until(named, what="a dead letter that names the object")
    finally:
        await stack.provision_storage()
    await stack.restart(Service.MEDIA)

    result = await lbcctl(stack, "dlq", "redrive", "--queue", topology.MEDIA.name)

    assert result == {"redriven": 1, "too_old": 0}
    await alice.expects("video", timeout=20)
    await finish(alice, "video")
    await alice.expects_nothing()


async def test_a_missing_voice_gives_the_text_and_comes_after_a_redrive(sim: Sim, stack: Stack) -> None:
    async with polly() as voices:
        await stack.restart(Service.TTS, {"LBC_ENGINE": "polly", "LBC_AWS__POLLY_ENDPOINT": voices.endpoint})
        await platform.forget_speech(stack)
        voices.fail(LANGUAGE_NOT_SUPPORTED)
        alice = await sim.person()
        await at(alice, "video")
        await alice.tap("play_audio")
        text = await alice.expects("text", timeout=20)
        assert {(button.data or "").split(":")[0] for button in text.buttons} >= {"play_audio", "continue"}

        async def buried() -> bool:
            return bool((await platform.dead(stack)).get(topology.TTS.dead))

        await platform.until(buried, "a dead letter of tts")
        voices.heal()
        result = await lbcctl(stack, "dlq", "redrive", "--queue", topology.TTS.name)

        assert result == {"redriven": 1, "too_old": 0}
        await alice.expects("audio", timeout=20)
        await finish(alice, "greeting")
        await alice.expects_nothing()


async def test_who_got_the_text_instead_of_the_voice_may_go_on(sim: Sim, stack: Stack) -> None:
    async with polly() as voices:
        await stack.restart(Service.TTS, {"LBC_ENGINE": "polly", "LBC_AWS__POLLY_ENDPOINT": voices.endpoint})
        await platform.forget_speech(stack)
        voices.fail(LANGUAGE_NOT_SUPPORTED)
        alice = await sim.person()
        await at(alice, "video")
        await alice.tap("play_audio")
        await alice.expects("text", timeout=20)

        await alice.tap("continue")

        await alice.expects("text")

        async def done() -> bool:
            return (await platform.user_row(stack, alice.id))["state"] == {"S": "DONE"}

        await platform.until(done, "DONE in the table")


async def test_files_are_fetched_once_and_known_after(sim: Sim) -> None:
    await travel(sim, Plan())
    await travel(sim, Plan())

    last = (await sim.calls("sendVideo"))[-1]
    assert "http" not in str(last["params"]["video"])


async def test_media_that_telegram_cannot_fetch_becomes_a_link(sim: Sim, stack: Stack) -> None:
    await travel(sim, Plan())  # media remembers the object for a while
    await platform.forget_files(stack)
    await stack.restart(Service.DELIVERY)
    async with stack.aws("s3") as s3:
        await s3.delete_object(Bucket="lbc-assets", Key=f"{stack.settings.brand.name}/welcome.en.mp4")
    try:
        alice = await sim.person()
        await alice.start()
        fallback = await alice.expects("text")
    finally:
        await stack.provision_storage()

    assert any(button.url for button in fallback.buttons)
    await alice.tap("play_audio")
    await alice.expects("audio")
