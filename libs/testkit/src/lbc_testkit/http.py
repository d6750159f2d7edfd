"""Small HTTP questions to a part, and small HTTP servers of our own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

_TIMEOUT = aiohttp.ClientTimeout(total=5)
_SHUTDOWN = 0.5


async def answers(url: str, *, status: int | None = None) -> bool:
    """Whether an HTTP server answers there; with ``status``, whether it answers that."""
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as session,
            session.get(url, allow_redirects=False) as response,
        ):
            return status is None or response.status == status
    except (aiohttp.ClientError, OSError, TimeoutError):
        return False


@asynccontextmanager
async def serving(app: web.Application, port: int) -> AsyncIterator[str]:
    """Serve the application on loopback, in this event loop; gives its address.

    Raises:
        OSError: the port is taken.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()
