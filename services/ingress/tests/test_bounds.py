"""What only a socket of one's own can send."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from lbc_ingress.adapters.bounded import BoundedProtocol
from lbc_ingress.adapters.http import PATH
from lbc_ingress.adapters.server import listen
from lbc_runtime.errors import SettingsError

from .conftest import SECRET, Door, OpenDoor, until

HEAD = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nX-Telegram-Bot-Api-Secret-Token: {SECRET}\r\n".encode()


class Line:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, *parts: bytes) -> None:
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()

    async def hear(self) -> tuple[int, bytes]:
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if b"content-length" in line)
        return int(head.split(b" ")[1]), await self.reader.readexactly(length)

    async def ended(self) -> bool:
        return await self.reader.read() == b""


@asynccontextmanager
async def line_to(door: Door) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.server.port)
    try:
        yield Line(reader, writer)
    finally:
        writer.close()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


async def test_a_declared_size_is_refused_unread(door: Door) -> None:
    async with line_to(door) as line:
        await line.say(HEAD, b"Content-Length: 1048577\r\n\r\n")
        assert await line.hear() == (413, b'{"error":"Content Too Large"}')
    assert door.results == {"too-large": 1}


async def test_a_size_that_is_not_declared_is_counted(door: Door) -> None:
    async with line_to(door) as line:
        await line.say(HEAD, b"Transfer-Encoding: chunked\r\n\r\n", *[chunk(b" " * 65_536)] * 20, b"0\r\n\r\n")
        assert await line.hear() == (413, b'{"error":"Content Too Large"}')
        assert await line.ended()


async def test_even_an_endless_body_ends(door_with: OpenDoor) -> None:
    async with door_with(max_body=1024) as door, line_to(door) as line:
        await line.say(HEAD, b"Transfer-Encoding: chunked\r\n\r\n", *[chunk(b" " * 4096)] * 4)
        assert (await line.hear())[0] == 413


async def test_the_largest_body_is_taken(door: Door) -> None:
    body = b'{"update_id":1}'.ljust(1024 * 1024)
    assert (await door.post(body))[0] == 200
    assert (await door.post(body + b" "))[0] == 413
    async with line_to(door) as line:
        await line.say(HEAD, b"Transfer-Encoding: chunked\r\n\r\n", chunk(body), b"0\r\n\r\n")
        assert (await line.hear())[0] == 200


@pytest.mark.parametrize("length", [b"-1", b"ten", b"1, 2", b"99999999999999999999999999"])
async def test_a_length_that_is_none_is_400(door: Door, length: bytes) -> None:
    async with line_to(door) as line:
        await line.say(HEAD, b"Content-Length: ", length, b"\r\n\r\n")
        assert (await line.hear())[0] == 400
    assert not door.publisher.confirmed


async def test_a_body_that_trickles_is_given_up(door_with: OpenDoor) -> None:
    async with door_with(body_timeout=0.05) as door, line_to(door) as line:
        await line.say(HEAD, b"Content-Length: 100\r\n\r\n", b'{"update_id"')
        assert (await line.hear())[0] == 408
        assert await line.ended()


async def test_who_hangs_up_midway_leaves_nothing(door: Door) -> None:
    async with line_to(door) as line:
        await line.say(HEAD, b"Content-Length: 100\r\n\r\n", b'{"update_id":1}')
    await until(lambda: door.results["client-gone"] == 1)
    assert not door.publisher.confirmed


async def test_a_head_without_end_is_refused(door: Door) -> None:
    async with line_to(door) as line:
        await line.say(f"POST {PATH} HTTP/1.1\r\n".encode(), b"X-A: ", b"a" * (BoundedProtocol.max_head + 1))
        assert (await line.hear())[0] == 431
        assert await line.ended()


async def test_a_long_head_on_a_kept_connection_is_refused(door: Door) -> None:
    async with line_to(door) as line:
        await line.say(HEAD, b'Content-Length: 15\r\n\r\n{"update_id":1}')
        assert (await line.hear())[0] == 200
        await line.say(f"POST {PATH} HTTP/1.1\r\n".encode(), b"X-A: ", b"a" * (BoundedProtocol.max_head + 1))
        assert (await line.hear())[0] == 431


class Impatient(BoundedProtocol):
    head_seconds = 0.05


async def test_a_head_that_trickles_is_given_up(door_with: OpenDoor) -> None:
    async with door_with(protocol=Impatient) as door:
        async with line_to(door) as line:
            assert await line.ended()
        async with line_to(door) as line:
            await line.say(b"POST /tele")
            assert await line.ended()


async def test_requests_in_a_row_share_a_connection(door: Door) -> None:
    request = HEAD + b'Content-Length: 15\r\n\r\n{"update_id":1}'
    async with line_to(door) as line:
        await line.say(request * 3)
        assert [(await line.hear())[0] for _ in range(3)] == [200] * 3


async def test_an_unread_body_is_not_taken_for_a_request(door: Door) -> None:
    smuggled = HEAD + b'Content-Length: 15\r\n\r\n{"update_id":1}'
    head = HEAD.replace(SECRET.encode(), b"wrong") + b"Content-Length: %d\r\n\r\n" % len(smuggled)
    async with line_to(door) as line:
        await line.say(head + smuggled)
        assert (await line.hear())[0] == 401
        assert await line.ended()
    assert not door.publisher.confirmed


def test_a_taken_port_is_told_by_name() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"127\.0\.0\.1 port {port}: .* in use"):
            listen("127.0.0.1", port)
    with pytest.raises(SettingsError, match=r"192\.0\.2\.1"):
        listen("192.0.2.1", 0)
