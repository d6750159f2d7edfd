"""A door on a free port, with a publisher that does as it is told."""

from __future__ import annotations

import asyncio
import io
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from lbc_contracts.messages import Message
from lbc_contracts.topology import WorkQueue
from lbc_ingress.adapters.bounded import BoundedProtocol
from lbc_ingress.adapters.http import PATH, Webhook, build
from lbc_ingress.adapters.secrets import WebhookSecrets
from lbc_ingress.adapters.server import HttpServer, listen
from lbc_ingress.app.accept import Acceptor
from lbc_ingress.domain.flood import FloodGate, FloodLimit
from lbc_runtime.errors import DependencyDown
from lbc_runtime.secretfile import SecretFile

SECRET = "current-secret"
PREVIOUS = "previous-secret"
NO_LIMIT = FloodLimit(0, 1, 1)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class FakePublisher:
    """Keeps what it confirms; can be down, or slow until told to go on."""

    def __init__(self) -> None:
        self.confirmed: list[tuple[Message, WorkQueue]] = []
        self.waiting = 0
        self.down = False
        self.open = asyncio.Event()
        self.open.set()

    async def publish(self, message: Message, to: WorkQueue) -> None:
        self.waiting += 1
        try:
            await self.open.wait()
        finally:
            self.waiting -= 1
        if self.down:
            raise DependencyDown("rabbitmq", "as told")
        self.confirmed.append((message, to))


class FakeClock:
    """Stands still until moved."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class Door:
    """A running ingress and its surroundings."""

    publisher: FakePublisher
    clock: FakeClock
    results: Counter[str]
    server: HttpServer
    http: aiohttp.ClientSession
    stop: asyncio.Event
    running: asyncio.Task[None]
    secret_files: list[Path]
    url: str = field(init=False)

    def __post_init__(self) -> None:
        self.url = f"http://127.0.0.1:{self.server.port}{PATH}"

    async def post(self, body: bytes, secret: str | None = SECRET) -> tuple[int, bytes, dict[str, str]]:
        headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
        async with self.http.post(self.url, data=io.BytesIO(body), headers=headers) as answer:
            return answer.status, await answer.read(), {k.lower(): v for k, v in answer.headers.items()}


OpenDoor = Callable[..., AbstractAsyncContextManager[Door]]


@asynccontextmanager
async def open_door(
    folder: Path,
    *,
    flood: FloodLimit = NO_LIMIT,
    max_body: int = 1024 * 1024,
    max_in_flight: int = 100,
    wait: float = 5.0,
    body_timeout: float = 5.0,
    drain_timeout: float = 5.0,
    protocol: type[BoundedProtocol] = BoundedProtocol,
) -> AsyncIterator[Door]:
    files = [folder / "current", folder / "previous"]
    for file, secret in zip(files, (SECRET, PREVIOUS), strict=True):
        file.write_text(f"{secret}\n", encoding="utf-8")
    publisher, clock, results = FakePublisher(), FakeClock(), Counter[str]()

    def count(result: str) -> None:
        results[result] += 1

    acceptor = Acceptor("demo", publisher, FloodGate(flood), clock, max_in_flight=max_in_flight, wait=wait, count=count)
    webhook = Webhook(
        WebhookSecrets([SecretFile(file) for file in files]),
        acceptor,
        max_body=max_body,
        body_timeout=body_timeout,
        count=count,
        took=lambda _: None,
    )
    stop = asyncio.Event()
    with listen("127.0.0.1", 0) as listener:
        server = HttpServer(
            build(webhook), listener, drain_timeout=drain_timeout, max_connections=100, protocol=protocol
        )
        running = asyncio.create_task(server.run(stop))
        async with asyncio.timeout(5), aiohttp.ClientSession() as http:
            door = Door(publisher, clock, results, server, http, stop, running, files)
            yield door
        stop.set()
        publisher.open.set()
        await running


@pytest.fixture
def door_with(tmp_path: Path) -> OpenDoor:
    return lambda **changes: open_door(tmp_path, **changes)


@pytest.fixture
async def door(door_with: OpenDoor) -> AsyncIterator[Door]:
    async with door_with() as opened:
        yield opened


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what is awaited here tells nobody
            await asyncio.sleep(0.001)
