"""One person's dealings with onboarding, message by message."""

from __future__ import annotations

from typing import Any

from lbc_contracts import topology
from lbc_contracts.messages import OutcomeKind
from lbc_onboarding.app.handle import Onboarding
from onboarding_world.edges import (
    CountingMeter,
    MovingClock,
    Outbox,
    coming,
    delivered,
    failed,
    onboarding,
    update,
    written,
)


class Bot:
    """One person's dealings with onboarding."""

    def __init__(self, bot: str, store: Any, outbox: Outbox) -> None:
        self.name = bot
        self.store = store
        self.outbox = outbox
        self.meter = CountingMeter()
        self.clock = MovingClock()
        self.onboarding: Onboarding = onboarding(bot, store, outbox, self.clock, self.meter)
        self.number = 0
        self.message_id = 0

    def next_id(self) -> int:
        self.message_id += 1
        return self.message_id

    async def send(self, body: dict[str, Any] | bytes) -> None:
        self.number += 1
        await self.onboarding.handle(coming(update(self.name, self.number, body, self.clock.now())))

    async def write(self, text: str | None, **more: Any) -> None:
        await self.send(written(text, self.next_id(), **more))

    async def deliver(self) -> None:
        outcome = delivered(self.outbox.last(), self.next_id(), self.clock.now())
        await self.onboarding.handle(coming(outcome, topology.OUTCOMES))

    async def fail(self, kind: OutcomeKind = OutcomeKind.FAILED, *, refused: bool = False) -> None:
        outcome = failed(self.outbox.last(), kind, self.clock.now(), refused=refused)
        await self.onboarding.handle(coming(outcome, topology.OUTCOMES))

    async def user(self) -> Any:
        return await self.store.load(self.name, 7)
