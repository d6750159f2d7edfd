"""Webhooks that answer badly, or not at all: what the server makes of it."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from telegram_sim.client import Person, Sim
from telegram_sim.settings import Settings

from .conftest import Bot


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, webhook_timeout=0.3)


@contextlib.asynccontextmanager
async def receiver(answer: bytes | None, *, reset: bool = False) -> AsyncIterator[str]:
    """A server that answers with these bytes and closes; None: with nothing, but it holds the connection."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        if answer is None:
            await reader.read()
        else:
            writer.write(answer)
            await writer.drain()
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
    ],
    ids=["redirect", "no reason", "silence", "reset", "closed in peace"],
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
