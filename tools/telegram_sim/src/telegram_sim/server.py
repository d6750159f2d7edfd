"""Serving the simulator: from the command line, or inside a test."""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator

import uvicorn

from telegram_sim.edge.app import build_app
from telegram_sim.edge.cutting import CuttableProtocol, protocols
from telegram_sim.edge.keeper import kept
from telegram_sim.settings import Settings
from telegram_sim.simulator import Simulator, running

_log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
SHUTDOWN_SECONDS = 1
BACKLOG = 2048
ANSWERED = 0.05
"""Seconds between a request to refuse connections and the end of its own."""
LISTEN_AGAIN = 0.1
"""Seconds between two tries to get back a port that somebody else took meanwhile."""
TICK = 0.1
"""Seconds between two looks of uvicorn at its clock."""
DRAINING = 0.002
"""Seconds between two looks at connections that are ending."""


class _Server(uvicorn.Server):
    """uvicorn's server; `on_stop` lets long answers end before it waits for them."""

    def __init__(self, config: uvicorn.Config, on_stop: Callable[[], None], *, signals: bool) -> None:
        super().__init__(config)
        self._on_stop = on_stop
        self._signals = signals
        self._refusing: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    def refuse(self, seconds: float) -> None:
        """Listen no more at the first port for so many seconds: who connects is refused, who is connected is cut off.

        While that is so already, it changes nothing.
        """
        if self._refusing is None or self._refusing.done():
            self._refusing = asyncio.create_task(self._refuse(seconds))

    async def _refuse(self, seconds: float) -> None:
        await asyncio.sleep(ANSWERED)
        first, *others = self.servers
        host, port = first.sockets[0].getsockname()[:2]
        first.close()
        for connection in list(self.server_state.connections):
            if isinstance(connection, CuttableProtocol) and connection.port == port:
                connection.cut()
        await asyncio.sleep(seconds)
        await self.startup([await _listen_again(host, port)])
        self.servers += others

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGTERM and SIGINT, and then exit with 0 rather than by the signal itself."""
        if self._signals:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, self.stop)
        yield

    def stop(self) -> None:
        """End `serve`, soon."""
        self.should_exit = True
        self._stopping.set()

    async def main_loop(self) -> None:
        """Tick as uvicorn does, but end at once: a test that waited for the next tick would take twice as long."""
        ticks = 0
        while not await self.on_tick(ticks):
            ticks += 1
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK):
                    await self._stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End streams and long polls, then everything else: as uvicorn does, without its pauses of 0.1 s."""
        self._on_stop()
        if self._refusing is not None:
            self._refusing.cancel()
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SHUTDOWN_SECONDS):
                while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110 - uvicorn tells nobody
                    await asyncio.sleep(DRAINING)
        for task in self.server_state.tasks:
            task.cancel()


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket.

    Raises:
        OSError: the address is taken or not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio sets TCP_NODELAY only then; without it each answer takes 40 ms longer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


async def _listen_again(host: str, port: int) -> socket.socket:
    """Return a listening socket, as soon as nobody else listens there; ends by being cancelled."""
    told = False
    while True:
        try:
            return listen(host, port)
        except OSError as cause:
            if not told:
                _log.warning("cannot listen on %s:%s again, trying on: %s", host, port, cause.strerror)
            told = True
            await asyncio.sleep(LISTEN_AGAIN)


async def serve(settings: Settings, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; then be gone within two seconds, also with streams open.

    Args:
        settings: all but host and port, which `listener` has been opened with.
        listener: where to listen.
        ready: called once the state is read and requests are taken.

    Raises:
        StateError: the state that it is to begin with cannot be read.
    """
    async with running(settings) as simulator, kept(simulator, settings.state):
        server = _server(simulator, signals=True)
        ready()
        await server.serve([listener])


@contextlib.asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[str]:
    """Serve inside the running event loop, on a free port of loopback; gives the base URL.

    `settings.host` and `settings.port` are not looked at.
    """
    with listen(LOOPBACK, 0) as listener:
        async with _serving(settings, [listener]):
            yield _url(listener)


@contextlib.asynccontextmanager
async def serving_apart(settings: Settings) -> AsyncIterator[tuple[str, str]]:
    """Serve as `serving` does, and on a second port that nothing refuses or cuts off; gives both base URLs.

    The first is the bot's. The second is for whoever plays people, who are to go on while the bot is refused.
    """
    with listen(LOOPBACK, 0) as bots, listen(LOOPBACK, 0) as peoples:
        async with _serving(settings, [bots, peoples]):
            yield _url(bots), _url(peoples)


@contextlib.asynccontextmanager
async def _serving(settings: Settings, listeners: list[socket.socket]) -> AsyncIterator[None]:
    async with running(settings) as simulator, kept(simulator, settings.state):
        server = _server(simulator, signals=False)
        task = asyncio.create_task(server.serve(listeners))
        try:
            yield
        finally:
            server.stop()
            await task


def _url(listener: socket.socket) -> str:
    return f"http://{LOOPBACK}:{listener.getsockname()[1]}"


def _server(simulator: Simulator, *, signals: bool) -> _Server:
    server = _Server(_config(simulator_app=build_app(simulator)), simulator.waiting.stop, signals=signals)
    simulator.refuse = server.refuse
    return server


def _config(simulator_app: object) -> uvicorn.Config:
    return uvicorn.Config(
        simulator_app,  # type: ignore[arg-type]  # uvicorn's type of an application is narrower than ASGI
        http=protocols()[0],
        ws="none",
        lifespan="off",
        log_level="warning",
        proxy_headers=False,
        access_log=False,  # the paths hold the bot's token
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        timeout_keep_alive=75,
    )
