"""RabbitMQ's management API, read by the operator's user."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import aiohttp

from lbcctl.exits import Exit, StopError
from lbcctl.tls import connector


@dataclass(frozen=True)
class ManagementApi:
    """Questions about one vhost."""

    session: aiohttp.ClientSession
    base: str
    user: str
    vhost: str
    seconds: float

    @classmethod
    @asynccontextmanager
    async def open(
        cls, url: str, *, user: str, password: str, vhost: str, ca_file: Path | None, seconds: float
    ) -> AsyncIterator[Self]:
        """A client; every answer comes within ``seconds`` or not at all."""
        headers = {"Authorization": aiohttp.encode_basic_auth(user, password)}
        timeout = aiohttp.ClientTimeout(total=seconds)
        async with aiohttp.ClientSession(headers=headers, timeout=timeout, connector=connector(ca_file)) as session:
            yield cls(session, url.rstrip("/"), user, vhost, seconds)

    async def queues(self, *, history_seconds: int, step_seconds: int) -> list[dict[str, Any]]:
        """All queues of the vhost with rates and samples of their lengths over that time."""
        query = {"lengths_age": history_seconds, "lengths_incr": step_seconds, "msg_rates_age": 60, "msg_rates_incr": 5}
        found: list[dict[str, Any]] = await self._get("queues", self.vhost, query=query)
        return found

    async def _get(self, *path: str, query: dict[str, int]) -> Any:
        where = "/".join(quote(part, safe="") for part in path)
        try:
            async with self.session.get(f"{self.base}/api/{where}", params=query) as response:
                if not response.ok:
                    raise self._refused(where, response.status, await response.text())
                return await response.json()
        except aiohttp.InvalidURL:
            raise StopError(f"LBC_MANAGEMENT_URL: {self.base} is no URL", Exit.USAGE) from None
        except (aiohttp.ClientError, TimeoutError) as error:
            why = "" if isinstance(error, TimeoutError) else str(error)
            why = why or f"no answer within {self.seconds:g} s"
            raise StopError(
                f"RabbitMQ's management API is down: tried {self.base} as {self.user}: {why}. "
                "Its address comes from LBC_MANAGEMENT_URL.",
                Exit.DOWN,
            ) from error

    def _refused(self, where: str, status: int, text: str) -> StopError:
        tried = f"RabbitMQ's management API at {self.base}"
        if status == HTTPStatus.UNAUTHORIZED and "management" in text.lower():
            lacks = f"{tried}: the user {self.user} has not the tag `management`; provision again to grant it"
            return StopError(lacks, Exit.DENIED)
        if status == HTTPStatus.UNAUTHORIZED:
            wrong = f"{tried} refuses user or password of {self.user}: correct LBC_BROKER__URL or the password's file"
            return StopError(wrong, Exit.DENIED)
        if status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
            return StopError(f"{tried}: {self.user} may not read {where}, or there is no such vhost", Exit.DENIED)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return StopError(f"{tried} is ill: {status} for {where}", Exit.DOWN)
        return StopError(f"{tried} answered {status} for {where}")
