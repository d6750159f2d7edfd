"""What a test says of the chats, and what it is told when something else happened."""

import asyncio
import os
import socket
import threading
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
import uvicorn

from telegram_sim.settings import SettingsError
from telegram_sim.testing import (
    ExpectationError,
    Message,
    Person,
    SimError,
    SyncTelegram,
    Telegram,
    anything,
    audio,
    document,
    photo,
    text,
    video,
)
from telegram_sim.testing.background import Background, settings_of

from .conftest import Bot

ROW = [[{"text": "Play it", "callback_data": "play:7"}, {"text": "Site", "url": "https://example.org/"}]]
KEYBOARD = {"inline_keyboard": ROW}


@pytest.fixture
async def bot(telegram: Telegram) -> AsyncIterator[Bot]:
    async with aiohttp.ClientSession() as session:
        yield Bot(f"{telegram.url}/bot{telegram.token}", session)


@pytest.fixture
def alice(telegram: Telegram) -> Person:
    return telegram.person(known=True)


def message(**fields: object) -> Message:
    return Message({"message_id": 5, "from": {"is_bot": True}, "chat": {"id": 1}, **fields})


@pytest.mark.parametrize(
    ("expected", "words", "lacking"),
    [
        (text("b c"), "text with 'b c'", "text 'a b c d'"),
        (text.exactly("b c"), "text with exactly 'b c'", "text 'a b c d' without exactly 'b c'"),
        (text.matching(r"b.c\b"), r"text with /b.c\b/", "text 'a b c d'"),
        (text.matching("^b"), "text with /^b/", "text 'a b c d' without /^b/"),
        (text("a").with_button("play"), "text with 'a' and a button 'play'", "text 'a b c d'"),
        (text.with_button("Play it"), "text with a button 'Play it'", "text 'a b c d'"),
        (text.with_button("pla"), "text with a button 'pla'", "text 'a b c d' without a button 'pla'"),
        (text.without_buttons(), "text with no buttons", "text 'a b c d' without no buttons"),
        (text.in_reply_to(message(message_id=3)), "text with message 3 replied to", "text 'a b c d'"),
        (text.in_reply_to(message()), "text with message 5 replied to", "text 'a b c d' without message 5 replied to"),
        (anything.where(lambda one: not one.entities, "no markup"), "message with no markup", "text 'a b c d'"),
        (video("x"), "video with 'x'", "text 'a b c d'"),
    ],
)
def test_what_is_expected_says_what_it_is_and_what_a_message_lacks(expected: text, words: str, lacking: str) -> None:  # type: ignore[valid-type]
    found = message(text="a b c d", reply_markup=KEYBOARD, reply_to_message={"message_id": 3})
    assert (str(expected), expected.lacking(found)) == (words, lacking)  # type: ignore[attr-defined]
    assert expected.takes(found) is (lacking == "text 'a b c d'" and words != "video with 'x'")  # type: ignore[attr-defined]


def test_a_message_tells_its_parts() -> None:
    sizes = [{"file_id": "small"}, {"file_id": "large"}]
    shown = message(photo=sizes, caption="c", caption_entities=[{"type": "bold"}])
    assert (shown.kind, shown.text, shown.file_id, shown.entities) == ("photo", "c", "large", [{"type": "bold"}])
    assert (message(text="x").file_id, message(text="x").reply_to, message(location={}).kind) == (None, None, "other")
    assert photo.takes(shown)


async def test_edits_deletions_and_actions_are_waited_for(bot: Bot, alice: Person) -> None:
    sent = await bot.ok("sendMessage", chat_id=alice.id, text="loading", reply_markup=KEYBOARD)
    first = await alice.expects(text)
    waiting = asyncio.create_task(alice.expects_edit(text.exactly("loaded").without_buttons()))
    await bot.ok("sendChatAction", chat_id=alice.id, action="typing")
    await bot.ok("editMessageText", chat_id=alice.id, message_id=sent["message_id"], text="almost")
    await bot.ok("editMessageText", chat_id=alice.id, message_id=sent["message_id"], text="loaded")
    assert (await waiting).id == first.id
    assert await alice.expects_action("typing") == "typing"
    with pytest.raises(ExpectationError, match=r"no edit to video within 0.01 s; came, .*yet: text 'almost'\n"):
        await alice.expects_edit("video", timeout=0.01)
    with pytest.raises(ExpectationError, match=r"no deletion of message \d+, text 'loading', within 0.01 s\n"):
        await alice.expects_deletion(first, timeout=0.01)
    await bot.ok("deleteMessage", chat_id=alice.id, message_id=first.id)
    await alice.expects_deletion(first)
    await bot.ok("sendChatAction", chat_id=alice.id, action="upload_video")
    with pytest.raises(ExpectationError, match=r"no chat action typing within 0.01 s; came, .*yet: upload_video"):
        await alice.expects_action("typing", timeout=0.01)
    await alice.expects_nothing(0)
    assert [entry["kind"] for entry in alice.transcript()][-2:] == ["delete", "chat_action"]


