"""Laws of links: whatever people open, in any order and however often it comes, the counts agree with the people."""

from __future__ import annotations

import asyncio
import secrets
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from onboarding_world.edges import PREFIX, dynamo_store
from onboarding_world.place import Place

from lbc_onboarding.adapters.memory import MemoryStore
from lbc_runtime.errors import Transient

PEOPLE = (1, 2, 3, 4)
LINKS = (0, 1)
AT_ONCE = 3
COMMON: dict[str, Any] = {
    "deadline": None,
    "phases": [Phase.explicit, Phase.generate],
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}

opened = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(["referral", "capped"]), st.sampled_from(PEOPLE))
"""Who opens a link, of which kind, and whose or which that is."""


async def all_open(place: Place, visits: list[tuple[int, str, int]], most: int) -> None:
    """Open some at a time, each update in the hands of two workers, and compare the counts with the people."""
    capped = [await place.capped(most, nonce=number) for number in LINKS]

    async def take(message: Any) -> None:
        for _ in range(20):
            try:
                await place.onboarding.handle(message)
            except Transient:
                continue
            return
        raise AssertionError("never through")

    messages = []
    for person, kind, which in visits:
        token = place.token(referrer=which) if kind == "referral" else capped[which % len(LINKS)]
        messages.append(place.message(token, person))
    for begin in range(0, len(messages), AT_ONCE):
        await asyncio.gather(*(take(message) for message in messages[begin : begin + AT_ONCE] for _ in range(2)))

    known = [user for person in PEOPLE if (user := await place.store.load(place.bot, person))]
    used: defaultdict[str, int] = defaultdict(int)
    for user in known:
        for link in user.past.links:
            used[link] += 1
    counters = [await place.uses(token) for token in capped]
    assert sorted(used.values()) == sorted(filter(None, counters))
    assert all(uses <= most for uses in used.values())
    referred = {(user.user_id, referrer) for user in known for referrer in user.past.referrers}
    assert not {(referrer, person) for person, referrer in referred} & referred
    assert sum(user.visits for user in known) == len(visits)
    counted = {key: count for key, count in place.meter.counts.items() if key[0] == "touch"}
    assert sum(counted.values()) == len(visits)
    for user in known:
        assert len(await place.kept(user.user_id)) == user.visits


@settings(max_examples=100, **COMMON)
@given(st.lists(opened, max_size=12), st.integers(1, 4))
def test_counts_agree_with_the_people_in_memory(visits: list[tuple[int, str, int]], most: int) -> None:
    asyncio.run(all_open(Place("law", MemoryStore()), visits, most))


@pytest.fixture
def endpoint(tables_endpoint: str) -> str:
    return tables_endpoint


@settings(max_examples=6, **COMMON)
@given(st.lists(opened, min_size=4, max_size=8), st.integers(1, 3))
def test_counts_agree_with_the_people_in_the_tables(
    endpoint: str, visits: list[tuple[int, str, int]], most: int
) -> None:
    async def run() -> None:
        async with dynamo_store(endpoint, PREFIX) as store:
            await all_open(Place(f"law_{secrets.token_hex(6)}", store), visits, most)

    asyncio.run(run())
