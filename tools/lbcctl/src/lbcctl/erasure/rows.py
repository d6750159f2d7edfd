"""A person's rows in DynamoDB: the tombstone first, and everything that names them after it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

from botocore.exceptions import ClientError

from lbc_contracts import tables
from lbc_contracts.privacy import tombstone_end, tombstone_key
from lbc_contracts.tables import Table
from lbcctl.erasure.person import Item, Person, Tombstone
from lbcctl.exits import Exit, StopError

_TRIES: Final = 20
_PAUSE: Final = 0.1
_BATCH: Final = 25
_CANCELED: Final = "TransactionCanceledException"
_PASSING: Final = frozenset({"ConditionalCheckFailed", "TransactionConflict"})

TOGETHER: Final = 25
"""People whose rows one scan may look for: the length of a condition is limited."""

OPERATOR: Final = "lbcctl"
"""In a request's ``eventId``: filed by an operator and not by the person."""


class Rows:
    """The tables, as erasure sees them. Errors of AWS come out as they are.

    Args:
        dynamodb: an aiobotocore client.
        prefix: of the tables' names.
        events_days, deliveries_days: that the services keep such rows; a tombstone outlives both.
    """

    def __init__(self, dynamodb: Any, prefix: str, *, events_days: int, deliveries_days: int) -> None:
        self._dynamodb = dynamodb
        self._prefix = prefix
        self._events_days = events_days
        self._deliveries_days = deliveries_days

    async def requested(self, bot: str) -> list[Person]:
        """Who asked to be forgotten, the oldest request first; one filed this very moment may be missing."""
        condition = {"KeyConditionExpression": "bot = :bot", "ExpressionAttributeValues": {":bot": {"S": bot}}}
        found = self._pages("query", tables.REQUESTS, IndexName="pending", **condition)
        return [Person(bot, int(item["telegramId"]["N"]), int(item["requestedAt"]["N"])) async for item in found]

    async def request(self, bot: str, user_id: int, now: int) -> Person:
        """The request of a person, as of now: one that is open already is meant anew, or filed by the operator.

        So whatever there is of them now goes, and not just what an erasure that was interrupted has left.

        Args:
            bot: whose person.
            user_id: their Telegram id.
            now: ms.
        """
        person = Person(bot, user_id, now)
        others = {
            "bot": {"S": bot},
            "telegramId": {"N": str(user_id)},
            "eventId": {"S": OPERATOR},
            "language": {"S": ""},
        }
        names = {f"#{name}": name for name in others}
        kept = [f"#{name} = if_not_exists(#{name}, :{name})" for name in others]
        filed = await self.update(
            tables.REQUESTS,
            person.key,
            UpdateExpression=f"SET requestedAt = :now, {', '.join(kept)}",
            ConditionExpression="attribute_not_exists(requestedAt) OR requestedAt < :now",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={":now": {"N": str(now)}, **{f":{name}": one for name, one in others.items()}},
        )
        if filed:
            return person
        open_ = await self._get(tables.REQUESTS, person.key)
        return Person(bot, user_id, int(open_["requestedAt"]["N"])) if open_ else person

    async def close(self, person: Person) -> None:
        """Remove the request that was fulfilled, unless it was filed anew meanwhile."""
        try:
            await self._dynamodb.delete_item(
                TableName=self._name(tables.REQUESTS),
                Key={"userId": {"S": person.key}},
                ConditionExpression="attribute_not_exists(userId) OR requestedAt <= :at",
                ExpressionAttributeValues={":at": {"N": str(person.requested_at)}},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise

    async def bury(self, person: Person, now: int) -> Tombstone | None:
        """Put the tombstone in the place of the person's row, in one transaction.

        A tombstone younger than the request is the one of a run that was interrupted: it stays, and with it whoever
        began anew since.

        Returns:
            The tombstone; None if onboarding kept changing the row, and nothing was done.
        """
        for _ in range(_TRIES):
            stone = await self.tombstone(person)
            if stone and stone.erased_at >= person.requested_at:
                return stone
            row = await self._get(tables.USERS, person.key)
            session = max(int(row["session"]["N"]) if row else 0, stone.session if stone else 0)
            fresh = Tombstone(max(now, person.requested_at), session)
            try:
                await self._dynamodb.transact_write_items(TransactItems=self._burial(person, row, fresh))
            except ClientError as error:
                if not _moved(error):
                    raise
                await asyncio.sleep(_PAUSE)
            else:
                return fresh
        return None

    async def tombstone(self, person: Person) -> Tombstone | None:
        """The one that stands now."""
        item = await self._get(tables.TOMBSTONES, tombstone_key(person.bot, person.user_id))
        return Tombstone(int(item["erasedAt"]["N"]), int(item["session"]["N"])) if item else None

    async def person(self, key: str) -> Item | None:
        """A person's row, as all writes so far have left it."""
        return await self._get(tables.USERS, key)

    async def of_person(self, table: Table, key: str) -> list[Item]:
        """Rows of ``events`` or ``sessions`` of the person with that key; those of the last second may be missing."""
        condition = {"KeyConditionExpression": "userId = :user", "ExpressionAttributeValues": {":user": {"S": key}}}
        return [item async for item in self._pages("query", table, IndexName="userId", **condition)]

    async def scan(self, table: Table, condition: str, values: dict[str, Any], **more: Any) -> AsyncIterator[Item]:
        """Rows of the whole table that fit, as all writes so far have left them."""
        async for item in self._pages(
            "scan",
            table,
            FilterExpression=condition,
            ExpressionAttributeValues=values,
            ConsistentRead=True,
            **more,
        ):
            yield item

    async def remove(self, table: Table, keys: Iterable[str]) -> None:
        """Remove rows, whether they are there or not."""
        wanted = [{"DeleteRequest": {"Key": {table.hash.name: {"S": key}}}} for key in dict.fromkeys(keys)]
        for first in range(0, len(wanted), _BATCH):
            await self._remove_batch(self._name(table), wanted[first : first + _BATCH])

    async def there(self, table: Table, keys: Iterable[str]) -> list[str]:
        """Which of those keys have a row."""
        return [key for key in dict.fromkeys(keys) if await self._get(table, key)]

    async def update(self, table: Table, key: str, **update: Any) -> bool:
        """One conditional update; False when its condition did not hold."""
        try:
            await self._dynamodb.update_item(TableName=self._name(table), Key={table.hash.name: {"S": key}}, **update)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def _burial(self, person: Person, row: Item | None, stone: Tombstone) -> list[dict[str, Any]]:
        end = tombstone_end(stone.erased_at, events_days=self._events_days, deliveries_days=self._deliveries_days)
        item = {
            "personHash": {"S": tombstone_key(person.bot, person.user_id)},
            "erasedAt": {"N": str(stone.erased_at)},
            "session": {"N": str(stone.session)},
            "expiresAt": {"N": str(end)},
        }
        where = {"TableName": self._name(tables.USERS), "Key": {"userId": {"S": person.key}}}
        if row is None:
            gone = {"ConditionCheck": {**where, "ConditionExpression": "attribute_not_exists(userId)"}}
        else:
            condition = {
                "ConditionExpression": "#version = :version",
                "ExpressionAttributeNames": {"#version": "version"},
                "ExpressionAttributeValues": {":version": row["version"]},
            }
            gone = {"Delete": {**where, **condition}}
        return [{"Put": {"TableName": self._name(tables.TOMBSTONES), "Item": item}}, gone]

    async def _pages(self, operation: str, table: Table, **arguments: Any) -> AsyncIterator[Item]:
        pages = self._dynamodb.get_paginator(operation).paginate(TableName=self._name(table), **arguments)
        async for page in pages:
            for item in page["Items"]:
                yield item

    async def _get(self, table: Table, key: str) -> Item | None:
        answer = await self._dynamodb.get_item(
            TableName=self._name(table), Key={table.hash.name: {"S": key}}, ConsistentRead=True
        )
        item: Item | None = answer.get("Item")
        return item

    async def _remove_batch(self, name: str, wanted: list[dict[str, Any]]) -> None:
        left = wanted
        for attempt in range(_TRIES):
            answer = await self._dynamodb.batch_write_item(RequestItems={name: left})
            left = answer.get("UnprocessedItems", {}).get(name, [])
            if not left:
                return
            await asyncio.sleep(_PAUSE * (attempt + 1))
        raise StopError(f"{name} is throttled: {len(left)} rows were not removed; run it again", Exit.DOWN)

    def _name(self, table: Table) -> str:
        return self._prefix + table.name


def _moved(error: ClientError) -> bool:
    reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", ())}
    return (
        error.response["Error"]["Code"] == _CANCELED
        and bool(reasons & _PASSING)
        and not (reasons - _PASSING - {"None", None})
    )
