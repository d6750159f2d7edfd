"""A link or a referrer that everybody comes by at once: DynamoDB cancels transactions, and no person pays for it.

DynamoDB Local never answers that another transaction holds an item, so a proxy before it does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onboarding_world.edges import NOON, NOON_S, PREFIX, MovingClock, coming, dynamo_store, update, written
from onboarding_world.place import Place

from lbc_contracts.reasons import REASONS
from lbc_onboarding.adapters.tables import CONFLICT_PAUSE, CONFLICT_TRIES
from lbc_onboarding.domain.attribution import CROWDED_ARRIVAL, Past, visit_of
from lbc_runtime.errors import DependencyDown, Park
from lbc_testkit.dynamo_faults import Conflict, DynamoFaults, dynamo_faults

LINK, REFERRER = 4, 5
"""Where a stranger's transaction has them: after the event, the tombstone, the person and the session."""


@pytest.fixture
async def crowd(tables_endpoint: str, bot: str) -> AsyncIterator[tuple[Place, DynamoFaults, MovingClock]]:
    clock = MovingClock()
    async with dynamo_faults(tables_endpoint) as proxy, dynamo_store(proxy.endpoint, PREFIX, clock) as store:
        yield Place(bot, store), proxy, clock


def takes_something(body: Mapping[str, Any]) -> bool:
    return len(body["TransactItems"]) > LINK


@pytest.mark.parametrize("item", [LINK, REFERRER])
async def test_a_crowd_that_stays_costs_the_attribution_and_nothing_else(crowd: Any, item: int) -> None:
    place, proxy, clock = crowd
    token = await place.capped(5)
    held = proxy.inject(Conflict(item=item), operation="TransactWriteItems", times=None, matches=takes_something)
    message = await place.open(token, 1)
    assert held.fired == CONFLICT_TRIES
    assert len(clock.slept) == CONFLICT_TRIES - 1
    known = await place.store.load(place.bot, 1)
    assert (known.pending, known.first_touch.reason, known.last_touch.referrer) == (True, "crowded", "")
    assert known.past == Past()
    assert [touch.reason for touch in await place.kept(1) if touch] == ["crowded"]
    assert (place.counted("crowded"), place.counted("verified")) == (1, 0)
    assert await place.uses(token) == 0
    proxy.clear()
    await place.onboarding.handle(message)
    assert (await place.store.load(place.bot, 1), await place.uses(token)) == (known, 0)
    await place.open(token, 1)
    assert ((await place.last(1)).reason, await place.uses(token)) == ("verified", 1)


async def test_a_crowd_that_passes_costs_nothing(crowd: Any) -> None:
    place, proxy, clock = crowd
    token = await place.capped(5)
    proxy.inject(Conflict(item=LINK), operation="TransactWriteItems", times=CONFLICT_TRIES - 1, matches=takes_something)
    await place.open(token, 1)
    assert ((await place.last(1)).reason, await place.uses(token)) == ("verified", 1)
    assert clock.slept == sorted(clock.slept)
    assert sum(clock.slept) < CONFLICT_PAUSE * 2**CONFLICT_TRIES


async def test_whoever_is_known_is_let_in_as_well(crowd: Any) -> None:
    place, proxy, _ = crowd
    await place.open("", 1)
    referrer = 3
    crowd_of_them = proxy.inject(
        Conflict(item=referrer),
        operation="TransactWriteItems",
        times=None,
        matches=lambda body: len(body["TransactItems"]) > referrer,
    )
    await place.open(place.token(referrer=99), 1)
    assert crowd_of_them.fired == CONFLICT_TRIES
    known = await place.store.load(place.bot, 1)
    assert (known.first_touch.reason, known.last_touch.reason, known.visits) == ("organic", "crowded", 2)


async def test_an_event_of_whom_all_others_name_waits_and_spends_no_attempt(crowd: Any) -> None:
    place, proxy, _ = crowd
    await place.open("", 99)
    talks = coming(update(place.bot, 50, written("/help", 50, 99, date=NOON_S + 50), NOON))
    with proxy.injecting(Conflict(item=1), operation="TransactWriteItems"), pytest.raises(Park) as parked:
        await place.onboarding.handle(talks)
    assert parked.value.reason == "transaction-conflict"
    await place.onboarding.handle(talks)
    assert (await place.store.load(place.bot, 99)).version == 2


async def test_a_table_in_trouble_is_no_crowd(crowd: Any) -> None:
    place, proxy, _ = crowd
    token = await place.capped(5)
    throttled = Conflict(code="ThrottlingError", item=LINK)
    with proxy.injecting(throttled, operation="TransactWriteItems"), pytest.raises(DependencyDown):
        await place.open(token, 1)
    assert place.counted("crowded") == 0


async def test_in_a_crowd_every_person_is_let_in_and_no_use_counted_twice(crowd: Any) -> None:
    place, proxy, _ = crowd
    token = await place.capped(100)
    proxy.inject(Conflict(item=LINK), operation="TransactWriteItems", times=4 * CONFLICT_TRIES, matches=takes_something)
    await asyncio.gather(*(place.open(token, user_id) for user_id in range(1, 13)))
    assert all([(await place.store.load(place.bot, user_id)).pending for user_id in range(1, 13)])
    assert place.counted("verified") + place.counted("crowded") == 12
    assert await place.uses(token) == place.counted("verified") >= 8


@given(st.integers(1), st.integers(0), st.builds(Past, links=st.just(("a",)), referrers=st.just((5,))))
def test_a_visit_in_a_crowd_takes_nothing_and_changes_no_past(date: int, message_id: int, past: Past) -> None:
    visit = visit_of(CROWDED_ARRIVAL, past, user_id=7, date=date, message_id=message_id)
    assert (visit.link, visit.referrer, visit.past) == ("", None, past)
    assert visit.touch.reason in REASONS
    assert visit == replace(visit, touch=replace(visit.touch, verified=False, campaign_id="", referrer=""))
