"""Publishing: what returned without an error is on a majority of the broker's disks."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol, Self

import aiormq
from aiormq.abc import AbstractChannel, AbstractConnection

from lbc_contracts.messages import Message
from lbc_contracts.topology import WorkQueue
from lbc_contracts.wire import Wire, encode
from lbc_runtime import amqp
from lbc_runtime.backoff import Backoff
from lbc_runtime.cancellation import only_our_own
from lbc_runtime.clock import Clock, SystemClock
from lbc_runtime.errors import DependencyDown
from lbc_runtime.metrics import Catalogue, catalogue
from lbc_runtime.settings import BrokerSettings
from lbc_runtime.telemetry import inject_trace

log = logging.getLogger(__name__)


_REFUSALS = (
    aiormq.exceptions.PublishError,
    aiormq.exceptions.DeliveryError,
    aiormq.exceptions.AMQPChannelError,  # of the publish, such as one that is forbidden
)


class MessagePublisher(Protocol):
    """What handlers publish with."""

    async def publish(self, message: Message, to: WorkQueue) -> None:
        """Return when the broker has stored ``message``.

        Raises:
            DependencyDown: the broker did not say so; the message may have arrived all the same.
        """
        ...


class WirePublisher(Protocol):
    """What the worker moves messages with, to delay rungs and dead letters."""

    async def publish_wire(self, wire: Wire, *, exchange: str, routing_key: str) -> None:
        """Return when the broker has stored ``wire``.

        Raises:
            DependencyDown: the broker did not say so; the message may have arrived all the same.
        """
        ...


class Publisher:
    """A connection of its own, since the broker stops reading one that publishes while it is short of memory or disk.

    It connects in the background and for ever; a publish waits for that too, within its timeout.

    Args:
        settings: where the broker is, and how patient to be.
        name: what the broker shall call the connection.
        clock: paces the reconnecting.
        metrics: counts the publishes.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        *,
        name: str = "lbc-publisher",
        clock: Clock | None = None,
        metrics: Catalogue = catalogue,
    ) -> None:
        self._settings = settings
        self._name = name
        self._clock = clock or SystemClock()
        self._published = metrics.counter("lbc_published_total")
        self._up = metrics.gauge("lbc_dependency_up").labels(amqp.RABBITMQ)
        self._in_flight = asyncio.Semaphore(settings.max_publishes)
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._usable = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._keeper = asyncio.create_task(self._keep_connected(), name=self._name)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._keeper:
            self._keeper.cancel()
            await asyncio.wait({self._keeper})

    @property
    def connected(self) -> bool:
        """Whether a publish would go out now."""
        return self._channel is not None

    async def probe(self) -> None:
        """Return once the broker takes publishes: connected, and not blocked by an alarm."""
        await self._usable.wait()
        if self._connection:
            with only_our_own():
                await self._connection.ready()

    async def publish(self, message: Message, to: WorkQueue) -> None:
        """See :class:`MessagePublisher`."""
        await self.publish_wire(encode(message), exchange=to.name, routing_key=to.name)

    async def publish_wire(self, wire: Wire, *, exchange: str, routing_key: str) -> None:
        """See :class:`WirePublisher`."""
        if trace := inject_trace():
            wire = amqp.with_headers(wire, trace)
        result = "down"
        try:
            async with asyncio.timeout(self._settings.publish_timeout), self._in_flight:
                await self._send(wire, exchange, routing_key)
            result = "confirmed"
        except aiormq.exceptions.PublishError:
            result = "unroutable"
            raise DependencyDown(amqp.RABBITMQ, f"unroutable: {exchange} has no queue for {routing_key}") from None
        except aiormq.exceptions.DeliveryError:
            result = "refused"
            raise DependencyDown(amqp.RABBITMQ, f"refused by {exchange}: a queue behind it is full or away") from None
        except TimeoutError:
            result = "timeout"
            limit = self._settings.publish_timeout
            raise DependencyDown(amqp.RABBITMQ, f"no confirm from {exchange} within {limit:g} s") from None
        except amqp.LOST as error:
            raise DependencyDown(amqp.RABBITMQ, f"lost while publishing to {exchange}: {error!r}") from None
        finally:
            self._published.labels(routing_key, result).inc()

    async def _send(self, wire: Wire, exchange: str, routing_key: str) -> None:
        """Once more on the next connection, if the first was lost with the confirm still owed.

        The broker may then have the message twice. Consumers tell by its id, and whoever waits here gets an answer.
        """
        await self._usable.wait()
        used = self._channel
        try:
            await self._attempt(wire, exchange, routing_key)
        except _REFUSALS:
            raise
        except amqp.LOST:
            while self._channel is used:
                await self._clock.sleep(self._settings.probe_backoff_min)
            await self._usable.wait()
            await self._attempt(wire, exchange, routing_key)

    async def _attempt(self, wire: Wire, exchange: str, routing_key: str) -> None:
        channel = self._channel
        if channel is None:
            raise ConnectionError("no channel")
        with only_our_own():
            await channel.basic_publish(
                wire.body,
                exchange=exchange,
                routing_key=routing_key,
                properties=amqp.properties(wire),
                mandatory=True,
            )

    async def _keep_connected(self) -> None:
        backoff = Backoff(self._settings.probe_backoff_min, self._settings.probe_backoff_max)
        while True:
            try:
                with only_our_own():
                    async with amqp.connected(self._settings, self._name) as connection:
                        await self._keep_channel(connection, backoff)
            except amqp.LOST as error:
                log.warning("publisher: no connection to the broker", extra={"cause": repr(error)})
            except Exception:
                # A bug of ours or of the driver: said aloud, but a service that publishes no more would be worse.
                log.exception("publisher: the connection fell")
            self._up.set(0)
            await self._clock.sleep(backoff.next())

    async def _keep_channel(self, connection: AbstractConnection, backoff: Backoff) -> None:
        """Serve until the connection is lost; a channel ends earlier when a publish was forbidden or misdirected."""
        while not connection.is_closed:
            channel = await connection.channel(
                publisher_confirms=True, on_return_raises=True, timeout=self._settings.connect_timeout
            )
            self._connection, self._channel = connection, channel
            self._usable.set()
            self._up.set(1)
            opened = self._clock.monotonic()
            try:
                await asyncio.wait({channel.closing})
            finally:
                self._usable.clear()
                self._connection = self._channel = None
            if self._clock.monotonic() - opened > self._settings.probe_backoff_max:
                backoff.reset()
            log.warning("publisher: the channel closed", extra={"cause": amqp.why_closed(channel)})
            await self._clock.sleep(backoff.next())
