"""Keeping the state in a folder: read at the start, written shortly after every change and at the end."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from time import perf_counter
from typing import Any

from telegram_sim.edge.folder import Folder
from telegram_sim.simulator import Simulator
from telegram_sim.state import StateError, snapshot

logger = logging.getLogger(__name__)

PAUSE = 0.5
"""Real seconds between two writings, at least; more when writing takes long, so that it is a tenth of the time."""
SHARE = 10
MAX_PAUSE = 30.0
"""Real seconds between two writings, at most: what is given out meanwhile must not be more than `state.LEAP`."""


class Keeper:
    """Writes the state of one simulator whenever something was recorded."""

    def __init__(self, folder: Folder, sim: Simulator) -> None:
        self._folder = folder
        self._sim = sim
        self._changed = asyncio.Event()
        self._ending = asyncio.Event()
        sim.record.listeners.append(self._changed.set)

    def begin(self) -> None:
        """Write down that a run has begun, so that the next one leaps even if this one is killed before it writes more.

        Raises:
            StateError: the disk is full, or the like.
        """
        try:
            self._folder.save(*self._now(ended=False))
        except OSError as cause:
            raise StateError(f"{self._folder}: the state cannot be kept here: {cause.strerror}") from cause

    async def run(self) -> None:
        """Write until told to end. A disk that is full is told in the log, and tried again with the next change."""
        while True:
            await self._changed.wait()
            if self._ending.is_set():
                return
            self._changed.clear()
            begun = perf_counter()
            try:
                await asyncio.to_thread(self._folder.save, *self._now(ended=False))
            except OSError as cause:
                logger.warning("the state could not be written: %s", cause)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(max(PAUSE, SHARE * (perf_counter() - begun)), MAX_PAUSE)):
                    await self._ending.wait()

    def end(self) -> None:
        """Let `run` return, once what it is writing is written."""
        self._ending.set()
        self._changed.set()

    def finish(self) -> None:
        """Write the last state."""
        try:
            self._folder.save(*self._now(ended=True))
        except OSError as cause:
            logger.warning("the last state could not be written: %s", cause)

    def _now(self, *, ended: bool) -> tuple[Any, dict[int, bytes]]:
        return snapshot(self._sim, ended=ended), self._sim.files.contents()


@contextlib.asynccontextmanager
async def kept(sim: Simulator, path: str) -> AsyncIterator[None]:
    """Keep the simulator's state in the folder `path` while the block runs; an empty path keeps nothing.

    Raises:
        StateError: the folder cannot be used, or what is in it cannot be read.
    """
    if not path:
        yield
        return
    folder = Folder(Path(path))
    folder.open()
    try:
        folder.load(sim)
        keeper = Keeper(folder, sim)
        keeper.begin()
        writing = asyncio.create_task(keeper.run())
        writing.add_done_callback(_broke)
        try:
            yield
        finally:
            keeper.end()
            await asyncio.wait({writing})
            keeper.finish()
    finally:
        folder.close()


def _broke(writing: "asyncio.Task[None]") -> None:
    if not writing.cancelled() and (cause := writing.exception()) is not None:
        logger.critical("the state is not written any more until the end", exc_info=cause)
