"""Requests, tombstones and rows of a newer release, in both stores."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from onboarding_world.edges import NEVER, PREFIX, dynamo_store

from lbc_contracts.ids import Step, user_key
from lbc_contracts.privacy import tombstone_key
from lbc_onboarding.adapters.memory import MemoryStore
from lbc_onboarding.adapters.tables import DynamoStore
from lbc_onboarding.app.ports import Committed, EventRow, Moved, Repeated, Unreadable
from lbc_onboarding.domain.attribution import Touch
from lbc_onboarding.domain.person import Tombstone, User
from lbc_runtime.errors import Park

AT = 4_000_000_000_000


def person(bot: str, **more: Any) -> User:
    return User(bot=bot, user_id=7, chat_id=7, created_at=1, version=1, **more)


def row(bot: str, name: str = "one", files: str | None = None) -> EventRow:
    return EventRow(f"{bot}:{name}", bot, 7, AT, "start", "{}", "applied", (), files=files)


async def bury(store: Any, bot: str, left: Tombstone) -> None:
    """As the erasure does it: the row gives way to the tombstone."""
    if isinstance(store, MemoryStore):
        store.users.pop(user_key(bot, 7), None)
        store.tombstones[user_key(bot, 7)] = left
        return
    numbers = {"erasedAt": left.erased_at, "session": left.session, "expiresAt": NEVER}
    item = {"personHash": {"S": tombstone_key(bot, 7)}} | {name: {"N": str(n)} for name, n in numbers.items()}
    person_key = {"userId": {"S": user_key(bot, 7)}}
    await store._client.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": f"{PREFIX}tombstones", "Item": item}},
            {"Delete": {"TableName": f"{PREFIX}users", "Key": person_key}},
        ]
    )


async def test_a_wish_and_a_choice_are_stored_with_the_person(store: Any, bot: str) -> None:
    user = person(
        bot, chosen_at=5, chosen_language="es", erasure_asked_at=6, erased_at=4, steps=(Step.GREETING, Step.DONE)
    )
    assert await store.commit(row(bot), None, user) == Committed()
    assert await store.load(bot, 7) == user


async def test_whom_a_tombstone_stands_for_is_known_by_it_alone(store: Any, bot: str) -> None:
    left = Tombstone(AT, 3)
    await store.commit(row(bot), None, person(bot))
    await bury(store, bot, left)
    assert await store.load(bot, 7) == left
    assert await store.load(f"{bot}x", 7) is None


async def test_a_person_is_begun_over_the_tombstone_that_was_looked_at_alone(store: Any, bot: str) -> None:
    left = Tombstone(AT, 3)
    user = person(bot, session=4, erased_at=AT)
    await bury(store, bot, left)
    for seen in (None, Tombstone(AT - 1, 3)):
        assert await store.commit(row(bot), seen, user) == Moved()
        assert await store.commit(row(bot), seen, None) == Moved()
    assert await store.load(bot, 7) == left
    assert await store.commit(row(bot), left, user) == Committed()
    assert await store.load(bot, 7) == user
    assert await store.commit(row(bot), left, user) == Repeated(())


async def test_who_was_looked_at_and_is_erased_meanwhile_stays_erased(store: Any, bot: str) -> None:
    user = person(bot)
    await store.commit(row(bot), None, user)
    await bury(store, bot, Tombstone(AT, 1))
    assert await store.commit(row(bot, "two"), user, replace(user, version=2)) == Moved()
    assert await store.load(bot, 7) == Tombstone(AT, 1)


async def test_who_looked_at_the_life_before_writes_nothing_into_the_one_after(store: Any, bot: str) -> None:
    before = person(bot, name="Ana before", first_touch=Touch(5, 6, source="mail", reason="unverified"))
    await store.commit(row(bot), None, before)
    left = Tombstone(AT, 1)
    await bury(store, bot, left)
    reborn = replace(person(bot, session=2, erased_at=AT, name="Ana"), created_at=AT + 1)
    assert reborn.version == before.version
    assert await store.commit(row(bot, "two"), left, reborn) == Committed()
    assert await store.commit(row(bot, "late"), before, replace(before, version=2)) == Moved()
    assert await store.load(bot, 7) == reborn
    assert await store.commit(row(bot, "three"), reborn, replace(reborn, version=2)) == Committed()


async def test_a_request_is_a_row_of_the_same_transaction(dynamo: DynamoStore, bot: str) -> None:
    user = person(bot, erasure_asked_at=5)
    assert await dynamo.commit(row(bot, files="es"), person(bot), user) == Moved()
    assert await requests(dynamo, bot) == []
    assert await dynamo.commit(row(bot, files="es"), None, user) == Committed()
    assert await dynamo.commit(row(bot, "two"), user, replace(user, version=2)) == Committed()
    assert await requests(dynamo, bot) == [
        {
            "userId": {"S": f"{bot}:telegram_7"},
            "bot": {"S": bot},
            "telegramId": {"N": "7"},
            "requestedAt": {"N": str(AT)},
            "eventId": {"S": f"{bot}:one"},
            "language": {"S": "es"},
        }
    ]


async def requests(store: DynamoStore, bot: str) -> list[Any]:
    """Those that are pending, as the erasure finds them."""
    found = await store._client.query(
        TableName=f"{PREFIX}requests",
        IndexName="pending",
        KeyConditionExpression="bot = :bot",
        ExpressionAttributeValues={":bot": {"S": bot}},
    )
    items: list[Any] = found["Items"]
    return items


async def test_a_row_of_an_older_release_means_what_it_meant(
    tables_endpoint: str, dynamo: DynamoStore, bot: str
) -> None:
    user = person(bot)
    await dynamo.commit(row(bot), None, user)
    async with dynamo_store(tables_endpoint, PREFIX) as other:
        await other._client.update_item(
            TableName=f"{PREFIX}users",
            Key={"userId": {"S": user_key(bot, 7)}},
            UpdateExpression="REMOVE #s, chosenAt, restartToldId, givenUpAt, backAt",
            ExpressionAttributeNames={"#s": "steps"},
        )
    assert await dynamo.load(bot, 7) == user


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("state", {"S": "QUIZ_SENT"}),
        ("calls", {"L": [{"N": "0"}] * 5}),
        ("steps", {"L": [{"S": "video"}, {"S": "quiz"}, {"S": "done"}]}),
    ],
)
async def test_a_person_whom_a_newer_release_moved_waits_for_it(
    tables_endpoint: str, dynamo: DynamoStore, bot: str, attribute: str, value: Any
) -> None:
    await dynamo.commit(row(bot), None, person(bot, pending=True, due_at=5))
    async with dynamo_store(tables_endpoint, PREFIX) as other:
        await other._client.update_item(
            TableName=f"{PREFIX}users",
            Key={"userId": {"S": user_key(bot, 7)}},
            UpdateExpression="SET #a = :v",
            ExpressionAttributeNames={"#a": attribute},
            ExpressionAttributeValues={":v": value},
        )
    with pytest.raises(Park) as parked:
        await dynamo.load(bot, 7)
    assert (parked.value.reason, parked.value.delay) == ("too-new", 60)
    (found,) = await dynamo.overdue(bot, 9, 9)
    assert isinstance(found, Unreadable)
