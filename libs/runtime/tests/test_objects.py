"""The bucket against moto's S3."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session

from lbc_runtime.errors import DependencyDown
from lbc_runtime.objects import Bucket, StoredObject
from lbc_testkit.aws import Moto
from lbc_testkit.ports import free_port


def connect(endpoint: str) -> Any:
    return get_session().create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=AioConfig(connect_timeout=2, read_timeout=2, retries={"total_max_attempts": 1}),
    )


@pytest.fixture
async def client(aws: Moto) -> AsyncIterator[Any]:
    async with connect(aws.endpoint) as opened:
        yield opened


@pytest.fixture
async def bucket(client: Any) -> Bucket:
    """A bucket of the test's own."""
    name = f"objects-{secrets.token_hex(4)}"
    await client.create_bucket(Bucket=name)
    return Bucket(client, name)


async def test_what_is_put_is_there(bucket: Bucket) -> None:
    assert await bucket.head("demo/a.mp3") is None
    stored = await bucket.put("demo/a.mp3", b"sound", "audio/mpeg")
    assert stored == StoredObject(bucket.name, "demo/a.mp3", 5, stored.etag, "audio/mpeg")
    assert await bucket.head("demo/a.mp3") == stored
    assert '"' not in stored.etag
    assert stored.name == f"{bucket.name}/demo/a.mp3"


async def test_all_is_stored_under_kms(client: Any, bucket: Bucket) -> None:
    await bucket.put("a", b"1", "audio/mpeg")
    await bucket.put("b", b"2", "audio/mpeg", "arn:aws:kms:us-east-1:123456789012:key/k")
    heads = [await client.head_object(Bucket=bucket.name, Key=key) for key in "ab"]
    assert [head["ServerSideEncryption"] for head in heads] == ["aws:kms", "aws:kms"]
    assert heads[1]["SSEKMSKeyId"].endswith("key/k")


async def test_a_bucket_that_is_gone_is_no_missing_object(client: Any) -> None:
    bucket = Bucket(client, "nowhere")
    with pytest.raises(DependencyDown, match="HeadBucket: 404"):
        await bucket.head("a")
    with pytest.raises(DependencyDown, match="NoSuchBucket"):
        await bucket.put("a", b"1", "audio/mpeg")
    with pytest.raises(DependencyDown):
        await bucket.probe()


async def test_a_bucket_that_is_there_answers(bucket: Bucket) -> None:
    await bucket.probe()


async def test_a_server_that_is_away_is_a_dependency_that_is_down() -> None:
    async with connect(f"http://127.0.0.1:{free_port()}") as client:
        bucket = Bucket(client, "tts")
        for call in (bucket.head("a"), bucket.put("a", b"", "audio/mpeg"), bucket.probe()):
            with pytest.raises(DependencyDown) as caught:
                await call
            assert caught.value.dependency == "s3"
