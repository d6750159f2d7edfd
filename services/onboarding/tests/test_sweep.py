"""The sweeper: who is overdue is said to onboarding, again and again but not without measure."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from onboarding_world.edges import (
    PREFIX,
    CountingMeter,
    MovingClock,
    Outbox,
    coming,
    dynamo_store,
    onboarding,
    update,
    written,
)

from lbc_contracts import topology
from lbc_contracts.ids import Step
from lbc_contracts.messages import StepDue
from lbc_onboarding.adapters.memory import MemoryStore
from lbc_onboarding.app.ports import Unreadable
from lbc_onboarding.app.sweep import Recent, Sweeper
from lbc_onboarding.domain.fsm import State
from lbc_onboarding.domain.person import User
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


class HalfReadable(MemoryStore):
    """Of whose rows one cannot be read."""

    async def overdue(self, bot: str, now: int, limit: int) -> Sequence[User | Unreadable]:  # type: ignore[override]  # wider than the fake's, as the port's is
        return [Unreadable(f"{bot}:telegram_1", "KeyError: 'FUTURE'"), *await super().overdue(bot, now, limit)]


async def test_a_row_that_cannot_be_read_is_told_once_and_holds_up_nobody(
    bot: str, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    clock, store, meter = MovingClock(), HalfReadable(), CountingMeter()
    await waiting(bot, store, clock)
    await clock.sleep(61)
    sweep = sweeper(bot, store, outbox, clock, meter).sweep
    with caplog.at_level(logging.ERROR):
        assert [await sweep(), await sweep()] == [1, 0]
    assert [vars(record)["row"] for record in caplog.records] == [f"{bot}:telegram_1"]
    assert meter.counts["seen",] == 2


async def test_a_row_of_which_no_reminder_can_be_made_holds_up_nobody(
    bot: str, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    clock, store = MovingClock(), MemoryStore()
    await waiting(bot, store, clock)
    await clock.sleep(61)
    user = next(iter(store.users.values()))
    store.users["mended"] = replace(user, user_id=8, session=0, due_at=1)
    assert await sweeper(bot, store, outbox, clock).sweep() == 1
    assert [vars(record)["cause"] for record in caplog.records] == ["does not fit a reminder at session"]


@pytest.mark.parametrize(
    "mend",
    [
        {"state": {"S": "OF_A_NEWER_RELEASE"}},
        {"state": {"N": "1"}},
        {"calls": {"L": [{"N": "1"}]}},
        {"telegramId": {"S": "8"}},
        {"lastTouch": {"M": {"date": {"N": "1"}}}},
        {"wakes": {"N": "0.5"}},
    ],
)
async def test_a_stored_row_that_cannot_be_read_takes_no_place_and_holds_up_nobody(
    tables_endpoint: str, bot: str, outbox: Outbox, mend: dict[str, Any]
) -> None:
    clock, meter = MovingClock(), CountingMeter()
    (name, value) = next(iter(mend.items()))
    async with dynamo_store(tables_endpoint, PREFIX, clock) as store:
        for number in (1, 2, 3):
            handler = onboarding(bot, store, Outbox(), clock)
            await handler.handle(coming(update(bot, number, written("/start", 1, number))))
        for number in (1, 2):
            await store._client.update_item(
                TableName=f"{PREFIX}users",
                Key={"userId": {"S": f"{bot}:telegram_{number}"}},
                UpdateExpression="SET #name = :value",
                ExpressionAttributeNames={"#name": name},
                ExpressionAttributeValues={":value": value},
            )
        await clock.sleep(61)
        assert await sweeper(bot, store, outbox, clock, meter, limit=1).sweep() == 1
    (reminder, _) = outbox.published[0]
    assert isinstance(reminder, StepDue)
    assert reminder.user_id == 3
    assert meter.counts["seen",] == 3


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
