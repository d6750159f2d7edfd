"""A part that always answers the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from lbc_testkit.http import serving
from lbc_testkit.ports import free_port


@asynccontextmanager
async def answering(status: int, content: object) -> AsyncIterator[str]:
    """Answers each request with that status, and JSON, or the text as it is; gives its address."""

    async def answer(_: web.Request) -> web.Response:
        if isinstance(content, str):
            return web.Response(status=status, text=content)
        return web.json_response(content, status=status)

    application, port = web.Application(), free_port()
    application.router.add_route("*", "/{path:.*}", answer)
    async with serving(application, port):
        yield f"http://127.0.0.1:{port}"
