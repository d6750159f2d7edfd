"""Buckets as a deployment needs them: created when missing, completed when half there."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from botocore.exceptions import ClientError

from lbcctl.provision.look_only import LookOnly

TTS_TO_INFREQUENT_ACCESS_DAYS = 30

_NOT_FOUND = 404
_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_KMS = ("aws:kms", "aws:kms:dsse")


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
