"""Fetching a medium by its URL, as Telegram's servers do before a message with it exists."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

import aiohttp

from telegram_sim.core.errors import url_unreachable

MAX_REDIRECTS = 5


@dataclass(frozen=True)
class Fetched:
    """What was found behind a URL."""

    content: bytes
    content_type: str
    name: str


class Fetcher:
    """Fetches over a session that is handed in; `seconds` bound the whole download."""

    def __init__(self, session: aiohttp.ClientSession, seconds: float) -> None:
        self._session = session
        self._timeout = aiohttp.ClientTimeout(total=seconds)

    async def fetch(self, url: str, limit: int) -> Fetched:
        """Return what is behind `url`, at most `limit` bytes.

        Raises:
            ApiError: 400 when it cannot be had: refused, slow, not 200, or larger than that.
        """
        try:
            async with self._session.get(url, timeout=self._timeout, max_redirects=MAX_REDIRECTS) as answer:
                if answer.status != 200 or (answer.content_length or 0) > limit:  # noqa: PLR2004 - HTTP
                    raise url_unreachable()
                content = await _bounded(answer.content, limit)
                name = unquote(PurePosixPath(urlsplit(url).path).name)
                return Fetched(content, answer.content_type, name)
        except (TimeoutError, aiohttp.ClientError, ValueError) as cause:
            raise url_unreachable() from cause


async def _bounded(stream: aiohttp.StreamReader, limit: int) -> bytes:
    content = bytearray()
    async for chunk in stream.iter_chunked(64 * 1024):
        content += chunk
        if len(content) > limit:
            raise url_unreachable()
    return bytes(content)