async def test_a_button_is_tapped_by_its_data_or_by_what_it_shows_also_when_it_is_gone(bot: Bot, alice: Person) -> None:
    await bot.ok("sendMessage", chat_id=alice.id, text="x", reply_markup=KEYBOARD)
    before = await alice.expects()
    assert alice.tap("play").data == alice.tap("Play it").data == "play:7"
    await bot.ok("editMessageText", chat_id=alice.id, message_id=before.id, text="no buttons")
    with pytest.raises(SimError, match="no message of the chat has a button 'play'; the buttons that there are: none"):
        alice.tap("play")
    assert (alice.tap("play", on=before).data, alice.tap("Play it", on=before).message_id) == ("play:7", before.id)
    with pytest.raises(ExpectationError, match="has no button 'Site' to tap"):
        alice.tap("Site", on=before)


async def test_what_a_person_did_does_not_end_the_wait_for_nothing(bot: Bot, alice: Person) -> None:
    alice.say("mine")
    quiet = asyncio.create_task(alice.expects_nothing(5))
    alice.say("mine too")
    await bot.ok("sendMessage", chat_id=alice.id, text="late")
    with pytest.raises(ExpectationError, match="Alice expected nothing, and got text 'late'"):
        await quiet
    assert (await alice.expects("text", timeout=0)).text == "late"  # what is there already needs no time
    await alice.expects_nothing(0)


async def test_the_patience_of_all_waits_can_be_set(telegram: Telegram, alice: Person) -> None:
    telegram.timeout = 0.01
    for wait in (alice.expects(), alice.tap_raw(1, "x").answered(), telegram.wait_for(9, "call"), telegram.idle()):
        with pytest.raises(ExpectationError, match=r"(within|after) 0\.01 s"):
            await wait
    with pytest.raises(ExpectationError, match=r"within 0\.02 s"):
        await alice.expects_edit(timeout=0.02)


async def test_several_waits_at_the_same_time_share_what_comes(bot: Bot, alice: Person) -> None:
    waiting = asyncio.gather(*(alice.expects(text.exactly(str(number))) for number in (2, 3, 1, 0)))
    for number in range(4):
        await bot.ok("sendMessage", chat_id=alice.id, text=str(number))
    assert [message.text for message in await waiting] == ["2", "3", "1", "0"]
    await alice.expects_nothing(0)


async def test_what_nobody_can_send_or_meet_is_refused_at_once(telegram: Telegram, alice: Person) -> None:
    with pytest.raises(ValueError, match="there is no kind 'vidoe' of messages; there are text, video, "):
        await alice.expects("vidoe")
    with pytest.raises(SimError, match="no 'sendVidoe' is simulated; did you mean sendvideo"):
        telegram.fail("sendVidoe", "429")
    with pytest.raises(SimError, match="no 'mesage' is a kind of update; did you mean message"):
        telegram.fault("late", update="mesage")
    with pytest.raises(SimError, match="there is no messages; there are person, message, "):
        telegram.record("messages")
    with pytest.raises(SimError, match="unknown field: colour; there are id, "):
        telegram.person(colour="blue")  # type: ignore[call-arg]


async def test_the_record_is_given_whole_and_waited_for(telegram: Telegram, bot: Bot) -> None:
    for _ in range(1050):
        telegram.switch()
    assert len(telegram.record("switches")) == 1050
    assert telegram.record(since=1040)[0]["seq"] == 1041
    waiting = asyncio.create_task(telegram.wait_for(2, "call", method="getMe"))
    await bot.ok("getMe")
    await bot.ok("getMe")
    assert [call["method"] for call in await waiting] == ["getMe", "getMe"] == [c["method"] for c in telegram.calls()]
    with pytest.raises(ExpectationError, match=r"2 of 3 call method=getMe within 0.01 s:\n +\S+  call getMe 200\n"):
        await telegram.wait_for(3, "call", method="getMe", timeout=0.01)


@pytest.mark.telegram(max_record=10)
async def test_entries_that_were_forgotten_are_missed(telegram: Telegram, alice: Person) -> None:
    alice.say("x")
    for _ in range(30):
        telegram.switch()
    with pytest.raises(ExpectationError, match=r"\d+ entries of the record were forgotten .*; raise max_record"):
        await alice.expects_nothing(0)
    assert 10 <= len(telegram.record()) <= 12


