"""People who join one after another and go from the link to DONE by what the bot shows them."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from lbc_testkit import wait_until
from lbc_testkit.stack import Stack
from lbc_testkit.stack.services import TABLES_PREFIX
from support import platform
from telegram_sim.client import ExpectationError, Person, Sim

KINDS = ("video", "audio", "text")
"""What a person gets on the way, in this order and once each."""

_TAP_LIFE = 150
"""Telegram's seconds after which it drops a tap that nobody took; whoever sees nothing happen taps again then."""
_LONG_POLL = 10.0
_PATIENCE = 90.0


@dataclass
class Traveller:
    """Somebody on the way.

    Attributes:
        person: in the simulator.
        arrived: kinds of the bot's messages so far.
        answered: taps whose spinner has stopped.
        retapped: how often they asked again for a message of a kind.
    """

    person: Person
    arrived: Counter[str] = field(default_factory=Counter)
    answered: set[str] = field(default_factory=set)
    retapped: Counter[str] = field(default_factory=Counter)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def doubled(self) -> Counter[str]:
        """Messages, by kind, that came more often than they were asked for."""
        return Counter({kind: came - 1 - self.retapped[kind] for kind, came in self.arrived.items()}) + Counter()

    async def go(self, tap_life: float) -> None:
        """Link, video, greeting, DONE."""
        await self.person.start("ref_load")
        await self._receive("video")
        await self._tap_until_answered("audio", "play_audio", tap_life)
        await self._receive("audio")
        await self._tap_until_answered("text", "continue", tap_life)
        await self._receive("text")

    async def _receive(self, kind: str) -> None:
        if not await self._until(lambda: bool(self.arrived[kind]), _PATIENCE):
            raise ExpectationError(f"person {self.person.id} got no {kind}, only {dict(self.arrived)}")

    async def _tap_until_answered(self, kind: str, button: str, tap_life: float) -> None:
        while not await self._tap(kind, button, tap_life):
            self.retapped[kind] += 1

    async def _tap(self, kind: str, button: str, tap_life: float) -> bool:
        """Whether the bot took the tap before Telegram dropped it."""
        tap = await self.person.tap(button)
        return await self._until(lambda: bool(self.arrived[kind]) or tap.id in self.answered, tap_life)

    async def _until(self, condition: Callable[[], bool], seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    self.news.clear()
                    await self.news.wait()
        except TimeoutError:
            return False
        return True


class Load:
    """Those who joined so far.

    Attributes:
        travellers: by their id.
        language: of those who join from now on.
        done: how many have come to the end.
    """

    def __init__(self, sim: Sim, *, per_second: float, most: int) -> None:
        self.travellers: dict[int, Traveller] = {}
        self.language = "en"
        self.done = 0
        self._sim = sim
        self._every = 1 / per_second
        self._most = most
        self._tap_life = math.inf
        self._ways: list[asyncio.Task[None]] = []
        self._joins: asyncio.Task[None] | None = None

    @property
    def doubled(self) -> int:
        """Messages that came more often than they were asked for, over all people."""
        return sum(sum(traveller.doubled.values()) for traveller in self.travellers.values())

    async def start(self) -> asyncio.Task[None]:
        """Let people join; the task tells them what they get."""
        stats = await self._sim.stats()
        self._tap_life = _TAP_LIFE * stats["time_scale"]
        self._joins = asyncio.create_task(self._join())
        return asyncio.create_task(self._watch(stats["record"]))

    async def _join(self) -> None:
        while len(self._ways) < self._most:
            self._ways.append(asyncio.create_task(self._travel()))
            await asyncio.sleep(self._every)

    async def _watch(self, cursor: int) -> None:
        """One look at the record for all of them."""
        while True:
            entries, cursor = await self._sim.record("message", "callback_answer", since=cursor, wait=_LONG_POLL)
            for entry in entries:
                traveller = self.travellers.get(entry["chat_id"])
                if traveller is None:
                    continue
                if entry["kind"] == "callback_answer":
                    traveller.answered.add(entry["callback_query_id"])
                elif entry["message"]["from"]["is_bot"]:
                    traveller.arrived[next((kind for kind in KINDS if kind in entry["message"]), "other")] += 1
                traveller.news.set()

    async def everyone_done(self) -> None:
        """Let nobody join any more, and wait for those who did.

        Raises:
            ExpectationError: somebody did not get something.
        """
        if self._joins:
            self._joins.cancel()
        await asyncio.gather(*self._ways)

    async def leave(self) -> None:
        """Nobody joins, and those on the way are left where they are."""
        tasks = [task for task in (self._joins, *self._ways) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _travel(self) -> None:
        person = await self._sim.person("Traveller", language=self.language)
        traveller = self.travellers[person.id] = Traveller(person)
        await traveller.go(self._tap_life)
        self.done += 1


@asynccontextmanager
async def joining(sim: Sim, *, per_second: float, most: int) -> AsyncIterator[Load]:
    """Let people join while the block runs, or until `Load.everyone_done`."""
    load = Load(sim, per_second=per_second, most=most)
    watching = await load.start()
    try:
        yield load
    finally:
        await load.leave()
        watching.cancel()
        await asyncio.wait({watching})


async def people_rows(stack: Stack) -> dict[int, dict[str, dict[str, str]]]:
    """Everybody in the users table, by Telegram id."""
    async with stack.aws("dynamodb") as dynamodb:
        pages = dynamodb.get_paginator("scan").paginate(TableName=f"{TABLES_PREFIX}users", ConsistentRead=True)
        return {int(item["telegramId"]["N"]): item async for page in pages for item in page["Items"]}


async def done_and_drained(stack: Stack, people: Collection[int]) -> None:
    """Wait until these people are DONE in the table, and no message is anywhere but in the graves.

    A broker that has just started knows nothing of its queues, so each must have told how much is in it.
    """

    async def done() -> bool:
        rows = await people_rows(stack)
        return all(person in rows and rows[person]["state"]["S"] == "DONE" for person in people)

    await wait_until(done, what="everybody DONE", timeout=_PATIENCE, interval=0.2)
    await platform.drained(stack, _PATIENCE)
