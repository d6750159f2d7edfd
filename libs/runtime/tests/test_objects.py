"""The bucket against moto's S3."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import ClientError

from lbc_runtime.errors import DependencyDown
from lbc_runtime.objects import Bucket, Forbidden, StoredObject
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


def no(status: int, operation: str = "HeadObject") -> ClientError:
    """As S3 answers HEAD: without a body, so with the status for a code."""
    return ClientError({"Error": {"Code": str(status)}, "ResponseMetadata": {"HTTPStatusCode": status}}, operation)


class Answering:
    """A client that gives these answers, each once, to HEAD of an object and of a bucket."""

    def __init__(self, objects: list[Exception | None], buckets: list[Exception | None]) -> None:
        self.objects = objects
        self.buckets = buckets

    async def head_object(self, **_: str) -> dict[str, object]:
        if error := self.objects.pop(0):
            raise error
        return {"ContentLength": 5, "ETag": '"e"', "ContentType": "video/mp4"}

    async def head_bucket(self, **_: str) -> None:
        if error := self.buckets.pop(0):
            raise error


@pytest.mark.parametrize("status", [400, 403, 405, 412])
async def test_one_object_that_is_refused_is_at_fault_itself(status: int) -> None:
    client = Answering([no(status), no(status)], [None])
    with pytest.raises(Forbidden, match=f"assets/demo/a.mp4 answers {status}") as caught:
        await Bucket(client, "assets").head("demo/a.mp4")
    assert caught.value.reason == "object-forbidden"
    assert (client.objects, client.buckets) == ([], [])


@pytest.mark.parametrize("status", [400, 403])
async def test_when_the_bucket_refuses_as_well_it_is_not_the_object(status: int) -> None:
    with pytest.raises(DependencyDown, match=f"HeadBucket: {status}"):
        await Bucket(Answering([no(status)], [no(status, "HeadBucket")]), "assets").head("a")


async def test_what_passed_in_between_is_no_fault_of_the_object() -> None:
    stored = await Bucket(Answering([no(400), None], [None]), "assets").head("a")
    assert stored == StoredObject("assets", "a", 5, "e", "video/mp4")
    assert await Bucket(Answering([no(403), no(404)], [None]), "assets").head("a") is None
    with pytest.raises(DependencyDown):
        await Bucket(Answering([no(403), no(503)], [None]), "assets").head("a")


@pytest.mark.parametrize(
    "error",
    [
        no(408),
        no(429),
        no(500),
        no(403, "AssumeRoleWithWebIdentity"),
        RuntimeError("Credentials were refreshed, but the refreshed credentials are still expired."),
    ],
)
async def test_trouble_on_the_way_is_never_the_objects_fault(error: Exception) -> None:
    with pytest.raises(DependencyDown):
        await Bucket(Answering([error], []), "assets").head("a")
