"""Calls of the control API over HTTP."""

import asyncio
import io
import json
from collections.abc import Callable
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import aiohttp

from telegram_sim.client.errors import SimError
from telegram_sim.core.types import Json

LONG_POLL = 20.0
"""Seconds that one question waits at the simulator, at most."""
PATIENCE = 90.0
"""Seconds for an answer, whatever was asked."""


class Connection:
    """What speaks to one simulator. Use it as a context manager, or call `close`."""

    def __init__(self, base_url: str) -> None:
        self.base_url: str = base_url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def request(self, verb: str, path: str, body: Json | None = None, /, **query: Any) -> Any:
        """Call the control API; `path` is what follows /sim.

        Raises:
            SimError: the answer is an error.
        """
        return await self._request(
            verb, path, query, b"" if body is None else json.dumps(body).encode(), "application/json"
        )

    async def upload(self, path: str, content: bytes, mime_type: str, /, **query: Any) -> Any:
        """Post a medium to the control API; the rest is as with `request`."""
        return await self._request("POST", path, query, content, mime_type)

    async def awaited(self, path: str, name: str, done: Callable[[Any], bool], patience: float) -> Any:
        """Ask until the answer is `done` or the patience is over, and return the last answer.

        Each question waits at the simulator, for as long as its argument `name` says.
        """
        end = asyncio.get_running_loop().time() + patience
        left = patience
        while True:
            answer = await self.request("GET", path, **{name: min(max(left, 0.0), LONG_POLL)})
            left = end - asyncio.get_running_loop().time()
            if done(answer) or left <= 0:
                return answer

    async def download(self, path: str) -> bytes:
        """Return the bytes that are at a path of the simulator itself.

        Raises:
            SimError: there are none.
        """
        async with self._opened().get(f"{self.base_url}{path}") as answer:
            if answer.status != HTTPStatus.OK:
                raise SimError(answer.status, await answer.text())
            return await answer.read()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE))
        return self._session

    async def _request(self, verb: str, path: str, query: dict[str, Any], content: bytes, content_type: str) -> Any:
        params = {name: str(value) for name, value in query.items() if value is not None}
        url = f"{self.base_url}/sim{path}"
        headers = {"Content-Type": content_type}
        data = io.BytesIO(content) if content else None  # aiohttp warns of large bytes, and a warning may be an error
        async with self._opened().request(verb, url, params=params, data=data, headers=headers) as answer:
            try:
                told = await answer.json()
            except (aiohttp.ContentTypeError, ValueError) as cause:
                raise SimError(answer.status, f"{url} gave no JSON: is {self.base_url} a telegram-sim?") from cause
            if answer.status >= HTTPStatus.BAD_REQUEST:
                raise SimError(answer.status, told.get("error", ""))
            return told
