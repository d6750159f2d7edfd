"""The signature against AWS's published example, botocore's own arithmetic, and a server that checks it."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiobotocore.session import get_session
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from lbc_runtime.errors import DependencyDown
from lbc_runtime.objects import Bucket, StoredObject
from lbc_runtime.signing import (
    MAX_LIFETIME,
    UNKNOWN_LIFETIME,
    LinkSigner,
    SessionKeys,
    SigningKey,
    object_url,
    presign_get,
)
from lbc_testkit.aws import VersityGw

NOW = datetime(2026, 11, 23, 12, 0, 0, 900_000, tzinfo=UTC)
STORED = StoredObject("assets", "demo/video.mp4", 1000, "e1", "video/mp4")
USER = SigningKey("AKIDEXAMPLE", "secret")


class FixedKeys:
    def __init__(self, key: SigningKey) -> None:
        self.key = key

    async def current(self) -> SigningKey:
        return self.key


class FixedClock:
    def __init__(self, now: datetime) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


def signer(key: SigningKey = USER, **changes: Any) -> LinkSigner:
    return LinkSigner(FixedKeys(key), FixedClock(NOW), **{"region": "eu-west-1", **changes})


def test_the_example_that_amazon_published() -> None:
    url = presign_get(
        "https://examplebucket.s3.amazonaws.com/test.txt",
        SigningKey("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        "us-east-1",
        datetime(2013, 5, 24, tzinfo=UTC),
        timedelta(days=1),
    )
    assert url == (
        "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )


def by_botocore(url: str, key: SigningKey, region: str, now: datetime, seconds: int) -> str:
    auth = S3SigV4QueryAuth(Credentials(key.access_key, key.secret_key, key.token), "s3", region, seconds)
    request = AWSRequest("GET", url)
    request.context["timestamp"] = now.strftime("%Y%m%dT%H%M%SZ")
    auth._modify_request_before_signing(request)
    signature: str = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    return signature


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40),
    st.sampled_from([None, "http://127.0.0.1:9000", "https://cdn.example:443/", "http://[::1]:9000"]),
    st.none() | st.text(st.sampled_from("abc+/=%&"), min_size=1),
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 - a bound
    st.integers(1, 604_800),
)
def test_botocore_computes_the_same(
    name: str, endpoint: str | None, token: str | None, at: datetime, life: int
) -> None:
    key = SigningKey("AKID", "secr/et+", token)
    now = at.replace(tzinfo=UTC)
    url = object_url("assets", name, "eu-west-1", endpoint)
    signed = presign_get(url, key, "eu-west-1", now, timedelta(seconds=life))
    assert signed.startswith(f"{url}?")
    (signature,) = parse_qs(urlsplit(signed).query)["X-Amz-Signature"]
    assert signature == by_botocore(url, key, "eu-west-1", now, life)


@pytest.mark.parametrize(
    ("bucket", "region", "endpoint", "expected"),
    [
        ("assets", "eu-west-1", None, "https://assets.s3.eu-west-1.amazonaws.com/a%20b/%C3%B1%2B.mp4"),
        ("assets", "cn-north-1", None, "https://assets.s3.cn-north-1.amazonaws.com.cn/a%20b/%C3%B1%2B.mp4"),
        ("my.assets", "eu-west-1", None, "https://s3.eu-west-1.amazonaws.com/my.assets/a%20b/%C3%B1%2B.mp4"),
        ("assets", "eu-west-1", "http://s3.local:9000/", "http://s3.local:9000/assets/a%20b/%C3%B1%2B.mp4"),
    ],
)
def test_where_objects_are(bucket: str, region: str, endpoint: str | None, expected: str) -> None:
    assert object_url(bucket, "a b/ñ+.mp4", region, endpoint) == expected


async def test_a_link_says_what_it_leads_to_and_when_it_ends() -> None:
    link = await signer().link(STORED)
    assert (link.object_key, link.content_type, link.size, link.etag) == (
        "assets/demo/video.mp4",
        "video/mp4",
        1000,
        "e1",
    )
    assert link.expires_at == datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert parse_qs(urlsplit(link.url).query)["X-Amz-Expires"] == ["86400"]


async def test_a_link_never_outlives_its_credentials() -> None:
    end = NOW + timedelta(minutes=47, seconds=3)
    link = await signer(SigningKey("AKID", "secret", "token", end)).link(STORED)
    assert timedelta() <= end - link.expires_at < timedelta(seconds=1)
    fields = parse_qs(urlsplit(link.url).query)
    assert (fields["X-Amz-Expires"], fields["X-Amz-Security-Token"]) == (["2823"], ["token"])


async def test_a_session_without_a_known_end_counts_as_the_shortest() -> None:
    link = await signer(SigningKey("AKID", "secret", "token")).link(STORED)
    assert link.expires_at == NOW.replace(microsecond=0) + UNKNOWN_LIFETIME


@pytest.mark.parametrize("left", [-10, 0, 59])
async def test_credentials_about_to_end_sign_nothing(left: int) -> None:
    with pytest.raises(DependencyDown, match="about to end"):
        await signer(SigningKey("AKID", "secret", "token", NOW + timedelta(seconds=left))).link(STORED)


@pytest.mark.parametrize("lifetime", [timedelta(), MAX_LIFETIME + timedelta(seconds=1)])
def test_a_lifetime_that_s3_would_refuse_is_refused_first(lifetime: timedelta) -> None:
    with pytest.raises(ValueError, match="a link lives"):
        signer(lifetime=lifetime)


def test_no_secret_shows() -> None:
    assert "secret" not in repr(SigningKey("AKID", "secret", "secret-token"))


@pytest.fixture
def aws_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No credentials but what a test writes."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "credentials"
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return file


@pytest.fixture
def profile(aws_files: Path) -> str:
    aws_files.write_text("[signer]\naws_access_key_id = AKID\naws_secret_access_key = secret\n", encoding="utf-8")
    return "signer"


@pytest.mark.usefixtures("aws_files")
async def test_keys_that_end_are_read_with_their_end(monkeypatch: pytest.MonkeyPatch) -> None:
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", end.isoformat())
    assert await SessionKeys().current() == SigningKey("ASIA", "secret", "token", end)


@pytest.mark.usefixtures("aws_files")
async def test_keys_that_ended_and_are_not_renewed_are_a_dependency_that_is_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", "2026-01-01T00:00:00Z")
    with pytest.raises(DependencyDown, match="no signing credentials: RuntimeError"):
        await SessionKeys().current()


async def test_a_profile_signs_with_keys_of_its_own(profile: str) -> None:
    assert await SessionKeys(profile).current() == SigningKey("AKID", "secret")
    with pytest.raises(DependencyDown, match="ProfileNotFound"):
        await SessionKeys("nobody").current()


@pytest.mark.usefixtures("aws_files")
async def test_no_keys_at_all_are_a_dependency_that_is_down() -> None:
    with pytest.raises(DependencyDown, match="no signing credentials found"):
        await SessionKeys().current()


@pytest.fixture
async def video(strict_s3: VersityGw) -> StoredObject:
    name = f"signing-{secrets.token_hex(4)}"
    async with get_session().create_client(
        "s3",
        region_name=strict_s3.region,
        endpoint_url=strict_s3.endpoint,
        aws_access_key_id=strict_s3.access_key,
        aws_secret_access_key=strict_s3.secret_key,
    ) as client:
        await client.create_bucket(Bucket=name)
        await client.put_object(Bucket=name, Key="demo/a ñ+=&.mp4", Body=b"frames", ContentType="video/mp4")
        stored = await Bucket(client, name).head("demo/a ñ+=&.mp4")
    assert stored is not None
    return stored


async def fetch(url: str) -> tuple[int, bytes]:
    async with aiohttp.ClientSession() as http, http.get(URL(url, encoded=True)) as answer:
        return answer.status, await answer.read()


async def test_a_server_that_checks_takes_the_link(strict_s3: VersityGw, video: StoredObject) -> None:
    key = SigningKey(strict_s3.access_key, strict_s3.secret_key)
    now = FixedClock(datetime.now(UTC))
    link = await LinkSigner(FixedKeys(key), now, region=strict_s3.region, endpoint=strict_s3.endpoint).link(video)
    assert await fetch(link.url) == (200, b"frames")
    assert (await fetch(link.url[:-1] + ("0" if link.url[-1] != "0" else "1")))[0] == 403
    assert (await fetch(link.url.replace("86400", "86401")))[0] == 403


async def test_a_server_that_checks_refuses_an_old_link(strict_s3: VersityGw, video: StoredObject) -> None:
    key = SigningKey(strict_s3.access_key, strict_s3.secret_key)
    yesterday = FixedClock(datetime.now(UTC) - timedelta(hours=24, seconds=5))
    link = await LinkSigner(FixedKeys(key), yesterday, region=strict_s3.region, endpoint=strict_s3.endpoint).link(video)
    assert (await fetch(link.url))[0] == 403
