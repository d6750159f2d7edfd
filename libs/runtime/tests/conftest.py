from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiormq
import pytest
from aiormq.abc import AbstractChannel, DeliveredMessage
from prometheus_client import CollectorRegistry

from lbc_contracts.ids import Step
from lbc_contracts.messages import StepDue
from lbc_contracts.topology import DUE, Service, WorkQueue
from lbc_runtime import amqp
from lbc_runtime.gate import Probe
from lbc_runtime.metrics import Catalogue
from lbc_runtime.publisher import Publisher
from lbc_runtime.settings import BrokerSettings
from lbc_runtime.worker import Handler, Incoming, Worker
from lbc_testkit import wait_until
from lbc_testkit.fixtures import ProvisionedVHost


def due(name: str = "due-1") -> StepDue:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    return StepDue(
        id=name,
        correlation_id="update-7",
        time=now,
        bot="bot",
        user_id=1,
        session=1,
        step=Step.VIDEO,
        attempt=1,
        wake=0,
    )


def broker_settings(url: str, **changes: object) -> BrokerSettings:
    patience = {
        "url": url,
        "publish_timeout": 3,
        "connect_timeout": 5,
        "heartbeat": 2,
        "probe_backoff_min": 0.02,
        "probe_backoff_max": 0.2,
        "drain_timeout": 5,
        "handle_timeout": 20,
    }
    return BrokerSettings.model_validate(patience | changes)


@dataclass
class Recorder:
    """A handler that does what it is told, and remembers whom it met."""

    behave: Callable[[Incoming], Awaitable[None]] | None = None
    seen: list[Incoming] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    async def __call__(self, incoming: Incoming) -> None:
        self.seen.append(incoming)
        if self.behave:
            await self.behave(incoming)
        self.done.append(incoming.message.id)

    async def until_done(self, *names: str) -> None:
        await wait_until(lambda: set(names) <= set(self.done), what=f"{names} handled")

    async def until_seen(self, count: int) -> None:
        await wait_until(lambda: len(self.seen) >= count, what=f"{count} deliveries")


@dataclass
class Running:
    """A worker at work."""

    worker: Worker
    publisher: Publisher
    stop: asyncio.Event
    task: asyncio.Task[None]
    metrics: Catalogue

    async def end(self) -> None:
        self.stop.set()
        await asyncio.wait_for(self.task, 15)

    def count(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0

    def ends(self, result: str, queue: WorkQueue = DUE) -> float:
        return self.count("lbc_messages_total", service=queue.consumer.value, queue=queue.name, result=result)


class Bench:
    """A vhost with tools around it: publish, look into queues, run workers."""

    def __init__(self, vhost: ProvisionedVHost, admin: Publisher, channel: AbstractChannel) -> None:
        self.vhost = vhost
        self.admin = admin
        self._channel = channel

    async def send(self, *names: str, to: WorkQueue = DUE) -> None:
        for name in names:
            await self.admin.publish(due(name), to)

    async def take(self, queue: str) -> DeliveredMessage:
        """The next message of ``queue``, however long it takes to come; it is gone then."""
        found: list[DeliveredMessage] = []

        async def there() -> bool:
            message = await self._channel.basic_get(queue, no_ack=True, timeout=5)
            if message.delivery_tag:
                found.append(message)
            return bool(found)

        await wait_until(there, what=f"a message in {queue}")
        return found[0]

    async def depth(self, queue: str) -> int:
        declared = await self._channel.queue_declare(queue, passive=True, timeout=5)
        return declared.message_count or 0

    async def until_depth(self, queue: str, count: int) -> None:
        async def there() -> bool:
            return await self.depth(queue) == count

        await wait_until(there, what=f"{count} messages in {queue}")

    @contextlib.asynccontextmanager
    async def worker(
        self,
        handler: Handler,
        *,
        queues: tuple[WorkQueue, ...] = (DUE,),
        service: Service = Service.ONBOARDING,
        probes: Mapping[str, Probe] | None = None,
        **changes: object,
    ) -> AsyncIterator[Running]:
        settings = broker_settings(self.vhost.url(service), **changes)
        metrics = Catalogue(CollectorRegistry())
        async with Publisher(settings, metrics=metrics) as publisher:
            handlers = dict.fromkeys(queues, handler)
            worker = Worker(settings, service, handlers, publisher=publisher, probes=probes or {}, metrics=metrics)
            stop = asyncio.Event()
            task = asyncio.create_task(worker.run(stop))
            running = Running(worker, publisher, stop, task, metrics)
            await wait_until(worker.ready, what="the worker consumes")
            try:
                yield running
            finally:
                await running.end()


@pytest.fixture
def recorder() -> type[Recorder]:
    return Recorder


@pytest.fixture
def make_due() -> Callable[[str], StepDue]:
    return due


@pytest.fixture
def settings_for() -> Callable[..., BrokerSettings]:
    return broker_settings


@pytest.fixture
async def bench(vhost: ProvisionedVHost) -> AsyncIterator[Bench]:
    settings = broker_settings(vhost.amqp_url)
    async with Publisher(settings, metrics=Catalogue(CollectorRegistry())) as admin:
        connection = await aiormq.connect(vhost.amqp_url)
        try:
            yield Bench(vhost, admin, await connection.channel())
        finally:
            with contextlib.suppress(*amqp.LOST):
                await asyncio.wait_for(connection.close(), 5)
