"""The sweeper: who is overdue is said to onboarding, again and again but not without measure."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from onboarding_world.edges import (
    CountingMeter,
    MovingClock,
    Outbox,
    coming,
    onboarding,
    update,
    written,
)

from lbc_contracts import topology
from lbc_contracts.ids import Step
from lbc_contracts.messages import StepDue
from lbc_onboarding.adapters.memory import MemoryStore
from lbc_onboarding.app.sweep import Recent, Sweeper
from lbc_onboarding.domain.fsm import State
from lbc_runtime.errors import DependencyDown


def sweeper(
    bot: str, store: Any, outbox: Any, clock: Any, meter: CountingMeter | None = None, limit: int = 10
) -> Sweeper:
    return Sweeper(
        bot, store, outbox, clock=clock, meter=meter or CountingMeter(), every=1, limit=limit, recent=Recent(30, 100)
    )


async def waiting(bot: str, store: Any, clock: MovingClock) -> None:
    await onboarding(bot, store, Outbox(), clock).handle(coming(update(bot, 1, written("/start", 1))))


async def test_who_waits_too_long_is_woken_and_the_reminder_fits(store: Any, bot: str, outbox: Outbox) -> None:
    clock, meter = MovingClock(), CountingMeter()
    await waiting(bot, store, clock)
    sweep = sweeper(bot, store, outbox, clock, meter).sweep
    assert await sweep() == 0
    await clock.sleep(61)
    assert await sweep() == 1
    message, queue = outbox.published[-1]
    assert queue is topology.DUE
    assert isinstance(message, StepDue)
    assert (message.step, message.attempt, message.wake) == (Step.VIDEO, 1, 0)
    assert meter.counts["woken", Step.VIDEO] == 1
    handler = onboarding(bot, store, outbox, clock)
    await handler.handle(coming(message, topology.DUE))
    assert outbox.last().id == f"{bot}:7:1:video:1"
    assert (await store.load(bot, 7)).wakes == 1


async def test_a_slow_onboarding_is_not_flooded_but_is_reminded(bot: str, outbox: Outbox) -> None:
    clock, store = MovingClock(), MemoryStore()
    await waiting(bot, store, clock)
    await clock.sleep(61)
    sweep = sweeper(bot, store, outbox, clock).sweep
    assert [await sweep(), await sweep()] == [1, 0]
    await clock.sleep(31)
    assert await sweep() == 1
    assert len(outbox.ids) == 1


async def test_a_sweep_is_bounded_and_the_rest_comes_next(bot: str, outbox: Outbox) -> None:
    clock, store = MovingClock(), MemoryStore()
    await waiting(bot, store, clock)
    first = next(iter(store.users.values()))
    store.users = {str(n): replace(first, user_id=n, due_at=n) for n in range(1, 6)}
    sweep = sweeper(bot, store, outbox, clock, limit=3).sweep
    assert await sweep() == 3
    store.users = {key: user for key, user in store.users.items() if int(key) > 3}
    assert await sweep() == 2


async def test_rows_that_wait_for_nothing_are_passed_over(bot: str, outbox: Outbox) -> None:
    clock, store = MovingClock(), MemoryStore()
    await waiting(bot, store, clock)
    user = next(iter(store.users.values()))
    store.users = {
        "a": replace(user, due_at=1, pending=False),
        "b": replace(user, due_at=1, pending=False, state=State.DONE),
    }
    assert await sweeper(bot, store, outbox, clock).sweep() == 0


async def test_it_outlives_a_dependency_that_is_down_and_stops_when_told(bot: str) -> None:
    stop = asyncio.Event()

    class Down(Outbox):
        tries = 0

        async def publish(self, *_: object) -> None:
            self.tries += 1
            if self.tries > 1:
                stop.set()
            raise DependencyDown("rabbitmq")

    clock, store, down = MovingClock(), MemoryStore(), Down()
    await waiting(bot, store, clock)
    await clock.sleep(61)
    subject = sweeper(bot, store, down, clock)
    assert not subject.ready()
    async with asyncio.timeout(10):
        await subject.run(stop)
    assert down.tries == 2
    assert not subject.ready()


async def test_what_is_remembered_is_bounded() -> None:
    recent = Recent(life=10, size=2)
    for number, name in enumerate("abc"):
        recent.add(name, float(number))
    assert ["a" in recent, "b" in recent, "c" in recent] == [False, True, True]
    recent.forget(11.5)
    assert ["b" in recent, "c" in recent] == [False, True]
