"""The simulator in a thread with a loop of its own, so that it runs whatever the test's loop does, or without one."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self, TypeVar

from telegram_sim.client import ExpectationError, Sim
from telegram_sim.server import serving
from telegram_sim.settings import Settings

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds for starting, for stopping, and for what is done at once."""


class Background:
    """A simulator that runs inside the block; `do` and `wait` carry out what a test asks for."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._ready: Future[tuple[str, Sim, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = threading.Thread(target=self._run, name="telegram-sim", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.url, self.sim, self._loop, self._stop = self._ready.result(PATIENCE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE)

    def do(self, coroutine: Coroutine[Any, Any, T], seconds: float = PATIENCE) -> T:
        """Carry out, and return the result."""
        __tracebackhide__ = True
        try:
            return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(seconds)
        except ExpectationError as failure:
            raise ExpectationError(str(failure)) from None  # the frames of the other thread help nobody

    async def wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Carry out while the test's own loop goes on."""
        __tracebackhide__ = True
        try:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self._loop))
        except ExpectationError as failure:
            raise ExpectationError(str(failure)) from None  # as above

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as cause:  # the test's thread raises it
            if self._ready.done():
                raise
            self._ready.set_exception(cause)

    async def _serve(self) -> None:
        stop = asyncio.Event()
        async with serving(self.settings) as url, Sim(url) as sim:
            self._ready.set_result((url, sim, asyncio.get_running_loop(), stop))
            await stop.wait()
