"""Tables and buckets as the manifest names them: created when missing, completed when half there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from botocore.exceptions import ClientError

from lbc_contracts.tables import TABLES, Index, Key, Table

READY_WITHIN = 120.0
"""Seconds that a new table may take to become active."""

TTS_TO_INFREQUENT_ACCESS_DAYS = 30

_NOT_FOUND = 404
_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_READS = ("describe_", "get_", "head_", "list_")
_KMS = ("aws:kms", "aws:kms:dsse")


class LookOnly:
    """An AWS client whose writes do nothing: with it, what is done tells what would be."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name) if name.startswith(_READS) else _nothing


async def _nothing(**_: object) -> dict[str, Any]:
    return {}


async def provision_tables(dynamodb: Any, prefix: str, *, backups: bool = True, dry: bool = False) -> list[str]:
    """Create the tables that are missing; complete indexes, time to live and backups on all.

    Args:
        dynamodb: an aiobotocore DynamoDB client with administrative rights.
        prefix: put before each table's name.
        backups: point-in-time recovery; DynamoDB Local has none.
        dry: only look.

    Returns:
        What was changed, or would be, a line each; empty when all was there.
    """
    changes: list[str] = []
    if dry:
        dynamodb = LookOnly(dynamodb)
    for table in TABLES:
        changes += await _provision_table(dynamodb, prefix + table.name, table, backups=backups)
    return changes


async def provision_bucket(
    s3: Any, name: str, *, region: str, kms: bool, infrequent_access: bool, dry: bool = False
) -> list[str]:
    """Create a bucket if it is missing and complete what keeps it private, also of one that was left half made.

    Rules and keys of the bucket's owner stay: a lifecycle is only added where there is none, and a default of SSE-KMS
    with whatever key is SSE-KMS.

    Args:
        s3: an aiobotocore S3 client with administrative rights.
        name: of the bucket.
        region: where it is created.
        kms: encrypt with SSE-KMS by default.
        infrequent_access: move objects to the cheaper class after 30 days.
        dry: only look.

    Returns:
        What was changed, or would be, a line each; empty when all was there.
    """
    changes: list[str] = []
    if dry:
        s3 = LookOnly(s3)
    if await _found(s3.head_bucket(Bucket=name)) is None:
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        await s3.create_bucket(Bucket=name, **where)
        changes.append(f"bucket {name}: created")
    changes += await _block_public_access(s3, name)
    if kms:
        changes += await _encrypt(s3, name)
    if infrequent_access:
        changes += await _age(s3, name)
    return changes


async def _block_public_access(s3: Any, name: str) -> list[str]:
    found = await _found(s3.get_public_access_block(Bucket=name))
    blocked = found["PublicAccessBlockConfiguration"] if found else {}
    if all(blocked.get(block) for block in _BLOCKS):
        return []
    await s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(_BLOCKS, True))
    return [f"bucket {name}: public access blocked"]


async def _encrypt(s3: Any, name: str) -> list[str]:
    """S3 itself says AES256 of a bucket for which nobody ever said anything."""
    found = await _found(s3.get_bucket_encryption(Bucket=name))
    rules = found["ServerSideEncryptionConfiguration"]["Rules"] if found else []
    if any(rule.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm") in _KMS for rule in rules):
        return []
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
    await s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    return [f"bucket {name}: SSE-KMS by default"]


async def _age(s3: Any, name: str) -> list[str]:
    """Only where there is no rule at all: to put a lifecycle replaces the whole of it."""
    if await _found(s3.get_bucket_lifecycle_configuration(Bucket=name)):
        return []
    days = TTS_TO_INFREQUENT_ACCESS_DAYS
    rule = {
        "ID": "infrequent-access",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "Transitions": [{"Days": days, "StorageClass": "STANDARD_IA"}],
    }
    await s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [rule]})
    return [f"bucket {name}: infrequent access after {days} days"]


async def _found(asked: Awaitable[dict[str, Any]]) -> dict[str, Any] | None:
    """The answer, or None where S3 says that there is no such thing."""
    try:
        return await asked
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != _NOT_FOUND:
            raise
        return None


async def _provision_table(dynamodb: Any, name: str, table: Table, *, backups: bool) -> list[str]:
    changes: list[str] = []
    there = await _described(dynamodb, name)
    if there is None:
        try:
            await dynamodb.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **_schema(table))
        except ClientError as error:  # another provisioning was faster
            if error.response["Error"]["Code"] != "ResourceInUseException":
                raise
        changes.append(f"table {name}: created")
        there = await _active(dynamodb, name)
        if there is None:
            return changes
    changes += await _complete_indexes(dynamodb, name, table, there)
    if table.ttl:
        changes += await _expire(dynamodb, name, table.ttl)
    if backups:
        changes += await _back_up(dynamodb, name)
    return changes


async def _described(dynamodb: Any, name: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = (await dynamodb.describe_table(TableName=name))["Table"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return None
    return found


async def _active(dynamodb: Any, name: str) -> dict[str, Any] | None:
    """The table as soon as it and its indexes can be used; None if it is not there, since nobody may write."""
    async with asyncio.timeout(READY_WITHIN):
        while found := await _described(dynamodb, name):
            states = {
                found["TableStatus"],
                *(index["IndexStatus"] for index in found.get("GlobalSecondaryIndexes", ())),
            }
            if states == {"ACTIVE"}:
                break
            await asyncio.sleep(1)
    return found


async def _complete_indexes(dynamodb: Any, name: str, table: Table, there: dict[str, Any]) -> list[str]:
    """Add the indexes that a newer release has; one at a time, as DynamoDB takes them."""
    changes: list[str] = []
    known = {index["IndexName"] for index in there.get("GlobalSecondaryIndexes", ())}
    for index in table.indexes:
        if index.name not in known:
            await dynamodb.update_table(
                TableName=name,
                AttributeDefinitions=_attributes([table.hash, *_keys(index)]),
                GlobalSecondaryIndexUpdates=[{"Create": _index(index)}],
            )
            await _active(dynamodb, name)
            changes.append(f"table {name}: index {index.name}")
    return changes


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
