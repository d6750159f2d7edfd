"""One suite for both stores, and what only the real one can do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from onboarding_world.edges import BRAND, NEVER, NOON, PREFIX, MovingClock, dynamo_store

from lbc_contracts.ids import Step
from lbc_contracts.messages import Send
from lbc_onboarding.adapters.tables import CONFLICT_TRIES, DynamoStore, Life
from lbc_onboarding.app.ports import Committed, EventRow, Moved, Repeated
from lbc_onboarding.domain.attribution import Past, Touch
from lbc_onboarding.domain.fsm import State
from lbc_onboarding.domain.person import User
from lbc_onboarding.domain.render import Writer
from lbc_runtime.errors import DependencyDown, Park
from lbc_testkit import dynamo_faults as faults


def person(bot: str, **more: Any) -> User:
    return User(bot=bot, user_id=7, chat_id=7, created_at=1, version=1, **more)


def command(user: User) -> Send:
    return Writer(BRAND, user, "e", "c", NOON).ask(Step.VIDEO)


def row(bot: str, name: str = "one", commands: tuple[Send, ...] = ()) -> EventRow:
    return EventRow(f"{bot}:{name}", bot, 7, 1000 * NEVER, "start", "{}", "applied", commands)


async def test_what_is_committed_is_loaded(store: Any, bot: str) -> None:
    touch = Touch(5, 6, source="mail", campaign="spring", referrer="9", reason="unverified")
    user = person(
        bot,
        state=State.TTS_SENT,
        pending=True,
        reachable=False,
        session=3,
        attempt=2,
        wakes=1,
        due_at=99,
        message_id=4,
        message_at=5,
        restart_id=6,
        calls=(1, 2, 3, 4),
        first_message_id=8,
        step_message_id=9,
        step_delivered_at=10,
        failed_at=11,
        restart_told_id=16,
        given_up_at=17,
        back_at=18,
        heard_at=12,
        unreachable_at=13,
        member_date=14,
        blocked_date=15,
        language="es",
        name="Ana",
        first_touch=touch,
        last_touch=replace(touch, verified=True, campaign_id="jsggfgvj"),
        past=Past(links=("a", "b"), referrers=(1, 2)),
        visits=3,
    )
    assert await store.load(bot, 7) is None
    assert await store.commit(row(bot), None, user) == Committed()
    assert await store.load(bot, 7) == user


async def test_a_second_commit_of_an_event_gives_back_its_first_commands(store: Any, bot: str) -> None:
    user = person(bot)
    first = (command(user), replace_id(command(user), "another"))
    await store.commit(row(bot, commands=first), None, user)
    other = replace(user, version=2, state=State.DONE)
    assert await store.commit(row(bot), user, other) == Repeated(first)
    assert await store.load(bot, 7) == user


async def test_the_event_is_looked_at_before_the_version(store: Any, bot: str) -> None:
    user = person(bot)
    await store.commit(row(bot), None, user)
    assert await store.commit(row(bot), None, user) == Repeated(())


async def test_a_version_that_moved_writes_nothing(store: Any, bot: str) -> None:
    user = person(bot)
    await store.commit(row(bot), None, user)
    assert await store.commit(row(bot, "two"), None, user) == Moved()
    stale = replace(user, version=5)
    assert await store.commit(row(bot, "two"), stale, replace(user, version=6)) == Moved()
    second = replace(user, version=2, name="Eva")
    assert await store.commit(row(bot, "two"), user, second) == Committed()
    assert await store.load(bot, 7) == second


async def test_an_event_of_nobody_is_kept_as_well(store: Any, bot: str) -> None:
    assert await store.commit(row(bot), None, None) == Committed()
    assert await store.commit(row(bot), None, None) == Repeated(())
    assert await store.load(bot, 7) is None


async def test_what_lost_its_value_is_gone(store: Any, bot: str) -> None:
    user = person(bot, due_at=5, pending=True, step_message_id=4)
    await store.commit(row(bot), None, user)
    after = replace(user, version=2, due_at=None, step_message_id=None)
    await store.commit(row(bot, "two"), user, after)
    assert await store.load(bot, 7) == after
    assert await store.overdue(bot, 10, 10) == []


async def test_overdue_people_come_longest_first_and_bounded(store: Any, bot: str) -> None:
    for number, due in ((1, 30), (2, 10), (3, 20), (4, 99)):
        user = replace(person(bot, due_at=due, pending=True), user_id=number)
        await store.commit(row(bot, f"e{number}"), None, user)
    assert [user.user_id for user in await store.overdue(bot, 30, 10)] == [2, 3, 1]
    assert [user.user_id for user in await store.overdue(bot, 30, 2)] == [2, 3]
    assert await store.overdue(f"{bot}x", 30, 10) == []


async def test_of_many_who_hold_one_event_one_commits(store: Any, bot: str) -> None:
    user = person(bot)
    commands = (command(user),)
    results = await asyncio.gather(*(store.commit(row(bot, commands=commands), None, user) for _ in range(8)))
    assert results.count(Committed()) == 1
    assert results.count(Repeated(commands)) == 7


async def test_of_many_who_change_one_person_one_commits(store: Any, bot: str) -> None:
    user = person(bot)
    await store.commit(row(bot), None, user)
    changed = replace(user, version=2)
    results = await asyncio.gather(*(store.commit(row(bot, f"e{n}"), user, changed) for n in range(8)))
    assert results.count(Committed()) == 1
    assert results.count(Moved()) == 7


def replace_id(send: Send, identity: str) -> Send:
    return send.model_copy(update={"id": identity})


@asynccontextmanager
async def behind_faults(endpoint: str) -> AsyncIterator[tuple[DynamoStore, faults.DynamoFaults, MovingClock]]:
    clock = MovingClock()
    async with faults.dynamo_faults(endpoint) as proxy, dynamo_store(proxy.endpoint, PREFIX, clock) as store:
        yield store, proxy, clock


async def test_a_short_conflict_is_waited_out(tables_endpoint: str, bot: str) -> None:
    async with behind_faults(tables_endpoint) as (store, proxy, clock):
        proxy.inject(faults.TRANSACTION_CONFLICT, operation="TransactWriteItems", times=CONFLICT_TRIES - 1)
        assert await store.commit(row(bot), None, person(bot)) == Committed()
        assert len(clock.slept) == CONFLICT_TRIES - 1


async def test_a_long_conflict_spends_no_attempt(tables_endpoint: str, bot: str) -> None:
    async with behind_faults(tables_endpoint) as (store, proxy, _):
        conflict = proxy.inject(faults.Conflict(item=1), operation="TransactWriteItems", times=None)
        with pytest.raises(Park, match="transaction-conflict"):
            await store.commit(row(bot), None, person(bot))
        assert conflict.fired == CONFLICT_TRIES
        proxy.clear()
        assert await store.load(bot, 7) is None


@pytest.mark.parametrize(
    "fault",
    [
        faults.THROTTLED,
        faults.THROUGHPUT_EXCEEDED,
        faults.REQUEST_LIMIT,
        faults.INTERNAL_ERROR,
        faults.UNAVAILABLE,
        faults.CLOSE_BEFORE,
        faults.Conflict(code="ThrottlingError"),
    ],
)
async def test_trouble_of_the_store_is_not_the_messages_fault(
    tables_endpoint: str, bot: str, fault: faults.Fault
) -> None:
    async with behind_faults(tables_endpoint) as (store, proxy, _):
        with proxy.injecting(fault), pytest.raises(DependencyDown):
            await store.commit(row(bot), None, person(bot))
        assert await store.commit(row(bot), None, person(bot)) == Committed()


async def test_reads_say_that_the_store_is_down(tables_endpoint: str, bot: str) -> None:
    async with behind_faults(tables_endpoint) as (store, proxy, _):
        with proxy.injecting(faults.THROTTLED):
            for call in (store.load(bot, 7), store.overdue(bot, 1, 1), store.probe()):
                with pytest.raises(DependencyDown):
                    await call
        await store.probe()


async def test_a_write_of_unknown_fate_meets_its_own_event(tables_endpoint: str, bot: str) -> None:
    commands = (command(person(bot)),)
    async with behind_faults(tables_endpoint) as (store, proxy, _):
        proxy.inject(faults.CLOSE_AFTER, operation="TransactWriteItems")
        with pytest.raises(DependencyDown):
            await store.commit(row(bot, commands=commands), None, person(bot))
        assert await store.commit(row(bot, commands=commands), None, person(bot)) == Repeated(commands)


async def test_attributes_of_others_survive_an_update(tables_endpoint: str, dynamo: DynamoStore, bot: str) -> None:
    user = person(bot)
    await dynamo.commit(row(bot), None, user)
    async with dynamo_store(tables_endpoint, PREFIX) as other:
        raw = other._client
        key = {"userId": {"S": f"{bot}:telegram_7"}}
        await raw.update_item(
            TableName=f"{PREFIX}users",
            Key=key,
            UpdateExpression="SET note = :n",
            ExpressionAttributeValues={":n": {"S": "x"}},
        )
        await dynamo.commit(row(bot, "two"), user, replace(user, version=2))
        item = (await raw.get_item(TableName=f"{PREFIX}users", Key=key))["Item"]
    assert item["note"] == {"S": "x"}
    assert item["version"] == {"N": "2"}


async def test_commands_of_a_newer_release_wait_for_it(tables_endpoint: str, dynamo: DynamoStore, bot: str) -> None:
    user = person(bot)
    commands = (command(user), replace_id(command(user), "another"))
    await dynamo.commit(row(bot, commands=commands), None, user)
    async with dynamo_store(tables_endpoint, PREFIX) as other:
        newer = [json.loads(send.model_dump_json(exclude_none=True)) for send in commands]
        newer[1] |= {"version": Send.VERSION + 1, "unheard_of": True}
        await other._client.update_item(
            TableName=f"{PREFIX}events",
            Key={"eventId": {"S": f"{bot}:one"}},
            UpdateExpression="SET commands = :c",
            ExpressionAttributeValues={":c": {"S": json.dumps(newer)}},
        )
    with pytest.raises(Park) as parked:
        await dynamo.commit(row(bot), user, replace(user, version=2))
    assert (parked.value.reason, parked.value.delay) == ("too-new", 60)
    assert await dynamo.load(bot, 7) == user


class FailingClient:
    """Of DynamoDB; every call ends in ``error``."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def _fail(self, **_: object) -> None:
        raise self.error

    get_item = query = transact_write_items = _fail


def failing(error: Exception) -> DynamoStore:
    return DynamoStore(FailingClient(error), PREFIX, life=Life(), clock=MovingClock())


def no(code: str, operation: str = "GetItem") -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 400}}, operation)


@pytest.mark.parametrize(
    "error",
    [
        no("AccessDeniedException"),
        no("InvalidSignatureException"),
        no("NobodyForesawThisException"),
        no("InvalidIdentityToken", "AssumeRoleWithWebIdentity"),
        TimeoutError(),
        RuntimeError("Credentials were refreshed, but the refreshed credentials are still expired."),
    ],
)
async def test_what_is_not_about_the_person_is_not_the_messages_fault(error: Exception, bot: str) -> None:
    store = failing(error)
    for call in (
        store.load(bot, 7),
        store.commit(row(bot), None, person(bot)),
        store.overdue(bot, 1, 1),
        store.probe(),
    ):
        with pytest.raises(DependencyDown) as caught:
            await call
        assert caught.value.dependency == "dynamodb"


async def test_a_request_that_makes_no_sense_is_a_bug(bot: str) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        await failing(no("ValidationException")).load(bot, 7)
