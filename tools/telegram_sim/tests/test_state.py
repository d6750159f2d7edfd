"""What survives a restart, and what a damaged or foreign state says."""

import asyncio
import fcntl
import json
import signal
import stat
from pathlib import Path

import aiohttp
import pytest

from telegram_sim.client import Sim
from telegram_sim.edge.folder import encoded
from telegram_sim.server import serving
from telegram_sim.settings import Settings
from telegram_sim.state import LEAP, StateError

from .conftest import TOKEN, Bot, Media, Receiver
from .processes import start

COMMANDS = [{"command": "start", "description": "Begin"}]


def settings(folder: Path, **changes: object) -> Settings:
    return Settings(**{"token": TOKEN, "state": str(folder), "time_scale": 0.01, **changes})  # type: ignore[arg-type]


async def test_people_chats_files_webhook_and_commands_survive(
    tmp_path: Path, media: Media, receiver: Receiver
) -> None:
    async with aiohttp.ClientSession() as session:
        async with serving(settings(tmp_path)) as url, Sim(url) as sim:
            bot = Bot(f"{url}/bot{TOKEN}", session)
            alice = await sim.person("Alicia Núñez", language="es", person_id=5)
            await alice.start("campaign")
            sent = await bot.ok("sendVideo", chat_id=5, video=f"{media.url}/clip.mp4", caption="c")
            await bot.ok("setMyCommands", commands=COMMANDS)
            await alice.block()
            waiting = (await bot.ok("getWebhookInfo"))["pending_update_count"]
            before = [message.raw for message in await alice.messages()]
        async with serving(settings(tmp_path)) as url, Sim(url) as sim:
            bot = Bot(f"{url}/bot{TOKEN}", session)
            again = (await sim.request("GET", "/people/5/messages"))["messages"]
            assert again == before
            assert (await sim.request("GET", "/people/5"))["blocked"] is True
            assert await bot.ok("getMyCommands") == COMMANDS
            assert (await bot.ok("getWebhookInfo"))["pending_update_count"] == waiting == 2
            path = (await bot.ok("getFile", file_id=sent["video"]["file_id"]))["file_path"]
            async with session.get(f"{url}/file/bot{TOKEN}/{path}") as answer:
                assert await answer.read() == b"bytes of clip.mp4"
            await sim.request("POST", "/people/5/unblock")
            resent = await bot.ok("sendVideo", chat_id=5, video=sent["video"]["file_id"])
            assert resent["message_id"] == sent["message_id"] + 1
            await bot.ok("setWebhook", url=receiver.url, secret_token="of-the-state", max_connections=7)
            await receiver.got(3)
            await sim.idle()
        async with serving(settings(tmp_path)) as url, Sim(url) as sim:
            info = await Bot(f"{url}/bot{TOKEN}", session).ok("getWebhookInfo")
            assert (info["url"], info["max_connections"]) == (receiver.url, 7)
            await (await sim.person("Bob")).start()
            await receiver.got(4)
            assert receiver.headers[3]["X-Telegram-Bot-Api-Secret-Token"] == "of-the-state"
            numbers = [update["update_id"] for update in receiver.updates]
            assert numbers == sorted(set(numbers))
    assert media.hits == 1


async def test_a_tap_can_be_answered_after_a_restart(tmp_path: Path) -> None:
    async with serving(settings(tmp_path, time_scale=1.0)) as url, Sim(url) as sim:
        tap = await (await sim.person(person_id=5, known=True)).tap_raw(1, "x")
    async with aiohttp.ClientSession() as session, serving(settings(tmp_path, time_scale=1.0)) as url:
        await Bot(f"{url}/bot{TOKEN}", session).ok("answerCallbackQuery", callback_query_id=tap.id)


async def test_a_killed_simulator_leaves_a_state_and_repeats_no_number(tmp_path: Path) -> None:
    process = await start("--state", str(tmp_path), TELEGRAM_SIM_TOKEN=TOKEN)
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().split()[1].rstrip("/")
    async with Sim(url) as sim:
        last = await (await sim.person(person_id=5)).start()
    file = tmp_path / "state.json"
    async with asyncio.timeout(10):
        while not file.exists() or not json.loads(file.read_bytes())["messages"]:  # noqa: ASYNC110 - another process writes
            await asyncio.sleep(0.01)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    async with serving(settings(tmp_path)) as url, Sim(url) as sim:
        message = (await sim.request("POST", "/people/5/messages", {"text": "x"}))["message"]
    assert message["message_id"] == last.id + 1 + LEAP


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"telegram_sim_state": 1, "bot', "it cannot be read"),
        (b"\xff\xfe", "it cannot be read"),
        (b"[" * 100_000, "it cannot be read"),
        (b"[]", "it is not a state of telegram-sim"),
        (b"{}", "it is not a state of telegram-sim"),
        (b'{"telegram_sim_state": 99}', "it is of version 99, and version 1 is understood"),
        (b'{"telegram_sim_state": 1, "bot_id": 5}', "it belongs to the bot 5, and this is 123456789"),
        (b'{"telegram_sim_state": 1, "bot_id": 123456789}', "it is damaged: KeyError"),
        (
            b'{"telegram_sim_state":1,"bot_id":123456789,"saved_at":0,"ended":true,"people":[{"id":1,"x":2}]}',
            "it is damaged: TypeError",
        ),
    ],
)
async def test_a_damaged_state_is_told_and_left_alone(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "state.json").write_bytes(content)
    with pytest.raises(StateError, match=words) as told:
        async with serving(settings(tmp_path)):
            pass
    assert str(tmp_path / "state.json") in str(told.value)
    assert "Move the folder away" in str(told.value)
    assert (tmp_path / "state.json").read_bytes() == content


