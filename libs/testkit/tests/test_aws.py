from pathlib import Path
from typing import Any

import aiohttp
import pytest

from lbc_testkit import PartFailedError, wait_until
from lbc_testkit.aws import Moto, VersityGw, moto

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(900)]


@pytest.fixture
def standin(aws: Moto) -> Moto:
    return aws


@pytest.fixture
def gateway(strict_s3: VersityGw) -> VersityGw:
    return strict_s3


async def _bucket(s3: Any, name: str) -> None:
    await s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})


async def _get(url: str) -> tuple[int, bytes]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.read()


async def test_s3_keeps_an_object_under_a_kms_key(standin: Moto, client: Any) -> None:
    async with client("s3", standin.endpoint) as s3, client("kms", standin.endpoint) as kms:
        key = (await kms.create_key())["KeyMetadata"]["Arn"]
        await _bucket(s3, "kept")
        await s3.put_object(Bucket="kept", Key="a", Body=b"hello", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
        answer = await s3.get_object(Bucket="kept", Key="a")
        assert await answer["Body"].read() == b"hello"
        assert answer["SSEKMSKeyId"] == key


async def test_sts_lends_a_role(standin: Moto, client: Any) -> None:
    async with client("sts", standin.endpoint) as sts:
        role = "arn:aws:iam::123456789012:role/media"
        lent = await sts.assume_role(RoleArn=role, RoleSessionName="test")
        assert lent["Credentials"]["SessionToken"]


async def test_reset_forgets(standin: Moto, client: Any) -> None:
    async with client("s3", standin.endpoint) as s3:
        await _bucket(s3, "forgotten")
        await standin.reset()
        assert (await s3.list_buckets())["Buckets"] == []


async def test_a_taken_port_is_reported_with_its_holder(standin: Moto, tmp_path: Path) -> None:
    port = int(standin.endpoint.rpartition(":")[2])
    with pytest.raises(PartFailedError, match=rf"moto: port {port} is taken by .*{standin.process.pid}"):
        async with moto(tmp_path, port=port):
            pytest.fail("it started on a taken port")


async def test_a_signed_link_opens_only_as_signed(gateway: VersityGw, client: Any) -> None:
    keys = {"key": gateway.access_key, "secret": gateway.secret_key}
    async with client("s3", gateway.endpoint, signature_version="s3v4", **keys) as s3:
        await _bucket(s3, "media")
        await s3.put_object(Bucket="media", Key="welcome.mp4", Body=b"film")
        where = {"Bucket": "media", "Key": "welcome.mp4"}
        link = await s3.generate_presigned_url("get_object", Params=where, ExpiresIn=3600)
        brief = await s3.generate_presigned_url("get_object", Params=where, ExpiresIn=1)
    assert await _get(link) == (200, b"film")
    forged, _ = await _get(link.replace("X-Amz-Expires=3600", "X-Amz-Expires=7200"))
    assert forged == 403
    unsigned, _ = await _get(link.partition("?")[0])
    assert unsigned == 403

    async def expired() -> bool:
        return (await _get(brief))[0] in {400, 403}

    await wait_until(expired, what="the end of the brief link")


async def test_a_wrong_secret_is_refused(gateway: VersityGw, client: Any) -> None:
    async with client("s3", gateway.endpoint, key=gateway.access_key, secret="guess") as s3:
        with pytest.raises(s3.exceptions.ClientError, match="SignatureDoesNotMatch"):
            await s3.list_buckets()