async def test_the_bytes_of_a_medium_can_be_looked_at(telegram: Telegram, bot: Bot, alice: Person) -> None:
    form = aiohttp.FormData({"chat_id": str(alice.id)})
    form.add_field("document", b"some words", filename="words.txt")
    async with bot.session.post(f"{bot.base}/sendDocument", data=form) as answer:
        assert answer.status == 200
    assert telegram.content(await alice.expects(document)) == b"some words"
    with pytest.raises(SimError, match="404: this medium is no longer kept"):
        telegram.content(alice.say("x"))


async def test_large_media_are_sent_without_a_warning(alice: Person) -> None:
    sent = alice.send_media("video", bytes(3 * 1024 * 1024), "video/mp4", name="a.mp4", caption="c")
    assert (sent.raw["video"]["file_size"], sent.text) == (3 * 1024 * 1024, "c")
    assert len(alice.say("x" * 2_000_000).text) == 2_000_000


async def test_held_updates_are_released_by_their_numbers(telegram: Telegram) -> None:
    people = [telegram.person(name) for name in ("A", "B")]
    assert telegram.switch(hold_updates=True)["hold_updates"] is True
    for person in people:
        person.say("x")
    held = telegram.held()
    assert telegram.release(held[::-1]) == held[::-1]
    assert telegram.held() == []
    telegram.reset()
    assert [entry["kind"] for entry in telegram.record()] == ["reset"]


@pytest.fixture(scope="module")
def for_all() -> Iterator[SyncTelegram]:
    with SyncTelegram.running(bot_name="Shared", seed=3) as telegram:
        yield telegram


@pytest.mark.parametrize("number", range(3))
def test_one_simulator_serves_many_tests(for_all: SyncTelegram, number: int) -> None:
    for_all.reset()
    alice = for_all.person(f"P{number}")
    alice.say("x")
    alice.expects_nothing(0)
    assert [entry["message"]["chat"]["first_name"] for entry in for_all.record("message")] == [f"P{number}"]
    assert for_all.settings.bot_name == "Shared"


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"colour": 1}, "no setting colour; there are "), ({"time_scale": 0}, "time_scale: .* is expected")],
)
def test_a_setting_that_cannot_be_is_told(settings: dict[str, int], words: str) -> None:
    with pytest.raises(SettingsError, match=words), SyncTelegram.running(**settings):
        pass


def test_many_run_side_by_side_and_leave_nothing_behind() -> None:
    with SyncTelegram.running():
        pass  # what is loaded once
    threads, files = threading.active_count(), len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - only their number
    running = [SyncTelegram.running() for _ in range(8)]
    telegrams = [one.__enter__() for one in running]
    assert len({telegram.url for telegram in telegrams}) == 8
    for number, telegram in enumerate(telegrams):
        telegram.person(f"P{number}").say("x")
    assert [telegram.record("message")[0]["message"]["from"]["first_name"][1:] for telegram in telegrams] == [
        str(number) for number in range(8)
    ]
    for one in running:
        one.__exit__(None, None, None)
    assert (threading.active_count(), len(os.listdir("/proc/self/fd"))) == (threads, files)  # noqa: PTH208 - as above
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(telegrams[0].url.rpartition(":")[2])), 5)


def test_what_the_server_takes_from_inside_uvicorn_is_there() -> None:
    """`telegram_sim.server` ends faster than uvicorn itself; after an update of uvicorn this says what to look at."""
    server = uvicorn.Server(uvicorn.Config(lambda: None, lifespan="off"))
    for name in ("startup", "main_loop", "on_tick", "shutdown", "capture_signals", "should_exit", "server_state"):
        assert hasattr(server, name), name
    assert (server.server_state.connections, server.server_state.tasks) == (set(), set())


def test_all_of_it_without_async(telegram_sync: SyncTelegram) -> None:
    alice = telegram_sync.person()
    for wait in (
        lambda: alice.expects(audio, timeout=0),
        lambda: alice.expects_edit("text", timeout=0),
        lambda: alice.expects_action("typing", timeout=0),
        lambda: alice.expects_deletion(message(text="x"), timeout=0),
        lambda: telegram_sync.wait_for(1, "call", timeout=0),
    ):
        with pytest.raises(ExpectationError, match="within 0 s"):
            wait()
    alice.expects_nothing(0)


def test_a_simulator_that_is_stuck_is_said_to_be() -> None:
    with Background(settings_of({})) as background:
        with pytest.raises(ExpectationError, match=r"the simulator gave no answer within 0\.01 s"):
            background.do(asyncio.sleep(60), 0.01)  # an answer that does not come in time: nobody waits the 60 s
        assert background.do(asyncio.sleep(0, "goes on")) == "goes on"
