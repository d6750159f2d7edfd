"""The store on DynamoDB: one strongly consistent read and one transaction for each message."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from lbc_contracts import tables
from lbc_contracts.ids import user_key
from lbc_contracts.privacy import tombstone_key
from lbc_contracts.tables import Table
from lbc_onboarding.adapters.items import (
    OPTIONAL,
    Item,
    TooNewError,
    commands_from,
    due_bucket,
    event_item,
    request_item,
    session_item,
    tombstone_from,
    too_new,
    user_from,
    user_item,
    user_or_unreadable,
)
from lbc_onboarding.adapters.visits import session_update, visit_writes
from lbc_onboarding.app.ports import Committed, Crowded, EventRow, Known, Moved, Repeated, Unreadable
from lbc_onboarding.domain.person import Tombstone, User
from lbc_runtime.aws import call
from lbc_runtime.clock import Clock
from lbc_runtime.errors import Park, Transient

DYNAMODB: Final = "dynamodb"
"""Name of the dependency."""

CONFLICT_TRIES: Final = 6
CONFLICT_PAUSE: Final = 0.05
"""Seconds before the second try, as another transaction takes some ten milliseconds; doubled for each one after."""
_HELD_PAUSE: Final = 5.0  # seconds
_PAGE: Final = 100
_TABLE: Final = tables.USERS.name
_FAILED: Final = "ConditionalCheckFailed"
_HELD: Final = "TransactionConflict"


@dataclass(frozen=True, slots=True)
class Life:
    """Days that rows stay after their last change; events must outlive every dead letter."""

    events: int = 30
    sessions: int = 180


class DynamoStore:
    """People, sessions and events.

    Args:
        client: low-level aiobotocore client of DynamoDB.
        prefix: what the tables' names begin with.
        life: how long rows stay.
        clock: paces the quick retries after a conflict.
        jitter: draws from 0 to 1, so that two in each other's way do not meet again.
    """

    def __init__(
        self,
        client: Any,
        prefix: str,
        *,
        life: Life,
        clock: Clock,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._client = client
        self._prefix = prefix
        self._life = life
        self._clock = clock
        self._jitter = jitter

    async def load(self, bot: str, user_id: int) -> Known:
        """See `lbc_onboarding.app.ports.Store`; who has a row costs one read, a stranger two."""
        person = await self._get(tables.USERS, user_key(bot, user_id))
        if person:
            try:
                return user_from(person)
            except TooNewError as error:
                raise too_new() from error
        left = await self._get(tables.TOMBSTONES, tombstone_key(bot, user_id))
        return tombstone_from(left) if left else None

    async def _get(self, table: Table, key: str) -> Item | None:
        async with call(DYNAMODB):
            answer = await self._client.get_item(
                TableName=self._prefix + table.name, Key={table.hash.name: {"S": key}}, ConsistentRead=True
            )
        found: Item | None = answer.get("Item")
        return found

    async def commit(self, row: EventRow, before: Known, after: User | None) -> Committed | Repeated | Moved | Crowded:
        """See `lbc_onboarding.app.ports.Store`."""
        writes = self._writes(row, before, after)
        taken = visit_writes(self._prefix, row) if after else []
        for number in range(1, CONFLICT_TRIES + 1):
            last = number == CONFLICT_TRIES
            try:
                result = await self._transact([*writes, *taken], len(taken))
                if last or not isinstance(result, Crowded):
                    return result
            except Transient as held:
                if last:
                    raise Park(_HELD_PAUSE, held.reason) from held
            await self._clock.sleep(CONFLICT_PAUSE * 2 ** (number - 1) * (0.5 + self._jitter()))
        raise AssertionError("the last try returns or raises")

    async def overdue(self, bot: str, now: int, limit: int) -> Sequence[User | Unreadable]:
        """See `lbc_onboarding.app.ports.Overdue`."""
        found: list[User | Unreadable] = []
        readable = 0
        start: dict[str, Any] = {}
        while True:
            async with call(DYNAMODB):
                page = await self._client.query(
                    TableName=self._prefix + _TABLE,
                    IndexName="due",
                    KeyConditionExpression="dueBucket = :bucket AND dueAt <= :now",
                    ExpressionAttributeValues={":bucket": {"S": due_bucket(bot)}, ":now": {"N": str(now)}},
                    Limit=min(_PAGE, limit),
                    **start,
                )
            for item in page["Items"]:
                person = user_or_unreadable(item)
                found.append(person)
                readable += isinstance(person, User)
                if readable == limit:
                    return found
            if "LastEvaluatedKey" not in page:
                return found
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    async def probe(self) -> None:
        """Return when the tables answer.

        Raises:
            DependencyDown: they do not.
        """
        await self._get(tables.USERS, "probe")

    async def _transact(self, writes: Sequence[dict[str, Any]], taken: int) -> Committed | Repeated | Moved | Crowded:
        # After no answer, whether it was written is unknown; the next try meets the event's own row if it was.
        async with call(DYNAMODB):
            try:
                await self._client.transact_write_items(TransactItems=writes)
            except ClientError as error:
                if refused := _refused(error, taken):
                    return refused
                raise
        return Committed()

    def _writes(self, row: EventRow, before: Known, after: User | None) -> list[dict[str, Any]]:
        """The event always comes first, so that its reason is the first in a refusal."""
        event = {
            "TableName": self._prefix + tables.EVENTS.name,
            "Item": event_item(row, self._life.events),
            "ConditionExpression": "attribute_not_exists(eventId)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        writes: list[dict[str, Any]] = [{"Put": event}]
        if not isinstance(before, User):
            writes.append({"ConditionCheck": self._still(row, before)})
        if after is None:
            return writes
        item = session_item(after, row.at, self._life.sessions)
        session = session_update(self._prefix + tables.SESSIONS.name, item, row, after)
        writes += [{"Update": self._person(before, after)}, {"Update": session}]
        if row.files:
            writes.append({"Put": {"TableName": self._prefix + tables.REQUESTS.name, "Item": request_item(row)}})
        return writes

    def _still(self, row: EventRow, left: Tombstone | None) -> dict[str, Any]:
        """That a person without a row has the tombstone that was looked at, or still none."""
        key = tables.TOMBSTONES.hash.name
        check: dict[str, Any] = {
            "TableName": self._prefix + tables.TOMBSTONES.name,
            "Key": {key: {"S": tombstone_key(row.bot, row.user_id)}},
            "ConditionExpression": f"attribute_not_exists({key})",
        }
        if left:
            check["ConditionExpression"] = "erasedAt = :read"
            check["ExpressionAttributeValues"] = {":read": {"N": str(left.erased_at)}}
        return check

    def _person(self, before: Known, after: User) -> dict[str, Any]:
        item = user_item(after)
        key = tables.USERS.hash.name
        update = _update({name: value for name, value in item.items() if name != key})
        if isinstance(before, User):
            # Whoever was erased and came back begins at version 1 again: when a row began tells two lives apart.
            update["ConditionExpression"] = "#version = :read AND #createdAt = :began"
            update["ExpressionAttributeNames"] |= {"#version": "version", "#createdAt": "createdAt"}
            update["ExpressionAttributeValues"] |= {
                ":read": {"N": str(before.version)},
                ":began": {"N": str(before.created_at)},
            }
        else:
            update["ConditionExpression"] = f"attribute_not_exists({key})"
        return {"TableName": self._prefix + _TABLE, "Key": {key: item[key]}, **update}


def _update(item: Item) -> dict[str, Any]:
    """Set all that has a value, remove what has none, leave alone what is not ours."""
    gone = [name for name in OPTIONAL if name not in item]
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in item)
    if gone:
        expression += " REMOVE " + ", ".join(f"#{name}" for name in gone)
    return {
        "UpdateExpression": expression,
        "ExpressionAttributeNames": {f"#{name}": name for name in (*item, *gone)},
        "ExpressionAttributeValues": {f":{name}": value for name, value in item.items()},
    }


def _refused(error: ClientError, taken: int) -> Repeated | Moved | Crowded | None:
    """What a cancelled transaction means, the event's reason first; None when that is not for us to say.

    Args:
        error: with a reason for each write.
        taken: how many writes, the last ones, others make as well: a link's use, a look at a referrer.
    """
    reasons: Sequence[Any] = error.response.get("CancellationReasons", ())
    if not reasons:
        return None
    if reasons[0].get("Code") == _FAILED:
        return Repeated(commands_from(reasons[0]["Item"]))
    codes = [reason.get("Code", "None") for reason in reasons]
    if _FAILED in codes:
        return Moved()
    crowded = _HELD in codes[len(codes) - taken :] and {*codes} == {"None", _HELD}
    return Crowded() if crowded else None
