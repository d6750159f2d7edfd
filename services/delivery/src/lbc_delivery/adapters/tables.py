"""Delivery's rows in DynamoDB. Every write is conditional, and says what stands if it was not for us to write."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from botocore.exceptions import ClientError

from lbc_contracts import tables
from lbc_contracts.control import is_paused, pause_key
from lbc_contracts.messages import OutcomeKind
from lbc_delivery.domain.claims import Claimed, Refused, Refusing, Row, Sent, Terminal
from lbc_runtime.aws import call
from lbc_runtime.clock import Clock

DYNAMODB: Final = "dynamodb"
_CONDITION_FAILED: Final = "ConditionalCheckFailedException"

Item = Mapping[str, Mapping[str, Any]]


class DynamoDeliveries:
    """See :class:`lbc_delivery.app.ports.Deliveries`.

    Args:
        client: of DynamoDB.
        prefix: of the tables' names.
        life: how long a row stays after it was last written.
        clock: tells when that is.
    """

    def __init__(self, client: Any, prefix: str, *, life: timedelta, clock: Clock) -> None:
        self._client = client
        self._table = prefix + tables.DELIVERIES.name
        self._life = life
        self._clock = clock

    async def claim(self, command_id: str, claim: Claimed, *, over: Claimed | None) -> Row | None:
        """See :class:`lbc_delivery.app.ports.Deliveries`."""
        if over is None:
            condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(commandId)"}
        else:
            condition = {
                "ConditionExpression": "#state = :claimed AND #owner = :owner AND #until = :until",
                "ExpressionAttributeNames": {"#state": "state", "#owner": "owner", "#until": "until"},
                "ExpressionAttributeValues": {
                    ":claimed": _text("claimed"),
                    ":owner": _text(over.owner),
                    ":until": _time(over.until),
                },
            }
        return await self._put(command_id, claim, condition)

    async def mark(self, command_id: str, owner: str, end: Terminal) -> Row | None:
        """See :class:`lbc_delivery.app.ports.Deliveries`."""
        return await self._put(command_id, end, _claimed_by(owner))

    async def release(self, command_id: str, owner: str) -> None:
        """See :class:`lbc_delivery.app.ports.Deliveries`."""
        async with call(DYNAMODB):
            try:
                await self._client.delete_item(TableName=self._table, Key=self._key(command_id), **_claimed_by(owner))
            except ClientError as error:
                if not _condition_failed(error):
                    raise

    async def read(self, command_id: str) -> Row | None:
        """See :class:`lbc_delivery.app.ports.Deliveries`."""
        async with call(DYNAMODB):
            answer = await self._client.get_item(TableName=self._table, Key=self._key(command_id), ConsistentRead=True)
        return _row(answer["Item"]) if "Item" in answer else None

    async def _put(self, command_id: str, row: Row, condition: Mapping[str, Any]) -> Row | None:
        expires = int((self._clock.now() + self._life).timestamp())
        item = {**self._key(command_id), **_item(row), "expiresAt": {"N": str(expires)}}
        async with call(DYNAMODB):
            try:
                await self._client.put_item(
                    TableName=self._table, Item=item, ReturnValuesOnConditionCheckFailure="ALL_OLD", **condition
                )
            except ClientError as error:
                if not _condition_failed(error):
                    raise
                return _row(error.response["Item"]) if error.response.get("Item") else None
        return row

    def _key(self, command_id: str) -> dict[str, dict[str, str]]:
        return {tables.DELIVERIES.hash.name: _text(command_id)}


class DynamoFiles:
    """See :class:`lbc_delivery.app.ports.Files`."""

    def __init__(self, client: Any, prefix: str, clock: Clock) -> None:
        self._client = client
        self._table = prefix + tables.FILES.name
        self._clock = clock

    async def get(self, key: str) -> str | None:
        """See :class:`lbc_delivery.app.ports.Files`."""
        async with call(DYNAMODB):
            answer = await self._client.get_item(TableName=self._table, Key=self._key(key))
        return str(answer["Item"]["fileId"]["S"]) if "Item" in answer else None

    async def put(self, key: str, file_id: str) -> None:
        """See :class:`lbc_delivery.app.ports.Files`."""
        item = {**self._key(key), "fileId": _text(file_id), "storedAt": _time(self._clock.now())}
        async with call(DYNAMODB):
            await self._client.put_item(TableName=self._table, Item=item)

    async def drop(self, key: str, file_id: str) -> None:
        """See :class:`lbc_delivery.app.ports.Files`."""
        async with call(DYNAMODB):
            try:
                await self._client.delete_item(
                    TableName=self._table,
                    Key=self._key(key),
                    ConditionExpression="fileId = :fileId",
                    ExpressionAttributeValues={":fileId": _text(file_id)},
                )
            except ClientError as error:
                if not _condition_failed(error):
                    raise

    def _key(self, key: str) -> dict[str, dict[str, str]]:
        return {tables.FILES.hash.name: _text(key)}


class DynamoPause:
    """The row of `lbc_contracts.control`; sending rests while it says so."""

    def __init__(self, client: Any, prefix: str, bot: str) -> None:
        self._client = client
        self._table = prefix + tables.CONTROL.name
        self._name = pause_key(bot)

    async def paused(self) -> bool:
        """See :class:`lbc_delivery.app.ports.PauseSwitch`."""
        async with call(DYNAMODB):
            answer = await self._client.get_item(
                TableName=self._table, Key={tables.CONTROL.hash.name: _text(self._name)}, ConsistentRead=True
            )
        return is_paused(answer.get("Item", {}), time.time())

    async def probe(self) -> None:
        """Return if DynamoDB answers."""
        await self.paused()


def _condition_failed(error: ClientError) -> bool:
    return bool(error.response["Error"]["Code"] == _CONDITION_FAILED)


def _claimed_by(owner: str) -> dict[str, Any]:
    return {
        "ConditionExpression": "#state = :claimed AND #owner = :owner",
        "ExpressionAttributeNames": {"#state": "state", "#owner": "owner"},
        "ExpressionAttributeValues": {":claimed": _text("claimed"), ":owner": _text(owner)},
    }


def _item(row: Row) -> dict[str, dict[str, str]]:
    match row:
        case Claimed(owner, until, doubtful):
            item = {"state": _text("claimed"), "owner": _text(owner), "until": _time(until)}
            return item | ({"doubtful": {"N": str(doubtful)}} if doubtful else {})
        case Sent(message_id, at):
            return {"state": _text("sent"), "messageId": {"N": str(message_id)}, "at": _time(at)}
        case Refused(kind, reason, at):
            return {"state": _text("refused"), "kind": _text(kind), "reason": _text(reason), "at": _time(at)}


def _row(item: Item) -> Row:
    match item["state"]["S"]:
        case "claimed":
            doubtful = int(item["doubtful"]["N"]) if "doubtful" in item else 0
            return Claimed(item["owner"]["S"], datetime.fromisoformat(item["until"]["S"]), doubtful)
        case "sent":
            return Sent(int(item["messageId"]["N"]), datetime.fromisoformat(item["at"]["S"]))
        case "refused":
            unreachable = item["kind"]["S"] == OutcomeKind.UNREACHABLE
            kind: Refusing = OutcomeKind.UNREACHABLE if unreachable else OutcomeKind.FAILED
            return Refused(kind, item["reason"]["S"], datetime.fromisoformat(item["at"]["S"]))
        case other:
            raise ValueError(f"a delivery row in the unknown state {other!r}")


def _text(value: str) -> dict[str, str]:
    return {"S": str(value)}


def _time(value: datetime) -> dict[str, str]:
    return {"S": value.isoformat()}
