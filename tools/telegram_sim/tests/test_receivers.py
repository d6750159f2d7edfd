"""Webhooks that answer badly, or not at all: what the server makes of it."""

import asyncio
import contextlib
import gzip
import socket
import struct
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from telegram_sim.client import Person, Sim
from telegram_sim.settings import Settings

from .conftest import Answer, Bot, Media, Receiver

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
TOO_LARGE = HEAD + b"Content-Length: 1048577\r\n\r\n" + b" " * 1048577
_PACKED = gzip.compress(bytes(1 << 24))
BOMB = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(_PACKED) + _PACKED


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, webhook_timeout=0.3)


@contextlib.asynccontextmanager
async def receiver(answer: bytes | None, *, reset: bool = False, holds: bool = False) -> AsyncIterator[str]:
    """A server that answers with these bytes and closes, unless it `holds`; None: with nothing, and it holds."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        if answer is None:
            await reader.read()
        else:
            with contextlib.suppress(ConnectionError):
                writer.write(answer)
                await writer.drain()
        if holds:
            await reader.read()
        if reset:
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield "http://{}:{}/".format(*server.sockets[0].getsockname())


@pytest.mark.parametrize(
    ("answer", "reset", "error", "told"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", False, "302 Found", True),
        (b"HTTP/1.1 401 \r\nContent-Length: 0\r\n\r\n", False, "Wrong response from the webhook: 401", True),
        (None, False, "Read timeout expired", True),
        (b"", True, "Connection reset by peer", True),
        (b"", False, "Webhook connection closed", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", False, "Webhook connection closed", False),
        (b"no HTTP\r\n\r\n", False, "Not Implemented", True),
        (b"HTTP/2 200 OK\r\n\r\n", False, "Not Implemented", True),
        (TOO_LARGE, False, "Request Entity Too Large: too many parameters", True),
        (BOMB, False, "Request Entity Too Large: too many parameters", True),
    ],
    ids=[
        *("redirect", "no reason", "silence", "reset", "closed in peace", "closed halfway"),
        *("garbage", "another version", "too large", "too large once unpacked"),
    ],
)
async def test_what_is_no_answer(
    bot: Bot, sim: Sim, alice: Person, answer: bytes | None, error: str, *, reset: bool, told: bool
) -> None:
    async with receiver(answer, reset=reset) as url:
        await bot.ok("setWebhook", url=url)
        await alice.say("x")
        first = (await sim.wait_for(1, "delivery"))[0]
        info = await bot.ok("getWebhookInfo")
        await bot.ok("deleteWebhook")
    assert error in first["error"]
    assert (first["accepted"], first["next_try_in"], first["chat_id"]) == (False, 0, alice.id)
    assert ("last_error_message" in info) is told
    if told:
        assert error in info["last_error_message"]
        assert info["last_error_date"] > 1_700_000_000
    assert info["ip_address"] == "127.0.0.1"
    assert info["pending_update_count"] == 1


async def test_nobody_listens(bot: Bot, sim: Sim, alice: Person) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    await bot.ok("setWebhook", url=f"http://127.0.0.1:{port}/")
    await alice.say("x")
    first = (await sim.wait_for(1, "delivery"))[0]
    assert (first["error"], first["status"], first["attempt"]) == ("Connection refused", 0, 1)
    assert (await bot.ok("getWebhookInfo"))["last_error_message"] == "Connection refused"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b'{"method":"SendMessage","chat_id":%d,"text":"hi & bye"}'),
        ("application/x-www-form-urlencoded", b"method=sendMessage&chat_id=%d&text=hi+%%26+bye"),
    ],
)
async def test_a_method_in_the_answer_is_json_or_a_form(bot: Bot, alice: Person, kind: str, body: bytes) -> None:
    content = body % alice.id
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (kind.encode(), len(content))
    async with receiver(answer + content) as url:
        await bot.ok("setWebhook", url=url)
        await alice.say("x")
        assert (await alice.expects("text")).text == "hi & bye"


@pytest.mark.parametrize("content", [b"[" * 10_000, b"no json", b"[1]", b'{"method":5}', b'{"method":"getMe"}'])
async def test_an_answer_that_asks_for_nothing_is_only_an_answer(
    bot: Bot, sim: Sim, alice: Person, content: bytes
) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(content)
    async with receiver(head + content) as url:
        await bot.ok("setWebhook", url=url)
        await alice.say("x")
        await sim.idle()
    assert [call for call in await sim.calls() if call["via"] == "webhook_reply"] == []


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.0 204 No Content\r\n\r\n",
        b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"method":"sendChatAction"}',
    ],
)
async def test_an_answer_without_a_length_is_over_with_its_headers(
    bot: Bot, sim: Sim, alice: Person, answer: bytes
) -> None:
    async with receiver(answer, holds=True) as url:
        await bot.ok("setWebhook", url=url)
        await alice.say("x")
        (delivery,) = await sim.wait_for(1, "delivery")
        await bot.ok("deleteWebhook")
    assert (delivery["accepted"], delivery["attempt"], delivery["answer"]) == (True, 1, None)


async def test_a_large_answer_that_asks_for_nothing_is_read_and_forgotten(bot: Bot, sim: Sim, alice: Person) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 30000000\r\n\r\n" + bytes(30_000_000)
    async with receiver(answer) as url:
        await bot.ok("setWebhook", url=url)
        await alice.say("x")
        (delivery,) = await sim.wait_for(1, "delivery")
    assert (delivery["accepted"], delivery["answer"]) == (True, None)


async def test_what_an_answer_asked_for_is_done_though_the_webhook_changes(
    bot: Bot, sim: Sim, hooked: Receiver, alice: Person, media: Media
) -> None:
    hooked.answers.append(Answer(body={"method": "sendVideo", "chat_id": alice.id, "video": f"{media.url}/slow"}))
    await alice.say("x")
    await sim.wait_for(1, "delivery")
    await bot.ok("deleteWebhook")
    (call,) = await sim.wait_for(1, "call", method="sendVideo")
    assert (call["via"], call["status"]) == ("webhook_reply", 400)


@pytest.mark.parametrize(("said", "again"), [({}, True), ({"Connection": "close"}, False), ({"Connection": "x"}, True)])
async def test_a_connection_stays_open_unless_it_is_said_otherwise(
    sim: Sim, hooked: Receiver, alice: Person, said: dict[str, str], *, again: bool
) -> None:
    hooked.answers.append(Answer(headers=said))
    await alice.say("one")
    await sim.idle()
    await alice.say("two")
    await sim.idle()
    assert (len(set(hooked.peers)) == 1) is again
    assert "User-Agent" not in hooked.headers[0]
