"""A delivery with everything around it within reach of the test: time, Telegram, the tables, the broker."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session

from lbc_contracts.ids import Step
from lbc_contracts.messages import Button, Link, Message, Outcome, Send, Speech, Text, Video
from lbc_contracts.tables import CONTROL, DELIVERIES, FILES, TOMBSTONES
from lbc_contracts.topology import DELIVERY, OUTCOMES, WorkQueue
from lbc_delivery.adapters.memory import MemoryDeliveries, MemoryFiles, MemoryPause, MemoryTombstones
from lbc_delivery.app.claims import Claims
from lbc_delivery.app.deliver import Delivery, Edges
from lbc_delivery.app.limits import Limits
from lbc_delivery.app.pause import Pause
from lbc_delivery.app.ports import ChatAction, Receipt, RefusedError
from lbc_delivery.app.remembered import RememberedFiles
from lbc_delivery.app.sending import Sender
from lbc_delivery.domain.drafts import Draft
from lbc_delivery.domain.pace import Chats, Pace
from lbc_delivery.domain.patience import Patience
from lbc_delivery.domain.refusals import Answer
from lbc_runtime.errors import DependencyDown
from lbc_runtime.worker import Incoming
from lbc_testkit.dynamodb import DynamoDB

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ME, OTHER = "host:1:me", "host:2:other"
LEASE = timedelta(seconds=30)
AGAIN = Button(label="Again", data="watch_video:1:v")


def link(*, minutes: float = 60, etag: str = "e1", url: str = "https://s3.test/welcome.mp4?sig=1") -> Link:
    return Link(
        url=url,
        expires_at=NOON + timedelta(minutes=minutes),
        object_key="assets/demo/welcome.mp4",
        content_type="video/mp4",
        size=1000,
        etag=etag,
    )


def text(**changes: Any) -> Send:
    plain = Send(
        id="demo:42:1:done:1",
        correlation_id="demo:update:7",
        time=NOON,
        bot="demo",
        user_id=42,
        chat_id=42,
        session=1,
        step=Step.DONE,
        content=Text(html="<b>Done</b>"),
    )
    return plain.model_copy(update=changes)


def video(**changes: Any) -> Send:
    mine: dict[str, Any] = {
        "id": "demo:42:1:video:1",
        "step": Step.VIDEO,
        "content": Video(object_key="demo/welcome.mp4", caption="Welcome", buttons=((AGAIN,),)),
        "fallback": Text(html="See it here", buttons=((AGAIN,),)),
        "link": link(),
    }
    return text(**(mine | changes))


def speech(**changes: Any) -> Send:
    mine: dict[str, Any] = {
        "id": "demo:42:1:greeting:1",
        "step": Step.GREETING,
        "content": Speech(words="Hello", language="en-US", voice="Matthew", title="Hi", caption="Hello"),
        "link": link(),
    }
    return text(**(mine | changes))


def refused(status: int, description: str, **parameters: Any) -> RefusedError:
    return RefusedError(Answer(status, description, **parameters))


class FakeClock:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)


class FakeBotApi:
    """Takes what it is given; answers as told, else with the next message id."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self.actions: list[ChatAction] = []
        self.answers: deque[Receipt | Exception | Callable[[], Receipt]] = deque()
        self.action_error: Exception | None = None
        self.probe_error: Exception | None = None
        self.probes = 0
        self.file_id: str | None = "file-1"
        self.asked, self.free = asyncio.Event(), asyncio.Event()
        self.free.set()

    async def send(self, draft: Draft) -> Receipt:
        self.drafts.append(draft)
        self.asked.set()
        await self.free.wait()
        answer = self.answers.popleft() if self.answers else Receipt(100 + len(self.drafts), self.file_id)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Receipt) else answer()

    async def act(self, chat_id: int, action: ChatAction) -> None:
        assert chat_id == 42
        self.actions.append(action)
        if self.action_error:
            raise self.action_error

    async def probe(self) -> None:
        self.probes += 1
        if self.probe_error:
            raise self.probe_error


class FakePublisher:
    def __init__(self) -> None:
        self.published: list[tuple[Message, WorkQueue]] = []
        self.down = False

    async def publish(self, message: Message, to: WorkQueue) -> None:
        if self.down:
            raise DependencyDown("rabbitmq")
        self.published.append((message, to))


