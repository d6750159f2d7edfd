"""The public listener: opened before anything else starts, drained before anything else stops."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from lbc_ingress.adapters.bounded import BoundedProtocol
from lbc_runtime.errors import SettingsError


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket; port 0 lets the system choose.

    Raises:
        SettingsError: the address is in use, not ours, or not allowed; the mistake names it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024, dualstack_ipv6=host == "::")
    except OSError as error:
        mistake = f"cannot listen on {host} port {port}: {error.strerror}"
        raise SettingsError((f"LBC_PORT, LBC_HOST: {mistake}; choose an address that is free",)) from None


class _Server(uvicorn.Server):
    """Leaves the signals to the runtime."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Install nothing."""
        yield


class HttpServer:
    """Serves an application until told to stop, then lets every request in flight finish.

    Args:
        app: what to serve.
        listener: an open socket; closed at the end.
        drain_timeout: seconds for requests in flight after the stop.
        max_connections: at once; the next one gets 503.
        keep_alive: seconds that an idle connection stays open; above the edge's own, which then closes first.
        protocol: with the bounds on the head of a request.

    Attributes:
        port: the port that is listened on.
    """

    def __init__(
        self,
        app: ASGIApp,
        listener: socket.socket,
        *,
        drain_timeout: float,
        max_connections: int,
        keep_alive: int = 75,
        protocol: type[BoundedProtocol] = BoundedProtocol,
    ) -> None:
        self.port = int(listener.getsockname()[1])
        self._listener = listener
        self._server = _Server(
            uvicorn.Config(
                app,
                http=protocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                limit_concurrency=max_connections,
                timeout_keep_alive=keep_alive,
                timeout_graceful_shutdown=max(1, round(drain_timeout)),
            )
        )

    @property
    def started(self) -> bool:
        """Whether connections are accepted."""
        return self._server.started and not self._server.should_exit

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until ``stop``, then drain.

        Raises:
            RuntimeError: the server ended by itself.
        """
        serving = asyncio.create_task(self._server.serve(sockets=[self._listener]))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
            ended_early = not stop.is_set()
            self._server.should_exit = True
            await serving
            if ended_early:
                raise RuntimeError("the HTTP server ended without being told to")
        finally:
            stopping.cancel()
            if not serving.done():
                serving.cancel()
