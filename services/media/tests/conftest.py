"""A bucket that is moto's or a fake, and everything else within reach of the test."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from aiobotocore.session import get_session

from lbc_contracts.ids import Step
from lbc_contracts.messages import Message, Send, Video
from lbc_contracts.topology import MEDIA, WorkQueue
from lbc_media.app.enrich import Enricher
from lbc_runtime.errors import DependencyDown
from lbc_runtime.objects import Bucket, Forbidden, StoredObject
from lbc_runtime.signing import LinkSigner, SigningKey
from lbc_runtime.worker import Incoming
from lbc_testkit.aws import Moto

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEY = "demo/welcome-en.mp4"


def command(**changes: object) -> Send:
    plain = Send(
        id="demo:42:1:video:1",
        correlation_id="demo:update:7",
        time=NOON,
        bot="demo",
        user_id=42,
        chat_id=42,
        session=1,
        step=Step.VIDEO,
        content=Video(object_key=KEY, caption="Welcome"),
        refreshes=1,
    )
    return plain.model_copy(update=changes)


def incoming(message: Message) -> Incoming:
    return Incoming(message=message, queue=MEDIA, attempt=0, redelivered=False)


class FakeClock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class FakePublisher:
    def __init__(self) -> None:
        self.published: list[tuple[Message, WorkQueue]] = []
        self.down = False

    async def publish(self, message: Message, to: WorkQueue) -> None:
        if self.down:
            raise DependencyDown("rabbitmq", "as told")
        self.published.append((message, to))


class FakeKeys:
    async def current(self) -> SigningKey:
        return SigningKey("AKID", "secret")


class FakeAssets:
    """As ``Bucket``, without S3; the suite below runs on both."""

    name = "assets"

    def __init__(self) -> None:
        self.objects: dict[str, StoredObject] = {}
        self.down = False
        self.forbidden: set[str] = set()

    async def head(self, key: str) -> StoredObject | None:
        if self.down:
            raise DependencyDown("s3", "as told")
        if key in self.forbidden:
            raise Forbidden("as told")
        return self.objects.get(key)


class CountingAssets:
    """Counts the look-ups of whichever bucket."""

    def __init__(self, bucket: Bucket | FakeAssets) -> None:
        self.bucket = bucket
        self.name = bucket.name
        self.heads = 0

    async def head(self, key: str) -> StoredObject | None:
        self.heads += 1
        return await self.bucket.head(key)


@dataclass
class Bench:
    """The handler with its surroundings.

    ``put(key, body, type)`` uploads; ``break_down()`` takes the bucket away.
    """

    assets: CountingAssets
    put: Callable[[str, bytes, str], Awaitable[None]]
    break_down: Callable[[], Awaitable[None]]
    publisher: FakePublisher = field(default_factory=FakePublisher)
    clock: FakeClock = field(default_factory=FakeClock)
    results: Counter[str] = field(default_factory=Counter)
    enricher: Enricher = field(init=False)

    def __post_init__(self) -> None:
        signer = LinkSigner(FakeKeys(), self.clock, region="us-east-1", endpoint="http://s3.test")
        self.enricher = Enricher(self.assets, signer, self.publisher, self.clock, self._count)

    def _count(self, result: str) -> None:
        self.results[result] += 1

    async def handle(self, message: Message) -> None:
        await self.enricher.handle(incoming(message))


def fake_bench() -> Bench:
    assets = FakeAssets()

    async def put(key: str, body: bytes, content_type: str) -> None:
        assets.objects[key] = StoredObject("assets", key, len(body), f"etag-of-{len(body)}", content_type)

    async def break_down() -> None:
        assets.down = True

    return Bench(CountingAssets(assets), put, break_down)


@pytest.fixture(params=["fake", "moto"])
async def bench(request: pytest.FixtureRequest, aws: Moto) -> AsyncIterator[Bench]:
    if request.param == "fake":
        yield fake_bench()
        return
    name = f"assets-{secrets.token_hex(4)}"
    async with get_session().create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url=aws.endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    ) as client:
        await client.create_bucket(Bucket=name)

        async def put(key: str, body: bytes, content_type: str) -> None:
            await client.put_object(Bucket=name, Key=key, Body=body, ContentType=content_type)

        async def break_down() -> None:
            await client.delete_bucket(Bucket=name)

        yield Bench(CountingAssets(Bucket(client, name)), put, break_down)
