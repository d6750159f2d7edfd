"""Waiting for the record to grow, without polling."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from telegram_sim.core.record import Filter, Record
from telegram_sim.core.types import Json

MAX_WAIT = 60.0


class Waiting:
    """Wakes everybody who waits each time something was recorded, and for good when the simulator stops."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._changed = asyncio.Event()
        self._stopped = asyncio.Event()
        record.listeners.append(self.wake)

    @property
    def stopping(self) -> bool:
        """Whether nothing is worth waiting for any more."""
        return self._stopped.is_set()

    def wake(self) -> None:
        """Let everybody look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    def stop(self) -> None:
        """End all waiting, now and from now on."""
        self._stopped.set()
        self.wake()

    async def pause(self, seconds: float, unless: "asyncio.Future[None] | None" = None) -> None:
        """Let so many real seconds pass, unless `unless` is done or the simulator stops."""
        stopped = asyncio.ensure_future(self._stopped.wait())
        ends: list[asyncio.Future[Any]] = [stopped] if unless is None else [stopped, unless]
        try:
            await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()

    async def until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait until `condition` holds; return whether it does. At most `MAX_WAIT` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(max(seconds, 0.0), MAX_WAIT)):
                while not self.stopping and not condition():
                    await self._changed.wait()
        return condition()

    def missed(self, cursor: int) -> int | None:
        """Return how many entries after `cursor` are forgotten, None if it is of an earlier run of the simulator."""
        return None if cursor > self._record.last else self._record.missed(cursor)

    async def entries(self, cursor: int, wanted: Filter, limit: int, seconds: float) -> tuple[list[Json], int]:
        """Return entries after `cursor` as soon as there are any; none when the time is over."""
        found, cursor = self._record.since(cursor, wanted, limit)

        def some() -> bool:
            nonlocal found, cursor
            if not found:
                found, cursor = self._record.since(cursor, wanted, limit)
            return bool(found)

        await self.until(some, seconds)
        return found, cursor
