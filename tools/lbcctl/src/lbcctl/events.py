"""The rows of the events table as an operator reads them: what was decided for whom, and what it asked for."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from lbc_contracts.ids import user_key

OVERLAP: Final = timedelta(seconds=60)
"""Each look goes back so far behind the newest event: an index lags, and events are not written in their order."""

_REMEMBERED: Final = 50_000


@dataclass(frozen=True, slots=True)
class Event:
    """One decision.

    Attributes:
        at: when its cause came to us.
        user: the person's Telegram id; None in a row that does not say it.
        commands: ids of what it asked for.
    """

    id: str
    at: str
    user: int | None
    kind: str
    input: object
    result: str
    commands: tuple[str, ...]

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Event:
        """Read a row, also one of another release."""
        words = {name: str(item.get(name, {}).get("S", "")) for name in ("eventId", "timestamp", "kind", "result")}
        user = str(item.get("userId", {}).get("S", "")).rpartition("_")[2]
        commands = _json(item, "commands")
        return cls(
            id=words["eventId"],
            at=words["timestamp"],
            user=int(user) if user.lstrip("-").isdecimal() else None,
            kind=words["kind"],
            input=_json(item, "input"),
            result=words["result"],
            commands=tuple(str(c.get("id")) for c in commands if isinstance(c, dict))
            if isinstance(commands, list)
            else (),
        )

    def document(self) -> dict[str, object]:
        """For machines."""
        return {
            "id": self.id,
            "at": self.at,
            "user": self.user,
            "kind": self.kind,
            "result": self.result,
            "input": self.input,
            "commands": list(self.commands),
        }


class Seen:
    """Remembers which events were shown, so that a look which overlaps the one before shows none twice."""

    def __init__(self) -> None:
        self._ids: OrderedDict[str, None] = OrderedDict()

    def new(self, events: list[Event]) -> list[Event]:
        """Those that were not shown yet, the oldest first."""
        found = sorted((event for event in events if event.id not in self._ids), key=lambda event: event.at)
        self._ids.update(dict.fromkeys(event.id for event in found))
        while len(self._ids) > _REMEMBERED:
            self._ids.popitem(last=False)
        return found


async def of_person(dynamodb: Any, table: str, bot: str, user: int, since: datetime) -> list[Event]:
    """Events of one person, by the index; reads no more than there are."""
    return [
        Event.of(item)
        async for page in dynamodb.get_paginator("query").paginate(
            TableName=table,
            IndexName="userId",
            KeyConditionExpression="userId = :user AND #at >= :since",
            ExpressionAttributeNames={"#at": "timestamp"},
            ExpressionAttributeValues={":user": {"S": user_key(bot, user)}, ":since": {"S": _iso(since)}},
        )
        for item in page["Items"]
    ]


async def of_all(dynamodb: Any, table: str, bot: str, since: datetime) -> list[Event]:
    """Events of everybody: there is no index by time, so this reads the whole table."""
    return [Event.of(item) async for page in _pages(dynamodb, table, bot, since) for item in page["Items"]]


async def size(dynamodb: Any, table: str) -> int:
    """Bytes of the table, as DynamoDB counts them every six hours."""
    answer = await dynamodb.describe_table(TableName=table)
    return int(answer["Table"].get("TableSizeBytes", 0))


def units_of(size: int) -> float:
    """Read request units of one look at a table of that size, eventually consistent: half a unit for each 4 KiB."""
    return size / 4096 / 2


def _pages(dynamodb: Any, table: str, bot: str, since: datetime) -> AsyncIterator[dict[str, Any]]:
    pages: AsyncIterator[dict[str, Any]] = dynamodb.get_paginator("scan").paginate(
        TableName=table,
        FilterExpression="#at >= :since AND begins_with(userId, :bot)",
        ExpressionAttributeNames={"#at": "timestamp"},
        ExpressionAttributeValues={":since": {"S": _iso(since)}, ":bot": {"S": f"{bot}:"}},
    )
    return pages


def _iso(when: datetime) -> str:
    """As onboarding writes it, so that text compares as time does."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds")


def _json(item: Mapping[str, Any], name: str) -> Any:
    text = str(item.get(name, {}).get("S", ""))
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return text
