"""Waits for our turn to talk, and puts off what would have to wait for long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from lbc_delivery.domain.pace import Chats, Pace
from lbc_runtime.clock import Clock
from lbc_runtime.errors import Park

BUSY_SECONDS = 1.0
"""How long a command is put off whose chat has another one in work."""
LONGEST_SECONDS = 15.0
"""How long a command waits here for the pace over all chats: what waits behind it would wait in the queue as well."""
MARGIN_SECONDS = 0.5
"""Added to a pause that Telegram asks for, which it gives in whole seconds."""


@dataclass(slots=True)
class _Chat:
    lock: asyncio.Lock
    users: int = 0


class Limits:
    """One command at a time in a chat, and none faster than Telegram takes them.

    Args:
        pace: over all chats.
        chats: each chat's own.
        clock: of all waits.
        patience: seconds that a command waits here with its message unacked; beyond that it is parked.
    """

    def __init__(self, pace: Pace, chats: Chats, clock: Clock, patience: float) -> None:
        self._pace = pace
        self._chats = chats
        self._clock = clock
        self._patience = patience
        self._active: dict[int, _Chat] = {}

    @asynccontextmanager
    async def alone(self, chat_id: int) -> AsyncIterator[None]:
        """Have the chat to oneself.

        Raises:
            Park: another command of the chat takes long.
        """
        chat = self._active.setdefault(chat_id, _Chat(asyncio.Lock()))
        chat.users += 1
        try:
            await self._acquire(chat.lock)
            try:
                yield
            finally:
                chat.lock.release()
        finally:
            chat.users -= 1
            if not chat.users:
                del self._active[chat_id]

    def crowded(self, chat_id: int) -> bool:
        """Whether a turn in the chat would have to be waited for."""
        return self._chats.wait(chat_id, self._clock.monotonic()) > 0

    async def turn(self, chat_id: int) -> None:
        """Wait until the chat, then all of us, may say something.

        Raises:
            Park: that is too long to wait; the chat's other commands will be told the same.
        """
        now = self._clock.monotonic()
        wait = self._chats.wait(chat_id, now)
        if wait > self._patience:
            raise Park(wait, "chat-pace")
        if wait:
            await self._clock.sleep(wait)
        now = self._clock.monotonic()
        if self._pace.wait(now) > LONGEST_SECONDS:
            raise Park(self._pace.wait(now), "pace")
        wait = self._pace.reserve(now)
        if wait:
            await self._clock.sleep(wait)
        self._chats.spoke(chat_id, self._clock.monotonic())

    def flooded(self, chat_id: int, retry_after: float) -> float:
        """Telegram answered 429: slow down, and leave the chat alone for so many seconds.

        Returns:
            After how many seconds to try again.
        """
        now = self._clock.monotonic()
        seconds = retry_after + MARGIN_SECONDS
        self._pace.flooded(now)
        self._chats.hold(chat_id, seconds, now)
        return seconds

    async def _acquire(self, lock: asyncio.Lock) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await lock.acquire()
        except TimeoutError:
            raise Park(BUSY_SECONDS, "chat-busy") from None
