"""Whether the links below the closing text lead anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

import aiohttp

from lbcctl.packs.pack import Finding, Level, Pack

_TIMEOUT: Final = aiohttp.ClientTimeout(total=15, connect=5)
_GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_AT_ONCE: Final = 4
_HEADERS: Final = {"User-Agent": "lbcctl brand check"}

Wrong = tuple[Level, str]


async def check_links(pack: Pack, told: Callable[[int], object]) -> list[Finding]:
    """Fetch each link's head and say which fail; a certificate or a name that is wrong fails too.

    Args:
        pack: that could be read.
        told: is called after each link, with 1.
    """
    gate = asyncio.Semaphore(_AT_ONCE)
    urls = [link.url for link in pack.brand.links] if pack.brand else []

    async def one(session: aiohttp.ClientSession, url: str) -> Wrong | None:
        async with gate:
            wrong = await _wrong(session, url)
        told(1)
        return wrong

    async with aiohttp.ClientSession(timeout=_TIMEOUT, headers=_HEADERS) as session:
        answers = await asyncio.gather(*(one(session, url) for url in urls))
    return [
        Finding(wrong[0], pack.problem(("links", number, "url"), f"{url}: {wrong[1]}"))
        for number, (url, wrong) in enumerate(zip(urls, answers, strict=True))
        if wrong
    ]


async def _wrong(session: aiohttp.ClientSession, url: str) -> Wrong | None:
    try:
        async with session.get(url) as answer:  # many servers refuse HEAD; the body is not read
            status = answer.status
    except TimeoutError:
        return Level.ERROR, f"no answer within {_TIMEOUT.total:g} s"
    except (aiohttp.ClientError, ValueError) as error:
        return Level.ERROR, f"cannot be reached: {error or type(error).__name__}"
    if status < HTTPStatus.BAD_REQUEST:
        return None
    if status in _GONE or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Level.ERROR, f"answers {status}"
    return Level.WARNING, f"answers {status} to us, as some sites do to all but browsers; look at it in one"
