"""A TCP proxy on loopback that fails on request: an outage in front of any part.

It lives in the event loop that made it, and answers only while that loop runs.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit

from lbc_testkit.ports import free_port

_CHUNK = 64 * 1024
_CONNECT = 5.0
_LINGER = 2.0
_BODY = b'{"error":"unavailable"}'
_UNAVAILABLE = (
    b"HTTP/1.1 503 Service Unavailable\r\n"
    b"Content-Type: application/json\r\n"
    b"Content-Length: %d\r\n"
    b"Connection: close\r\n\r\n%s" % (len(_BODY), _BODY)
)


class Fault(StrEnum):
    """How the proxy treats connections."""

    PASS = "pass"  # noqa: S105 - no password
    """As if it were not there."""

    REFUSE = "refuse"
    """Nobody listens, and what was connected is cut: a server that is gone."""

    BLACK_HOLE = "black-hole"
    """Connections are accepted and stay, nothing gets through: a network that swallows."""

    HTTP_503 = "http-503"
    """Every HTTP request is answered 503; what was connected is cut."""


class Proxy:
    """One proxy in front of one part; see `proxy`.

    Attributes:
        port: where it listens.
        connections: how many it ever accepted.
        cuts: how many it ever cut.
    """

    def __init__(self, host: str, target_port: int, port: int) -> None:
        self.port = port
        self.connections = 0
        self.cuts = 0
        self._host = host
        self._target_port = target_port
        self._fault = Fault.PASS
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    @property
    def fault(self) -> Fault:
        """What it does now."""
        return self._fault

    def url(self, target: str) -> str:
        """The target's address with the proxy's host and port instead of its own."""
        parts = urlsplit(target)
        credentials, at, _ = parts.netloc.rpartition("@")
        netloc = f"{credentials}{at}127.0.0.1:{self.port}"
        return urlunsplit((parts.scheme, netloc, parts.path, parts.query, parts.fragment))

    async def set(self, fault: Fault) -> None:
        """Treat connections so from now on.

        After `Fault.BLACK_HOLE`, what was held back goes on its way when things pass again.
        """
        self._fault = fault
        if fault is Fault.BLACK_HOLE:
            self._flowing.clear()
        else:
            self._flowing.set()
        if fault is Fault.REFUSE:
            await self._stop_listening()
        else:
            await self._listen()
        if fault in {Fault.REFUSE, Fault.HTTP_503}:
            await self.cut()

    @asynccontextmanager
    async def outage(self, fault: Fault = Fault.REFUSE) -> AsyncIterator[None]:
        """Fail while the block runs, then pass again."""
        await self.set(fault)
        try:
            yield
        finally:
            await self.set(Fault.PASS)

    async def cut(self) -> int:
        """Drop all connections now, with a reset; gives how many. New ones are treated as before."""
        tasks = dict(self._open)
        for task, writer in tasks.items():
            writer.transport.abort()
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.cuts += len(tasks)
        return len(tasks)

    async def close(self) -> None:
        """Stop listening and drop everything."""
        await self._stop_listening()
        await self.cut()

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    async def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:  # streams always run us as one
            raise RuntimeError("a connection outside a task")
        self.connections += 1
        self._open[task] = writer
        try:
            await self._serve(reader, writer)
        except asyncio.CancelledError:
            pass  # by `cut`, which awaits us; streams would report it as an error
        except (OSError, TimeoutError, EOFError):
            pass  # either side went away: the other one sees it by our closing
        finally:
            del self._open[task]
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._fault is Fault.HTTP_503:
            await self._decline(reader, writer)
            return
        await self._flowing.wait()
        connecting = asyncio.open_connection(self._host, self._target_port)
        target_reader, target_writer = await asyncio.wait_for(connecting, _CONNECT)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(reader, target_writer))
                group.create_task(self._pump(target_reader, writer))
        except* OSError:
            pass  # as in `_accept`
        finally:
            target_writer.transport.abort()

    @staticmethod
    async def _decline(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(_UNAVAILABLE)
        writer.write_eof()
        # Closing with a body unread would reset the connection, and take the answer with it.
        async with asyncio.timeout(_LINGER):
            while await reader.read(_CHUNK):
                pass

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(_CHUNK):
            await self._flowing.wait()
            sink.write(data)
            await sink.drain()
        if sink.can_write_eof():
            with contextlib.suppress(OSError):
                sink.write_eof()


@asynccontextmanager
async def proxy(target: str, *, port: int | None = None) -> AsyncIterator[Proxy]:
    """Stand in front of ``target``, any address with a host and a port; use ``Proxy.url(target)`` instead of it."""
    parts = urlsplit(target)
    if parts.hostname is None or parts.port is None:
        raise ValueError("a proxy needs a target with a host and a port")
    standing = Proxy(parts.hostname, parts.port, port or free_port())
    await standing.set(Fault.PASS)
    try:
        yield standing
    finally:
        await standing.close()
