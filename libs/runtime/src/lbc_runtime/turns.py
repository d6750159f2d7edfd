"""Lets a suspicious message be processed alone.

A message that was delivered several times may be the one that crashes whoever takes it. Whatever else is unacked at
that moment would be counted as redelivered too, and in the end be dead-lettered by the broker along with it. So the
intake closes, the others finish first, and the suspects go one by one, in random order.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from lbc_runtime.intake import Intake

_REASON = "suspect"


class NoTurnError(Exception):
    """A suspect waited in vain, or its message is gone; it was not handled."""


class Turns:
    """Many together, or one alone.

    Args:
        intake: closed while there are suspects.
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._others = 0
        self._suspects = 0
        self._waiting: list[asyncio.Future[None]] = []
        self._nobody_alone = asyncio.Event()
        self._nobody_alone.set()

    @asynccontextmanager
    async def member(self, *, suspect: bool) -> AsyncIterator[None]:
        """Belong to the messages in flight, from delivery until ack."""
        if suspect:
            self._suspects += 1
            self._intake.close(_REASON)
        else:
            self._others += 1
        try:
            yield
        finally:
            if suspect:
                self._suspects -= 1
                if not self._suspects:
                    self._intake.reopen(_REASON)
            else:
                self._others -= 1
            self._admit()

    @asynccontextmanager
    async def turn(self, *, suspect: bool, patience: float, gone: asyncio.Event) -> AsyncIterator[None]:
        """Do one try: together with the others, or alone once they are done.

        Args:
            suspect: whether to go alone.
            patience: seconds that a suspect waits at most; the others wait for the one that is alone, which ends.
            gone: set when the message can no longer be acked, so that a suspect need not wait.

        Raises:
            NoTurnError: a suspect did not get to go.
        """
        if not suspect:
            await self._nobody_alone.wait()
            yield
            return
        await self._alone(patience, gone)
        try:
            yield
        finally:
            self._leave()

    async def _alone(self, patience: float, gone: asyncio.Event) -> None:
        admitted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        pointless = asyncio.ensure_future(gone.wait())
        self._waiting.append(admitted)
        self._admit()
        try:
            # Unlike to await it, this leaves the future alone when we are cancelled: who admits may still set it.
            await asyncio.wait((admitted, pointless), timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            if admitted.done():
                self._leave()
            else:
                self._waiting.remove(admitted)
            raise
        finally:
            pointless.cancel()
        if not admitted.done():
            self._waiting.remove(admitted)
            raise NoTurnError

    def _leave(self) -> None:
        self._nobody_alone.set()
        self._admit()

    def _admit(self) -> None:
        if self._others or not self._waiting or not self._nobody_alone.is_set():
            return
        chosen = self._waiting.pop(random.randrange(len(self._waiting)))  # noqa: S311 - fairness is no secret
        self._nobody_alone.clear()
        chosen.set_result(None)
