"""Everything tts touches, real or fake, side by side."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session

from lbc_contracts.ids import Step
from lbc_contracts.messages import Message, Send, Speech
from lbc_contracts.topology import TTS, WorkQueue
from lbc_runtime.errors import DependencyDown
from lbc_runtime.objects import Bucket, Forbidden, StoredObject
from lbc_runtime.signing import LinkSigner, SigningKey
from lbc_runtime.worker import Incoming
from lbc_testkit.aws import Moto
from lbc_tts.app.speak import Engine, Speaker
from lbc_tts.domain.speech import SpeechRefusedError

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HELLO = Speech(words="Hello there.", language="en-US", voice="Matthew", title="Hello", caption="Hello there.")


def saying(words: str = HELLO.words, language: str = "en-US", voice: str = "Matthew", **changes: object) -> Speech:
    """Speech that nobody has checked, as a command may carry it."""
    return HELLO.model_copy(update={"words": words, "language": language, "voice": voice, **changes})


def command(content: object = HELLO, **changes: object) -> Send:
    plain = Send(
        id="demo:42:1:greeting:1",
        correlation_id="demo:update:7",
        time=NOON,
        bot="demo",
        user_id=42,
        chat_id=42,
        session=1,
        step=Step.GREETING,
        content=HELLO,
    )
    return plain.model_copy(update={"content": content, **changes})


class FakeClock:
    """Stands still; to sleep is to move it, unless it is stopped."""

    def __init__(self, *, stopped: bool = False) -> None:
        self.seconds = 0.0
        self.stopped = stopped

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += 0 if self.stopped else seconds


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


class FakeStore:
    """As ``Bucket``, without S3; ``test_store.py`` runs on both."""

    name = "tts"

    def __init__(self) -> None:
        self.objects: dict[str, StoredObject] = {}
        self.down = False
        self.forbidden = False

    async def head(self, key: str) -> StoredObject | None:
        self._answer()
        if self.forbidden:
            raise Forbidden("as told")
        return self.objects.get(key)

    async def put(self, key: str, body: bytes, content_type: str, kms_key_id: str | None = None) -> StoredObject:
        self._answer()
        etag = f"{hash((body, kms_key_id)):x}"
        self.objects[key] = StoredObject("tts", key, len(body), etag, content_type)
        return self.objects[key]

    def _answer(self) -> None:
        if self.down:
            raise DependencyDown("s3", "as told")


class FakeEngine:
    """As an engine, in silence; ``test_engines.py`` runs on it and on the real ones."""

    def __init__(self) -> None:
        self.spoken: list[tuple[str, str, str]] = []
        self.error: Exception | None = None

    def name(self, speech: Speech) -> str:
        return f"fake-{speech.engine}"

    async def synthesize(self, speech: Speech) -> bytes:
        if self.error:
            raise self.error
        if speech.language not in {"en-US", "es-ES"}:
            raise SpeechRefusedError("language-unknown", speech.language)
        self.spoken.append((speech.words, speech.language, speech.voice))
        return b"\xff\xf3" + speech.words.encode()


@dataclass
class Bench:
    """The handler among fakes."""

    engine: FakeEngine = field(default_factory=FakeEngine)
    store: FakeStore = field(default_factory=FakeStore)
    publisher: FakePublisher = field(default_factory=FakePublisher)
    clock: FakeClock = field(default_factory=FakeClock)
    results: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.speaker = self.new_process(self.engine)

    def new_process(self, engine: Engine, store: Any = None) -> Speaker:
        signer = LinkSigner(FakeKeys(), self.clock, region="us-east-1", endpoint="http://s3.test")
        return Speaker(
            store or self.store, engine, signer, self.publisher, self.clock, count=self._count, kms_key_id="alias/tts"
        )

    def _count(self, result: str) -> None:
        self.results[result] += 1

    async def handle(self, message: Message) -> None:
        await self.speaker.handle(Incoming(message=message, queue=TTS, attempt=0, redelivered=False))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def connect(service: str, endpoint: str) -> AbstractAsyncContextManager[Any]:
    client: AbstractAsyncContextManager[Any] = get_session().create_client(
        service,
        region_name="us-east-1",
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=AioConfig(
            connect_timeout=2, read_timeout=2, retries={"total_max_attempts": 1}, parameter_validation=False
        ),
    )
    return client


@pytest.fixture
async def bucket(aws: Moto) -> AsyncIterator[Bucket]:
    """A bucket of the test's own."""
    name = f"tts-{secrets.token_hex(4)}"
    async with connect("s3", aws.endpoint) as client:
        await client.create_bucket(Bucket=name)
        yield Bucket(client, name)
