"""The laws once more, over the real transaction: workers side by side, each event held by several of them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from onboarding_world.decided import RULES, end_of
from onboarding_world.edges import PREFIX, CountingMeter, MovingClock, Outbox, dynamo_store, onboarding
from onboarding_world.story import World

from lbc_onboarding.app.handle import Onboarding
from lbc_onboarding.app.ports import Store
from lbc_onboarding.domain.decide import Event
from lbc_onboarding.domain.fsm import State
from lbc_runtime.errors import Transient

COPIES = 3
SETTINGS = settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def story_of(data: Any) -> World:
    world = World(data.draw)
    world.arrive(data.draw(st.sampled_from(State)))
    world.live(data.draw(st.integers(3, 15)))
    return world


async def hold_together(store: Store, bot: str, history: Sequence[Event], order: random.Random) -> tuple[Any, set[str]]:
    """Each event in the hands of several workers at once, and each copy handled until it is through."""
    outbox = Outbox()
    workers = [
        onboarding(bot, store, outbox, MovingClock(datetime.now(UTC)), CountingMeter(), RULES) for _ in range(COPIES)
    ]

    async def take(worker: Onboarding, event: Event) -> None:
        for _ in range(20):
            try:
                await worker._settle(event)
            except Transient:
                continue
            return
        raise AssertionError("never through")

    for event in history:
        copies = [*workers]
        order.shuffle(copies)
        await asyncio.gather(*(take(worker, event) for worker in copies))
    return await store.load(bot, 7), {send.id for send in outbox.sends}


@pytest.fixture
def endpoint(tables_endpoint: str) -> str:
    return tables_endpoint


@SETTINGS
@given(st.data())
def test_workers_side_by_side_end_where_one_alone_does(endpoint: str, data: Any) -> None:
    world = story_of(data)
    order = data.draw(st.randoms(use_true_random=False))
    bot = f"law_{random.SystemRandom().getrandbits(48):x}"
    history = [moved(event, bot) for event in world.history]

    async def run() -> tuple[Any, set[str]]:
        async with dynamo_store(endpoint, PREFIX) as store:
            return await hold_together(store, bot, history, order)

    user, sent = asyncio.run(run())
    alone = world.onboarding
    assert (end_of(user) if user else None) == alone.end
    assert sent == {renamed(identity, bot) for identity in alone.emitted}
    if user:
        assert user.version == len({event.id for event in history})


def moved(event: Event, bot: str) -> Event:
    """The same event, of another bot."""
    return Event(renamed(event.id, bot), event.correlation_id, bot, event.user_id, event.what, event.person)


def renamed(identity: str, bot: str) -> str:
    return identity.replace("alba:", f"{bot}:") if identity.startswith("alba:") else f"{bot}:{identity}"
