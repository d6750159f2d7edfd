"""Media by URL: what Telegram's servers follow, and what they give up on."""

import gzip
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from telegram_sim.client import Person
from telegram_sim.core.errors import ApiError
from telegram_sim.core.media.kinds import MEDIA_KINDS
from telegram_sim.settings import Settings

from .conftest import TOKEN, Bot, web_server

MEBIBYTE = 1024 * 1024


def film(content: bytes = b"film", status: int = 200, **headers: str) -> web.Response:
    return web.Response(body=content, status=status, headers={"Content-Type": "video/mp4", **headers})


async def answer(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name in {"loop", "away"}:
        raise web.HTTPFound("/loop" if name == "loop" else "ftp://example.org/x")
    if name.isdecimal():
        raise web.HTTPFound(f"/{int(name) - 1}" if int(name) else "/film.mp4")
    answers = {
        "film.mp4": film(),
        "parameters": film(**{"Content-Type": "Video/MP4; codecs=avc1"}),
        "large": film(bytes(20 * MEBIBYTE)),
        "larger": film(bytes(20 * MEBIBYTE + 1)),
        "bomb": film(gzip.compress(bytes(21 * MEBIBYTE)), **{"Content-Encoding": "gzip"}),
        "empty": film(b""),
        "part": film(status=206),
        "none": film(status=204, content=b""),
        "octets": film(**{"Content-Type": "application/octet-stream"}),
        "webm": film(**{"Content-Type": "video/webm"}),
    }
    return answers[name]


@pytest.fixture
def settings() -> Settings:
    """Time enough for 20 MB on a busy machine."""
    return Settings(token=TOKEN, seed=7, fetch_timeout=30.0)


@pytest.fixture
async def media_url() -> AsyncIterator[str]:
    async with web_server("/{name}", answer) as url:
        yield url


@pytest.mark.parametrize("name", ["film.mp4", "3", "parameters", "large"])
async def test_what_is_fetched(bot: Bot, alice: Person, media_url: str, name: str) -> None:
    video = (await bot.ok("sendVideo", chat_id=alice.id, video=f"{media_url}/{name}"))["video"]
    assert video["mime_type"] == "video/mp4"
    assert video["file_size"] == (20 * MEBIBYTE if name == "large" else 4)


@pytest.mark.parametrize("name", ["loop", "away", "6", "larger", "bomb", "empty", "part", "none"])
async def test_what_cannot_be_had(bot: Bot, alice: Person, media_url: str, name: str) -> None:
    refused = await bot.refused("sendVideo", chat_id=alice.id, video=f"{media_url}/{name}")
    assert refused == (400, "Bad Request: failed to get HTTP URL content")


ACCEPTED = {
    "photo": ("image/jpeg", "image/jpg", "image/png", "image/gif", "image/webp", "image/bmp", "image/tiff"),
    "video": ("video/mp4",),
    "audio": ("audio/mpeg", "audio/mp3", "audio/mp4", "audio/m4a", "audio/x-m4a"),
    "voice": ("audio/ogg", "audio/opus", "application/ogg", "audio/mpeg", "audio/mp4", "audio/x-m4a"),
    "document": ("application/pdf", "application/zip", "application/x-zip-compressed", "image/gif"),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_each_kind_takes_its_own_types_and_no_others(name: str) -> None:
    kind = MEDIA_KINDS[name]
    for mime_type in ACCEPTED[name]:
        kind.check_fetched(f"{mime_type.upper()}; x=y")
    for mime_type in {"text/html", *(one for types in ACCEPTED.values() for one in types)} - {*ACCEPTED[name]}:
        with pytest.raises(ApiError, match="wrong type of the web page content"):
            kind.check_fetched(mime_type)


@pytest.mark.parametrize("name", ["octets", "webm"])
async def test_what_is_no_film(bot: Bot, alice: Person, media_url: str, name: str) -> None:
    refused = await bot.refused("sendVideo", chat_id=alice.id, video=f"{media_url}/{name}")
    assert refused == (400, "Bad Request: wrong type of the web page content")
