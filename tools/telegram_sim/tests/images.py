"""Images of one colour, and sending them."""

import io
import struct
import zlib
from typing import Any

import aiohttp

from telegram_sim.client import Person

from .conftest import Bot


def png(width: int, height: int, size: int = 0) -> bytes:
    """Make an image of one colour, with `size` bytes of nothing behind it."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = zlib.compress((b"\0" + b"\0" * ((width + 7) // 8)) * height)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    made = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return made + bytes(max(size - len(made), 0))


async def upload(bot: Bot, alice: Person, kind: str, content: bytes, name: str) -> tuple[int, dict[str, Any]]:
    form = aiohttp.FormData({"chat_id": str(alice.id)})
    form.add_field(kind, io.BytesIO(content), filename=name, content_type="application/octet-stream")
    async with bot.session.post(f"{bot.base}/send{kind.title()}", data=form) as answer:
        return answer.status, await answer.json()
