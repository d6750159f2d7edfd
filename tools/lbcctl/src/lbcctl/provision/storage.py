"""Tables as the manifest names them: created when missing, completed when half there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from lbc_contracts.tables import TABLES, Index, Key, Table
from lbcctl.provision.look_only import LookOnly

READY_WITHIN: Final = 240.0
"""Seconds to wait for all tables and indexes together; the chart gives its Job 420, with the waits for the parts."""

_POLL_SECONDS: Final = 1.0


class StillBuildingError(Exception):
    """DynamoDB builds on by itself; the message says what, and what to do.

    Attributes:
        changes: what was changed, a line each.
    """

    def __init__(self, unready: Sequence[str], seconds: float, changes: Sequence[str]) -> None:
        super().__init__(
            f"still being built after {seconds:g} s: {', '.join(unready)}. DynamoDB goes on by itself, for minutes to "
            "hours where a table is large; run this again, which waits for it"
        )
        self.changes = tuple(changes)


async def provision_tables(
    dynamodb: Any, prefix: str, *, backups: bool = True, dry: bool = False, ready_within: float = READY_WITHIN
) -> list[str]:
    """Create the tables that are missing; complete indexes, time to live and backups on all.

    Args:
        dynamodb: an aiobotocore DynamoDB client with administrative rights.
        prefix: put before each table's name.
        backups: point-in-time recovery; DynamoDB Local has none.
        dry: only look, and wait for nothing.
        ready_within: seconds to wait for all that DynamoDB builds.

    Returns:
        What was changed, or would be, a line each; empty when all was there.

    Raises:
        StillBuildingError: something is not ready in time; all else was done, but for what must wait for it.
    """
    if dry:
        dynamodb, ready_within = LookOnly(dynamodb), 0.0
    until = asyncio.get_running_loop().time() + ready_within
    changes: list[str] = []
    unready: list[str] = []
    for table in TABLES:
        try:
            await _provision_table(_Named(dynamodb, prefix + table.name, table, until), changes, backups=backups)
        except _UnreadyError as error:
            unready.append(str(error))
    if dry:
        return [*changes, *(f"{what}: is still being built, and waited for" for what in unready)]
    if unready:
        raise StillBuildingError(unready, ready_within, changes)
    return changes


class _UnreadyError(Exception):
    """Time is up; the message names what is not ready."""


@dataclass(frozen=True, slots=True)
class _Named:
    """A table under its deployment's name.

    Attributes:
        until: on the loop's clock, when to stop waiting for it.
    """

    dynamodb: Any
    name: str
    table: Table
    until: float

    async def described(self) -> dict[str, Any] | None:
        """What DynamoDB says of it; None if it is not there."""
        try:
            found: dict[str, Any] = (await self.dynamodb.describe_table(TableName=self.name))["Table"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return None
        return found

    async def ready(self, new: str = "") -> dict[str, Any] | None:
        """The table as soon as it can be used and completed; None if it is not there, since nobody may write.

        Args:
            new: an index that was just created, and may not be seen yet.

        Raises:
            _UnreadyError: time is up.
        """
        loop = asyncio.get_running_loop()
        while found := await self.described():
            building = self._building(found, new)
            if not building:
                break
            if loop.time() >= self.until:
                raise _UnreadyError(building)
            await asyncio.sleep(min(_POLL_SECONDS, max(0.0, self.until - loop.time())))
        return found

    def _building(self, found: dict[str, Any], new: str) -> str:
        """What is not ready yet: an index of the manifest, or what keeps a missing one from being created."""
        indexes = {index["IndexName"]: index["IndexStatus"] for index in found.get("GlobalSecondaryIndexes", ())}
        if new:
            indexes.setdefault(new, "CREATING")
        meant = {index.name for index in self.table.indexes}
        missing = meant - indexes.keys()
        waited = indexes if missing else {name: indexes[name] for name in meant}
        unready = sorted(name for name, status in waited.items() if status != "ACTIVE")
        if unready:
            return f"index {', '.join(unready)} of table {self.name}"
        busy = found["TableStatus"] == "CREATING" or (missing and found["TableStatus"] != "ACTIVE")
        return f"table {self.name}" if busy else ""


async def _provision_table(it: _Named, changes: list[str], *, backups: bool) -> None:
    if await it.described() is None:
        try:
            await it.dynamodb.create_table(TableName=it.name, BillingMode="PAY_PER_REQUEST", **_schema(it.table))
        except ClientError as error:  # another provisioning was faster
            if error.response["Error"]["Code"] != "ResourceInUseException":
                raise
        changes.append(f"table {it.name}: created")
    there = await it.ready()
    if there is None:
        return
    await _complete_indexes(it, there, changes)
    if it.table.ttl:
        changes += await _expire(it.dynamodb, it.name, it.table.ttl)
    if backups:
        changes += await _back_up(it.dynamodb, it.name)


async def _complete_indexes(it: _Named, there: dict[str, Any], changes: list[str]) -> None:
    """Add the indexes that a newer release has; one at a time, as DynamoDB takes them."""
    known = {index["IndexName"] for index in there.get("GlobalSecondaryIndexes", ())}
    for index in it.table.indexes:
        if index.name not in known:
            await it.dynamodb.update_table(
                TableName=it.name,
                AttributeDefinitions=_attributes([it.table.hash, *_keys(index)]),
                GlobalSecondaryIndexUpdates=[{"Create": _index(index)}],
            )
            changes.append(f"table {it.name}: index {index.name}")
            if not isinstance(it.dynamodb, LookOnly):
                await it.ready(index.name)


async def _expire(dynamodb: Any, name: str, attribute: str) -> list[str]:
    found = await dynamodb.describe_time_to_live(TableName=name)
    if found["TimeToLiveDescription"].get("AttributeName") == attribute:
        return []
    await dynamodb.update_time_to_live(
        TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": attribute}
    )
    return [f"table {name}: rows expire by {attribute}"]


async def _back_up(dynamodb: Any, name: str) -> list[str]:
    found = await dynamodb.describe_continuous_backups(TableName=name)
    recovery = found["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    if recovery.get("PointInTimeRecoveryStatus") == "ENABLED":
        return []
    await dynamodb.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    return [f"table {name}: point-in-time recovery on"]


def _schema(table: Table) -> dict[str, Any]:
    keys = [table.hash] + [key for index in table.indexes for key in _keys(index)]
    schema: dict[str, Any] = {
        "AttributeDefinitions": _attributes(keys),
        "KeySchema": _key_schema(table.hash, None),
    }
    if table.indexes:
        schema["GlobalSecondaryIndexes"] = [_index(index) for index in table.indexes]
    return schema


def _keys(index: Index) -> list[Key]:
    return [index.hash, index.range] if index.range else [index.hash]


def _attributes(keys: list[Key]) -> list[dict[str, str]]:
    types = {key.name: key.type for key in keys}
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()]


def _index(index: Index) -> dict[str, Any]:
    return {
        "IndexName": index.name,
        "KeySchema": _key_schema(index.hash, index.range),
        "Projection": {"ProjectionType": "ALL"},
    }


def _key_schema(hash_key: Key, range_key: Key | None) -> list[dict[str, str]]:
    schema = [{"AttributeName": hash_key.name, "KeyType": "HASH"}]
    if range_key:
        schema.append({"AttributeName": range_key.name, "KeyType": "RANGE"})
    return schema
