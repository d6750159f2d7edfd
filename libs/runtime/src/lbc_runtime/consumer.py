"""Takes messages from RabbitMQ, over a connection that only consumes, and for ever."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any

from aiormq.abc import AbstractChannel, AbstractConnection, DeliveredMessage
from prometheus_client import Counter

from lbc_contracts.topology import WorkQueue
from lbc_runtime import amqp
from lbc_runtime.backoff import Backoff
from lbc_runtime.cancellation import only_our_own
from lbc_runtime.clock import Clock
from lbc_runtime.intake import Intake
from lbc_runtime.processor import Delivery
from lbc_runtime.settings import BrokerSettings

log = logging.getLogger(__name__)

Process = Callable[[Delivery], Coroutine[Any, Any, None]]

_DELIVERY_COUNT = "x-delivery-count"


class Session:
    """One channel, from its opening until it is gone.

    Attributes:
        gone: set when it is; its unacked messages are then delivered again.
        failure: why it had to be given up, if for another reason than its own end.
    """

    def __init__(self, channel: AbstractChannel, timeout: float, acks_lost: Callable[[str], None]) -> None:
        self.channel = channel
        self.gone = asyncio.Event()
        self.failure: Exception | None = None
        self.changed = asyncio.Event()
        self._timeout = timeout
        self._acks_lost = acks_lost

    def fail(self, error: Exception) -> None:
        """Give the channel up: only its end brings all its messages back to the queue."""
        self.failure = self.failure or error
        self.changed.set()

    def end(self, _: object = None) -> None:
        """The channel has closed."""
        self.gone.set()
        self.changed.set()

    async def answer(self, queue: str, call: Callable[[], Awaitable[None]]) -> None:
        """Send an ack or its opposite; if it cannot be sent, the message comes again."""
        try:
            if self.gone.is_set():
                raise ConnectionError("the channel is gone")
            with only_our_own():
                async with asyncio.timeout(self._timeout):
                    await call()
        except amqp.LOST as error:
            self._acks_lost(queue)
            self.fail(error)


@dataclass(frozen=True, slots=True)
class ChannelAcks:
    """Answers for one delivery."""

    session: Session
    queue: str
    tag: int

    async def ack(self) -> None:
        """See :class:`lbc_runtime.processor.Acks`."""
        await self.session.answer(self.queue, lambda: self.session.channel.basic_ack(self.tag, wait=False))

    async def release(self) -> None:
        """See :class:`lbc_runtime.processor.Acks`."""
        await self.session.answer(self.queue, lambda: self.session.channel.basic_nack(self.tag, wait=False))


class Consumer:
    """Consumes ``queues`` while the intake is open, and hands each message to ``process`` in a task of its own.

    Args:
        settings: where the broker is, and how patient to be.
        name: what the broker shall call the connection.
        queues: to consume.
        process: brings a delivery to its end; must not raise.
        intake: whether new messages are wanted.
        clock: paces the reconnecting.
        acks_lost: counts acks that came too late, by queue.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        name: str,
        queues: Iterable[WorkQueue],
        process: Process,
        *,
        intake: Intake,
        clock: Clock,
        acks_lost: Counter,
    ) -> None:
        self._settings = settings
        self._name = name
        self._queues = tuple(queues)
        self._process = process
        self._intake = intake
        self._clock = clock
        self._acks_lost = acks_lost
        self._limit = 2 * settings.prefetch * len(self._queues)
        self._tasks: set[asyncio.Task[None]] = set()
        self.has_consumed = False

    @property
    def in_flight(self) -> int:
        """Messages delivered and not yet brought to an end."""
        return len(self._tasks)

    async def run(self, stop: asyncio.Event, on_stop: Callable[[], None]) -> None:
        """Consume until ``stop``, then finish what is in flight within the drain timeout.

        Args:
            stop: set when it is time to end.
            on_stop: called then, so that nobody waits for a dependency any longer.
        """
        backoff = Backoff(self._settings.probe_backoff_min, self._settings.probe_backoff_max)
        stopping = asyncio.ensure_future(stop.wait())
        try:
            while not stop.is_set():
                try:
                    with only_our_own():
                        async with amqp.connected(self._settings, self._name) as connection:
                            await self._session(connection, stop, on_stop, backoff)
                except amqp.LOST as error:
                    log.warning("consumer: no connection to the broker", extra={"cause": repr(error)})
                if not stop.is_set():
                    await self._pause(stopping, backoff.next())
        finally:
            on_stop()
            stopping.cancel()
            await self._drain()

    async def _pause(self, stopping: asyncio.Future[Any], seconds: float) -> None:
        """Wait before the next connection, and for handlers of the last one: what they hold comes again."""
        waits = [self._clock.sleep(seconds), self._idle()]
        pause = asyncio.ensure_future(asyncio.gather(*waits))
        try:
            await asyncio.wait({pause, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            pause.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await pause

    async def _idle(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _session(
        self, connection: AbstractConnection, stop: asyncio.Event, on_stop: Callable[[], None], backoff: Backoff
    ) -> None:
        channel = await connection.channel(publisher_confirms=False, timeout=self._settings.connect_timeout)
        lost = self._acks_lost
        session = Session(
            channel,
            self._settings.publish_timeout,
            lambda queue: lost.labels(self._name.removeprefix("lbc-"), queue).inc(),
        )
        closing = channel.closing
        closing.add_done_callback(session.end)
        channel.on_consumer_cancel_callbacks.add(
            lambda frame: session.fail(ConnectionError(f"the broker cancelled {frame.consumer_tag}"))
        )
        try:
            await channel.basic_qos(prefetch_count=self._settings.prefetch, timeout=self._settings.connect_timeout)
            await self._serve(session, stop, backoff)
            if stop.is_set() and not session.gone.is_set():
                on_stop()
                await self._drain()
        finally:
            session.gone.set()

    async def _serve(self, session: Session, stop: asyncio.Event, backoff: Backoff) -> None:
        tags: list[str] = []
        stopping = asyncio.ensure_future(stop.wait())
        stopping.add_done_callback(lambda _: session.changed.set())
        try:
            while not session.gone.is_set() and session.failure is None:
                session.changed.clear()
                self._intake.changed.clear()
                wanted = self._intake.is_open and not stop.is_set() and len(self._tasks) < self._limit
                if wanted and not tags:
                    tags = await self._consume(session)
                    backoff.reset()
                elif tags and not (self._intake.is_open and not stop.is_set()):
                    await self._cancel(session, tags)
                    tags = []
                if stop.is_set():
                    return
                await self._changed(session)
        finally:
            stopping.cancel()
        raise session.failure or ConnectionError("the channel closed")

    async def _changed(self, session: Session) -> None:
        waits = {asyncio.ensure_future(session.changed.wait()), asyncio.ensure_future(self._intake.changed.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _consume(self, session: Session) -> list[str]:
        timeout = self._settings.connect_timeout
        tags = []
        for queue in self._queues:
            await session.channel.queue_declare(queue.name, passive=True, timeout=timeout)
            consumed = await session.channel.basic_consume(queue.name, self._callback(session, queue), timeout=timeout)
            tags.append(str(consumed.consumer_tag))
        if not self.has_consumed:
            log.info("consuming", extra={"queues": [queue.name for queue in self._queues]})
        self.has_consumed = True
        return tags

    async def _cancel(self, session: Session, tags: list[str]) -> None:
        for tag in tags:
            await session.channel.basic_cancel(tag, timeout=self._settings.connect_timeout)

    def _callback(self, session: Session, queue: WorkQueue) -> Callable[[DeliveredMessage], Coroutine[Any, Any, None]]:
        async def take(message: DeliveredMessage) -> None:
            properties = message.header.properties
            count = (properties.headers or {}).get(_DELIVERY_COUNT)
            delivery = Delivery(
                queue,
                amqp.wire_of(message.body, properties),
                ChannelAcks(session, queue.name, message.delivery_tag or 0),
                redeliveries=count if isinstance(count, int) else 0,
                redelivered=bool(message.redelivered),
                gone=session.gone,
            )
            # A task of our own: the driver cancels its tasks when the channel closes, and a handler shall finish.
            task = asyncio.create_task(self._process(delivery))
            self._tasks.add(task)
            task.add_done_callback(lambda done: self._ended(session, done))

        return take

    def _ended(self, session: Session, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if len(self._tasks) == self._limit - 1:
            self._intake.changed.set()
        if not task.cancelled() and (error := task.exception()):
            log.critical("a message could not be brought to an end", exc_info=error)
            session.fail(RuntimeError("a message could not be brought to an end"))

    async def _drain(self) -> None:
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=self._settings.drain_timeout)
        for task in late:
            task.cancel()
        if late:
            log.warning("messages were not done in time; they are delivered again", extra={"messages": len(late)})
            await asyncio.wait(late, timeout=1)
