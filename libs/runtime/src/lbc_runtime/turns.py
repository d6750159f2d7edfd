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
    async def turn(self, *, suspect: bool) -> AsyncIterator[None]:
        """Do one try: together with the others, or alone once they are done."""
        if not suspect:
            await self._nobody_alone.wait()
            yield
            return
        await self._alone()
        try:
            yield
        finally:
            self._nobody_alone.set()
            self._admit()

    async def _alone(self) -> None:
        admitted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(admitted)
        self._admit()
        try:
            await admitted
        except asyncio.CancelledError:
            if admitted in self._waiting:
                self._waiting.remove(admitted)
            elif admitted.done() and not admitted.cancelled():
                self._nobody_alone.set()
                self._admit()
            raise

    def _admit(self) -> None:
        if self._others or not self._waiting or not self._nobody_alone.is_set():
            return
        chosen = self._waiting.pop(random.randrange(len(self._waiting)))  # noqa: S311 - fairness is no secret
        self._nobody_alone.clear()
        chosen.set_result(None)
