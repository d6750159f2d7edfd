from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiobotocore.session import get_session
from botocore.exceptions import ClientError

from lbc_contracts.tables import TABLES
from lbc_testkit.aws import Moto
from lbc_testkit.dynamodb import DynamoDB
from lbc_testkit.dynamodb import dynamodb as start_dynamodb
from lbcctl.provision.buckets import provision_bucket
from lbcctl.provision.storage import provision_tables

pytestmark = pytest.mark.timeout(300)

REGION = "eu-west-1"
ALL = ["created", "public access blocked", "SSE-KMS by default", "infrequent access after 30 days"]


def client(service: str, endpoint: str) -> Any:
    return get_session().create_client(
        service,
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


@pytest.fixture
async def s3(aws: Moto) -> AsyncIterator[Any]:
    async with client("s3", aws.endpoint) as running:
        yield running


@pytest.fixture
def bucket() -> str:
    return f"test-{secrets.token_hex(6)}"


@pytest.fixture
async def half_made(s3: Any, bucket: str) -> str:
    """As a Job leaves it that dies right after it created the bucket."""
    await s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    return bucket


async def provision(s3: Any, name: str, *, kms: bool = True, infrequent_access: bool = True) -> list[str]:
    changes = await provision_bucket(s3, name, region=REGION, kms=kms, infrequent_access=infrequent_access)
    assert all(change.startswith(f"bucket {name}: ") for change in changes)
    return [change.removeprefix(f"bucket {name}: ") for change in changes]


async def assert_complete(s3: Any, name: str) -> None:
    blocked = await s3.get_public_access_block(Bucket=name)
    assert set(blocked["PublicAccessBlockConfiguration"].values()) == {True}
    encryption = await s3.get_bucket_encryption(Bucket=name)
    (rule,) = encryption["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    (aging,) = (await s3.get_bucket_lifecycle_configuration(Bucket=name))["Rules"]
    assert (aging["Status"], aging["Transitions"]) == ("Enabled", [{"Days": 30, "StorageClass": "STANDARD_IA"}])


async def test_a_new_bucket_is_complete_and_a_second_run_changes_nothing(s3: Any, bucket: str) -> None:
    assert await provision(s3, bucket) == ALL
    await assert_complete(s3, bucket)
    assert await provision(s3, bucket) == []


async def test_a_half_made_bucket_is_completed(s3: Any, half_made: str) -> None:
    assert await provision(s3, half_made) == ALL[1:]
    await assert_complete(s3, half_made)
    assert await provision(s3, half_made) == []


async def undo_block(s3: Any, name: str) -> None:
    blocks = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": False}
    await s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=blocks)


async def undo_encryption(s3: Any, name: str) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    await s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})


async def undo_lifecycle(s3: Any, name: str) -> None:
    await s3.delete_bucket_lifecycle(Bucket=name)


@pytest.mark.parametrize(
    ("undo", "change"), list(zip((undo_block, undo_encryption, undo_lifecycle), ALL[1:], strict=True))
)
async def test_only_what_is_missing_is_put_and_told(
    s3: Any, bucket: str, undo: Callable[[Any, str], Any], change: str
) -> None:
    await provision(s3, bucket)
    await undo(s3, bucket)
    assert await provision(s3, bucket) == [change]
    await assert_complete(s3, bucket)


async def test_the_owners_key_and_rules_stay(s3: Any, half_made: str) -> None:
    sse = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/own"}
    rule = {"ApplyServerSideEncryptionByDefault": sse}
    await s3.put_bucket_encryption(Bucket=half_made, ServerSideEncryptionConfiguration={"Rules": [rule]})
    own = {"ID": "own", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 7}}
    await s3.put_bucket_lifecycle_configuration(Bucket=half_made, LifecycleConfiguration={"Rules": [own]})
    assert await provision(s3, half_made) == ["public access blocked"]
    encryption = await s3.get_bucket_encryption(Bucket=half_made)
    (found,) = encryption["ServerSideEncryptionConfiguration"]["Rules"]
    assert found["ApplyServerSideEncryptionByDefault"] == sse
    (kept,) = (await s3.get_bucket_lifecycle_configuration(Bucket=half_made))["Rules"]
    assert kept["ID"] == "own"


async def test_what_was_not_asked_for_is_not_done(s3: Any, bucket: str) -> None:
    assert await provision(s3, bucket, kms=False, infrequent_access=False) == ALL[:2]
    with pytest.raises(ClientError, match="NoSuchLifecycleConfiguration"):
        await s3.get_bucket_lifecycle_configuration(Bucket=bucket)


async def test_a_dry_run_says_the_same_and_does_nothing(s3: Any, half_made: str, bucket: str) -> None:
    options = {"region": REGION, "kms": True, "infrequent_access": True}
    for name in (half_made, f"{bucket}-missing"):
        would = await provision_bucket(s3, name, **options, dry=True)
        assert would == await provision_bucket(s3, name, **options, dry=True)
        assert would == await provision_bucket(s3, name, **options)
        assert await provision_bucket(s3, name, **options, dry=True) == []


async def test_a_refusal_is_not_taken_for_absence(s3: Any) -> None:
    with pytest.raises(ClientError):
        await provision(s3, "No")


async def test_all_tables_are_there_and_a_second_run_changes_nothing(dynamodb: DynamoDB) -> None:
    prefix = f"test-{secrets.token_hex(4)}-"
    async with client("dynamodb", dynamodb.endpoint) as tables:
        changes = await provision_tables(tables, prefix, backups=False)
        assert await provision_tables(tables, prefix, backups=False) == []
        for table in TABLES:
            name = prefix + table.name
            assert f"table {name}: created" in changes
            there = (await tables.describe_table(TableName=name))["Table"]
            assert {index["IndexName"] for index in there.get("GlobalSecondaryIndexes", ())} == {
                index.name for index in table.indexes
            }
            expiry = (await tables.describe_time_to_live(TableName=name))["TimeToLiveDescription"]
            assert expiry.get("AttributeName") == table.ttl


async def test_a_half_made_table_is_completed(tmp_path: Path) -> None:
    """On a server of its own: DynamoDB Local never ends the building of an index that meets others' transactions."""
    prefix = f"test-{secrets.token_hex(4)}-"
    table = next(table for table in TABLES if table.ttl)
    key = {"AttributeName": table.hash.name, "KeyType": "HASH"}
    async with start_dynamodb(tmp_path) as own, client("dynamodb", own.endpoint) as tables:
        await tables.create_table(
            TableName=prefix + table.name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": table.hash.name, "AttributeType": table.hash.type}],
            KeySchema=[key],
        )
        expected = [f"index {index.name}" for index in table.indexes] + [f"rows expire by {table.ttl}"]
        name = f"table {prefix}{table.name}: "
        for dry in (True, True, False):
            changes = await provision_tables(tables, prefix, backups=False, dry=dry)
            assert [change.removeprefix(name) for change in changes if change.startswith(name)] == expected
        assert f"table {prefix}users: created" in changes
        assert await provision_tables(tables, prefix, backups=False) == []
