"""The simulator in a thread with a loop of its own, so that it runs whatever the test's loop does, or without one."""

import asyncio
import dataclasses
import threading
from collections.abc import Coroutine, Mapping
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self, TypeVar

from telegram_sim.client import ExpectationError, Sim, SimError
from telegram_sim.server import serving_apart
from telegram_sim.settings import Settings, SettingsError, load

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds for starting, for stopping, and for what is done at once."""
TIMEOUT = 10.0
"""Seconds that a person waits, unless they are told otherwise."""
TOKEN = "123456789:a-token-that-only-the-simulator-knows"  # noqa: S105 - it opens nothing
_SILENT = "the simulator gave no answer within {:g} s"
_NOT_OURS = {"host", "port", "token_file"}
"""Settings of the command: inside a test it listens on a free port of loopback."""


def settings_of(wanted: Mapping[str, Any]) -> Settings:
    """Return the settings that a test asks for.

    Raises:
        SettingsError: one that does not exist, or is out of its range.
    """
    names = {field.name for field in dataclasses.fields(Settings)} - _NOT_OURS
    if unknown := sorted(set(wanted) - names):
        raise SettingsError(f"telegram has no setting {', '.join(unknown)}; there are {', '.join(sorted(names))}")
    options = {name: value for name, value in wanted.items() if name != "token"}
    try:
        return load({"TELEGRAM_SIM_TOKEN": wanted.get("token", TOKEN)}, options)
    except SettingsError as mistakes:
        raise SettingsError(f"settings of telegram:\n{mistakes}") from None


class Background:
    """A simulator that runs inside the block; `do` and `wait` carry out what a test asks for."""

    url: str
    sim: Sim

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.timeout = TIMEOUT
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
        if self._thread.is_alive():
            raise RuntimeError(f"the simulator did not end within {PATIENCE:g} s")

    def patience(self, timeout: float | None) -> float:
        """Return the real seconds of a wait that was given a timeout, or none of its own."""
        return self.timeout if timeout is None else timeout

    def do(self, coroutine: Coroutine[Any, Any, T], seconds: float = PATIENCE) -> T:
        """Carry out, and return the result."""
        __tracebackhide__ = True
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result(seconds)
        except TimeoutError:
            future.cancel()
            raise ExpectationError(_SILENT.format(seconds)) from None
        except (ExpectationError, SimError) as failure:
            raise failure.with_traceback(None) from None  # the frames of the other thread help nobody

    async def wait(self, coroutine: Coroutine[Any, Any, T], seconds: float) -> T:
        """Carry out while the test's own loop goes on; it ends by itself before `seconds` are over."""
        __tracebackhide__ = True
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            async with asyncio.timeout(seconds + PATIENCE):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            raise ExpectationError(_SILENT.format(seconds + PATIENCE)) from None
        except (ExpectationError, SimError) as failure:
            raise failure.with_traceback(None) from None  # as above

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as cause:  # the test's thread raises it
            if self._ready.done():
                raise
            self._ready.set_exception(cause)

    async def _serve(self) -> None:
        stop = asyncio.Event()
        async with serving_apart(self.settings) as (url, people), Sim(people) as sim:
            self._ready.set_result((url, sim, asyncio.get_running_loop(), stop))
            await stop.wait()