class FaultyDeliveries(MemoryDeliveries):
    """Fails the named calls, before or after they took effect."""

    def __init__(self) -> None:
        super().__init__()
        self.failing: set[str] = set()
        self.failing_after: set[str] = set()

    async def claim(self, *arguments: Any, **named: Any) -> Any:
        return await self._call("claim", *arguments, **named)

    async def mark(self, *arguments: Any, **named: Any) -> Any:
        return await self._call("mark", *arguments, **named)

    async def release(self, *arguments: Any, **named: Any) -> Any:
        return await self._call("release", *arguments, **named)

    async def _call(self, name: str, *arguments: Any, **named: Any) -> Any:
        if name in self.failing:
            raise DependencyDown("dynamodb")
        result = await getattr(super(), name)(*arguments, **named)
        if name in self.failing_after:
            raise DependencyDown("dynamodb")
        return result


@dataclass
class CountingMeter:
    sends: Counter[tuple[str, str]] = field(default_factory=Counter)
    doubts: Counter[str] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)

    def sent(self, kind: str, result: str) -> None:
        self.sends[kind, result] += 1

    def doubtful(self, cause: str) -> None:
        self.doubts[cause] += 1

    def file_id(self, result: str) -> None:
        self.files[result] += 1


@dataclass
class Bench:
    """A delivery and its surroundings; ``restarted`` is the next life of the process, over the same tables."""

    api: FakeBotApi = field(default_factory=FakeBotApi)
    rows: FaultyDeliveries = field(default_factory=FaultyDeliveries)
    files: MemoryFiles = field(default_factory=MemoryFiles)
    tombstones: MemoryTombstones = field(default_factory=MemoryTombstones)
    publisher: FakePublisher = field(default_factory=FakePublisher)
    clock: FakeClock = field(default_factory=FakeClock)
    meter: CountingMeter = field(default_factory=CountingMeter)
    switch: MemoryPause = field(default_factory=MemoryPause)
    owner: str = ME
    rate: float = 0
    chat_rate: float = 0

    def __post_init__(self) -> None:
        self.pause = Pause(self.switch, self.clock, 3)
        self.pace = Pace(self.rate)
        self.claims = Claims(
            self.rows,
            self.owner,
            lease=LEASE,
            request=timedelta(seconds=15),
            clock=self.clock,
            meter=self.meter,
        )
        limits = Limits(self.pace, Chats(self.chat_rate, 100), self.clock, patience=1.2)
        self.delivery = Delivery(
            "demo",
            Edges(self.api, RememberedFiles(self.files, 10), self.tombstones, self.publisher, self.meter, self.clock),
            claims=self.claims,
            limits=limits,
            sender=Sender(
                self.api,
                self.claims,
                limits,
                self.clock,
                self.meter,
                patience=Patience(3, timedelta(days=1)),
                link_label="open",
            ),
            pause=self.pause,
            min_link_life=timedelta(minutes=10),
        )

    async def handle(self, message: Message, *, redelivered: bool = False) -> None:
        await self.pause.probe()
        await self.delivery.handle(Incoming(message, DELIVERY, 0, redelivered))

    def restarted(self) -> Bench:
        return Bench(
            api=self.api,
            rows=self.rows,
            files=self.files,
            tombstones=self.tombstones,
            publisher=self.publisher,
            clock=self.clock,
            meter=self.meter,
            switch=self.switch,
            owner=OTHER,
        )

    @property
    def outcomes(self) -> list[Outcome]:
        return [m for m, to in self.publisher.published if to is OUTCOMES and isinstance(m, Outcome)]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def dynamodb_client(endpoint: str) -> Any:
    config = AioConfig(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1})
    return get_session().create_client(
        "dynamodb",
        region_name="us-east-1",
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=config,
    )


@pytest_asyncio.fixture
async def client(dynamodb: DynamoDB) -> AsyncIterator[Any]:
    async with dynamodb_client(dynamodb.endpoint) as made:
        yield made


@pytest_asyncio.fixture
async def prefix(client: Any) -> AsyncIterator[str]:
    drawn = f"test-{secrets.token_hex(4)}-"
    tables = (DELIVERIES, FILES, CONTROL, TOMBSTONES)
    for table in tables:
        await client.create_table(
            TableName=drawn + table.name,
            KeySchema=[{"AttributeName": table.hash.name, "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": table.hash.name, "AttributeType": table.hash.type}],
            BillingMode="PAY_PER_REQUEST",
        )
    yield drawn
    for table in tables:
        await client.delete_table(TableName=drawn + table.name)
