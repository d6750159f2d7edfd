"""A server that answers byte by byte as it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

MESSAGE = {"message_id": 7, "date": 1_795_000_000, "chat": {"id": 42, "type": "private", "first_name": "A"}}
OK = {"ok": True, "result": MESSAGE}

Respond = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Speaks HTTP as told, and keeps what it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.respond: Respond = answer(200, OK)
        self.connections = 0
        self.asked = asyncio.Condition()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().split("\r\n")
                lengths = [line.split(":")[1] for line in lines if line.lower().startswith("content-length:")]
                body = await reader.readexactly(int(lengths[0]) if lengths else 0)
                fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
                self.requests.append((lines[0].split()[1], fields))
                async with self.asked:
                    self.asked.notify_all()
                await self.respond(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def answer(status: int, body: object) -> Respond:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def respond(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(raw)}\r\n\r\n".encode() + raw)
        await writer.drain()

    return respond


async def drop(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
    await asyncio.sleep(0)


async def half(writer: asyncio.StreamWriter) -> None:
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"ok":')
    await writer.drain()
    writer.transport.abort()


async def garbage(writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x00\x01 not HTTP at all\r\n\r\n")
    await writer.drain()


async def silence(_: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()
