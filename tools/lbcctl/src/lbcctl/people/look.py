"""Reads what is known of people from DynamoDB."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from lbc_contracts import tables
from lbc_contracts.ids import user_key
from lbc_contracts.tables import Table
from lbcctl.erasure.person import commands_of
from lbcctl.people.rows import Item, Waiting, waiting_of

_AT_ONCE: Final = 100  # keys that one BatchGetItem takes


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of a person.

    Attributes:
        user: their row.
        sessions: the newest first.
        events: the newest first.
        deliveries: rows of the commands of these events and of the one waited for, in no order.
        request: their wish to be forgotten, if it is open.
    """

    user: Item
    sessions: Sequence[Item]
    events: Sequence[Item]
    deliveries: Sequence[Item]
    request: Item | None


class People:
    """The tables that have people in them, read only.

    Args:
        dynamodb: an aiobotocore client.
        prefix: of the tables' names.
        bot: whose people.
    """

    def __init__(self, dynamodb: Any, prefix: str, bot: str) -> None:
        self._dynamodb = dynamodb
        self._prefix = prefix
        self._bot = bot

    async def row(self, user_id: int) -> Item | None:
        """A person's row as it is now."""
        return await self._get(tables.USERS, user_key(self._bot, user_id))

    async def known(self, user_id: int, events: int) -> Known | None:
        """All that is known of a person, with up to so many of their newest events; None if there is no row."""
        user = await self.row(user_id)
        if user is None:
            return None
        sessions = await self._newest(tables.SESSIONS, user_id, limit=1000)
        recent = await self._newest(tables.EVENTS, user_id, limit=events)
        ids = [command["id"] for event in recent for command in commands_of(event)]
        if waiting := waiting_of(user):
            ids.append(waiting.command(self._bot))
        request = await self._get(tables.REQUESTS, user_key(self._bot, user_id))
        by_number = sorted(sessions, key=lambda row: int(row["session"]["N"]), reverse=True)
        return Known(user, by_number, recent, await self._rows(tables.DELIVERIES, ids), request)

    async def waiting(self, now: datetime) -> AsyncIterator[Waiting]:
        """Who waits for a step that is overdue, or was and is asked for again; the sparse index may lag by a moment."""
        values = {":bot": {"S": self._bot}}
        arguments = {"KeyConditionExpression": "dueBucket = :bot", "ExpressionAttributeValues": values}
        async for item in self._pages("query", tables.USERS, IndexName="due", **arguments):
            found = waiting_of(item)
            if found and found.is_overdue(now):
                yield found

    async def given_up(self) -> AsyncIterator[Waiting]:
        """Whose step is asked for no more: no index has them, so the whole table is read."""
        condition = "bot = :bot AND pending = :no AND (givenUpAt > :never OR failedAt > :never)"
        values = {":bot": {"S": self._bot}, ":no": {"BOOL": False}, ":never": {"N": "0"}}
        async for item in self._pages(
            "scan", tables.USERS, FilterExpression=condition, ExpressionAttributeValues=values
        ):
            if found := waiting_of(item):
                yield found

    async def deliveries(self, commands: Sequence[str]) -> list[Item]:
        """Rows of those of the commands that have one."""
        return await self._rows(tables.DELIVERIES, commands)

    async def _newest(self, table: Table, user_id: int, limit: int) -> list[Item]:
        answer = await self._dynamodb.query(
            TableName=self._prefix + table.name,
            IndexName="userId",
            KeyConditionExpression="userId = :user",
            ExpressionAttributeValues={":user": {"S": user_key(self._bot, user_id)}},
            ScanIndexForward=False,
            Limit=limit,
        )
        found: list[Item] = answer["Items"]
        return found

    async def _rows(self, table: Table, keys: Sequence[str]) -> list[Item]:
        name, wanted = self._prefix + table.name, list(dict.fromkeys(keys))
        found: list[Item] = []
        for first in range(0, len(wanted), _AT_ONCE):
            ids = [{table.hash.name: {"S": key}} for key in wanted[first : first + _AT_ONCE]]
            answer = await self._dynamodb.batch_get_item(RequestItems={name: {"Keys": ids, "ConsistentRead": True}})
            found += answer["Responses"].get(name, [])
        return found

    async def _get(self, table: Table, key: str) -> Item | None:
        answer = await self._dynamodb.get_item(
            TableName=self._prefix + table.name, Key={table.hash.name: {"S": key}}, ConsistentRead=True
        )
        item: Item | None = answer.get("Item")
        return item

    async def _pages(self, operation: str, table: Table, **arguments: Any) -> AsyncIterator[Item]:
        pages = self._dynamodb.get_paginator(operation).paginate(TableName=self._prefix + table.name, **arguments)
        async for page in pages:
            for item in page["Items"]:
                yield item
