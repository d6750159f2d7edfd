"""The laws on the whole platform: two replicas of onboarding, every update twice, unrelated ones in any order."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from lbc_contracts.ids import user_key
from lbc_contracts.topology import Service
from lbc_runtime.brand import load_brand
from lbc_testkit.demo import LEAVE_AFTER, LeaveAfter, Plan, travel
from lbc_testkit.http import answers
from lbc_testkit.ports import free_port
from lbc_testkit.process import Launch, running
from lbc_testkit.stack import Stack
from lbc_testkit.stack.services import TABLES_PREFIX
from support import load, platform
from telegram_sim.client import Sim

pytestmark = pytest.mark.asyncio(loop_scope="session")

End = dict[str, dict[str, str] | None]

BRAND = load_brand(Path(__file__).parents[2] / "brands" / "demo")
PEOPLE = 15
SAME = ("state", "session", "attempt", "pending", "reachable", "language", "name")
"""What must be the same however the updates came; the rest are numbers and times of messages."""


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def second(stack: Stack) -> AsyncIterator[Stack]:
    """The platform seen with the other replica of onboarding."""
    port = free_port()
    launch = stack.services[Service.ONBOARDING].launch

    async def ready() -> bool:
        return await answers(f"http://127.0.0.1:{port}/readyz", status=200)

    environment = {**(launch.env or {}), "LBC_ADMIN_PORT": str(port)}
    values = {**vars(launch), "name": "onboarding-2", "env": environment, "ready": ready}
    async with running(Launch(**values)):
        yield dataclasses.replace(stack, admin_ports=stack.admin_ports | {Service.ONBOARDING: port})


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def kind_end(stack: Stack) -> End:
    """How it ends for a person whose updates come once each, and in order."""
    async with Sim(stack.addresses.telegram) as sim:
        return await end_of(stack, sim, Plan())


@pytest.mark.parametrize("leave_after", [None, *LEAVE_AFTER])
async def test_hostile_delivery_ends_as_a_kind_one(
    stack: Stack, sim: Sim, kind_end: End, leave_after: LeaveAfter | None
) -> None:
    assert await end_of(stack, sim, Plan(leave_after=leave_after, hostile=True)) == kind_end


async def test_people_at_once_with_every_update_twice(stack: Stack, second: Stack, sim: Sim) -> None:
    doubtful = await platform.metric(stack, Service.DELIVERY, "lbc_sends_doubtful_total")
    handled = [await platform.metric(each, Service.ONBOARDING, "lbc_messages_total") for each in (stack, second)]
    await sim.switch(duplicate_updates=True)
    async with load.joining(sim, per_second=10, most=PEOPLE) as people:
        await platform.until(lambda: all_done(people), "everybody at the end")
        await people.everyone_done()
        await sim.idle()
        await load.done_and_drained(stack, people.travellers)

        assert people.doubled == 0
    assert await platform.dead(stack) == {}
    assert await platform.metric(stack, Service.DELIVERY, "lbc_sends_doubtful_total") == doubtful
    for each, before in zip((stack, second), handled, strict=True):
        assert await platform.metric(each, Service.ONBOARDING, "lbc_messages_total") > before


async def test_the_last_choice_of_a_language_stands_and_one_wish_is_filed(
    stack: Stack, second: Stack, sim: Sim
) -> None:
    before = [await platform.metric(each, Service.ONBOARDING, "lbc_messages_total") for each in (stack, second)]
    await sim.switch(duplicate_updates=True)
    alice = await sim.person("Alice", language="en")
    await alice.start()
    await alice.expects("video")
    await alice.say("/language")
    await alice.expects("text", button="language:es")
    await alice.say("/delete_me")
    await alice.expects("text", button="delete_me")
    for _ in range(8):
        for code in ("en", "es"):
            await alice.tap(f"language:{code}")
        await alice.tap("delete_me")
    await sim.idle()
    await load.done_and_drained(stack, ())
    row = (await load.people_rows(stack))[alice.id]
    assert row["chosenLanguage"] == {"S": "es"}
    async with stack.aws("dynamodb") as dynamodb:
        key = {"userId": {"S": user_key(stack.settings.bot, alice.id)}}
        filed = await dynamodb.get_item(TableName=f"{TABLES_PREFIX}requests", Key=key, ConsistentRead=True)
        event = {"eventId": filed["Item"]["eventId"]}
        decided = await dynamodb.get_item(TableName=f"{TABLES_PREFIX}events", Key=event, ConsistentRead=True)
    assert decided["Item"]["kind"] == {"S": "delete_confirmed"}
    said = [message.text for message in await alice.messages()]
    assert said.count(BRAND.texts["es"].delete_filed) + said.count(BRAND.texts["en"].delete_filed) == 1
    assert await platform.dead(stack) == {}
    for each, known in zip((stack, second), before, strict=True):
        assert await platform.metric(each, Service.ONBOARDING, "lbc_messages_total") > known


async def end_of(stack: Stack, sim: Sim, plan: Plan) -> End:
    """Travel, and give what is stored of the traveller at the end."""
    known = set(await load.people_rows(stack))
    journey = await travel(sim, plan)
    assert journey.complete, (journey.steps, journey.doubled)
    await load.done_and_drained(stack, set(await load.people_rows(stack)) - known)
    rows = await load.people_rows(stack)
    (new,) = set(rows) - known
    return {name: rows[new].get(name) for name in SAME}


async def all_done(people: load.Load) -> bool:
    return people.done == PEOPLE