async def test_a_command_with_a_damaged_state_ends_with_one_line(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("{")
    process = await start("--state", str(tmp_path), TELEGRAM_SIM_TOKEN=TOKEN)
    out, err = await process.communicate()
    assert (process.returncode, out) == (1, b"")
    assert err.startswith(f"telegram-sim: {tmp_path}/state.json: it cannot be read".encode())
    assert err.count(b"\n") == 1


async def test_a_folder_is_of_one_simulator_and_has_to_be_one(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(StateError, match="another telegram-sim"):
            async with serving(settings(tmp_path)):
                pass
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="cannot be kept here"):
        async with serving(settings(tmp_path / "file")):
            pass


async def test_media_that_had_to_go_leave_the_folder_too(tmp_path: Path, media: Media) -> None:
    async with aiohttp.ClientSession() as session:
        async with serving(settings(tmp_path, max_media_bytes=20)) as url, Sim(url) as sim:
            await sim.person(person_id=5, known=True)
            bot = Bot(f"{url}/bot{TOKEN}", session)
            first = await bot.ok("sendVideo", chat_id=5, video=f"{media.url}/clip.mp4")
            await bot.ok("sendAudio", chat_id=5, audio=f"{media.url}/song.mp3")
        assert [file.read_bytes() for file in (tmp_path / "media").iterdir()] == [b"bytes of song.mp3"]
        async with serving(settings(tmp_path)) as url:
            bot = Bot(f"{url}/bot{TOKEN}", session)
            await bot.ok("sendVideo", chat_id=5, video=first["video"]["file_id"])
            words = "Bad Request: wrong file_id or the file is temporarily unavailable"
            assert await bot.refused("getFile", file_id=first["video"]["file_id"]) == (400, words)


def test_a_state_that_is_too_large_loses_its_oldest_messages() -> None:
    state = {"messages": [{"text": str(number) * 100} for number in range(64)], "people": [], "next": {"é": None}}
    assert json.loads(encoded(state)) == state
    shorter = encoded(state, 2000)
    kept = json.loads(shorter)["messages"]
    assert 0 < len(kept) < 64
    assert kept == state["messages"][-len(kept) :]
    assert len(shorter) < 2050
    assert json.loads(encoded(state, 1))["messages"] == []


FIRST = {
    "telegram_sim_state": 1,
    "bot_id": 123456789,
    "ended": True,
    "saved_at": 1790000000.0,
    "people": [
        {"id": 5, "first_name": "Ana", "username": None, "language_code": "es", "last_name": None,
         "known": True, "blocked": False, "deactivated": False}
    ],
    "messages": [{"message_id": 1, "from": {"id": 5, "is_bot": False, "first_name": "Ana"},
                  "chat": {"id": 5, "first_name": "Ana", "type": "private"}, "date": 1790000000, "text": "x"}],
    "next": {"message": 2, "person": 700000001, "tap": 4100000000000000001, "update": 100000002},
    "taps": [],
    "files": [{"file_id": "MTIzNDU2Nzg5OmRvY3VtZW50BA", "unique_id": "u", "kind": "document",
               "content_type": "application/pdf", "name": "a.pdf", "size": 1, "number": 3, "shape": {}}],
    "commands": [],
    "webhook": {"url": "", "secret": "", "max_connections": 40, "allowed": ["message", "callback_query"]},
    "updates": [
        {"body": '{"update_id":100000001,"message":{"text":"x","chat":{"id":5,"type":"private"}}}', "expires_in": 1e9}
    ],
}  # fmt: skip
"""As it was written when files had no next number. Whatever changes: this can be read."""


async def test_a_state_of_the_first_version_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "3").write_bytes(b"x")
    (tmp_path / "state.json").write_text(json.dumps(FIRST))
    async with aiohttp.ClientSession() as session, serving(settings(tmp_path)) as url, Sim(url) as sim:
        bot = Bot(f"{url}/bot{TOKEN}", session)
        assert [update["update_id"] for update in await bot.ok("getUpdates")] == [100000001]
        sent = await bot.ok("sendDocument", chat_id=5, document=FIRST["files"][0]["file_id"])  # type: ignore[index]
        assert (sent["message_id"], sent["document"]["file_name"]) == (2, "a.pdf")
        new = await (await sim.person(person_id=6)).send_media("document", b"y", "application/pdf", name="b.pdf")
        assert (await bot.ok("getFile", file_id=new.file_id))["file_path"] == "documents/file_4.pdf"
