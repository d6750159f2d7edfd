"""One message from its delivery to its ack, by the rules of the runtime; knows nothing of AMQP."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack
from dataclasses import dataclass, field
from typing import Protocol

from lbc_contracts.messages import Message
from lbc_contracts.topology import Rung, Service, WorkQueue
from lbc_contracts.wire import TooNewError, UnreadableError, Wire, decode
from lbc_runtime.clock import Clock
from lbc_runtime.crash import crash_point
from lbc_runtime.errors import DependencyDown, Invalid, Transient
from lbc_runtime.gate import Gate, Held
from lbc_runtime.metrics import Catalogue, code
from lbc_runtime.publisher import WirePublisher
from lbc_runtime.settings import BrokerSettings
from lbc_runtime.telemetry import bind, follow_trace
from lbc_runtime.turns import NoTurnError, Turns
from lbc_runtime.verdict import Done, Forward, Rules, Verdict, attempt_of, not_before_of

log = logging.getLogger(__name__)

SUSPECT_DELIVERIES = 3
"""Redeliveries after which a message is processed alone."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message for a handler.

    Attributes:
        message: decoded.
        queue: where it was.
        attempt: attempts already spent on it.
        redelivered: whether it may have been handled before, wholly or in part.
    """

    message: Message
    queue: WorkQueue
    attempt: int = 0
    redelivered: bool = False


Handler = Callable[[Incoming], Awaitable[None]]
"""Does all the work for a message, its publishes included, before it returns; what it raises steers the runtime."""


class Acks(Protocol):
    """Answers to the broker; both do nothing once the channel of the delivery is gone."""

    async def ack(self) -> None:
        """It is done with; the broker may forget it."""
        ...

    async def release(self) -> None:
        """Give it to somebody else."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as the broker delivered it.

    Attributes:
        redeliveries: how often it was delivered before.
        gone: set when its channel is gone; it will be delivered again, so to ack it means nothing.
    """

    queue: WorkQueue
    wire: Wire
    acks: Acks
    redeliveries: int = 0
    redelivered: bool = False
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def suspect(self) -> bool:
        """Whether it may be what crashes its consumers."""
        return self.redeliveries >= SUSPECT_DELIVERIES


class Processor:
    """Applies the rules to each message.

    Args:
        settings: times and numbers.
        service: whose messages.
        handlers: by queue.
        publisher: carries messages to rungs and dead letters.
        gate: holds them while a dependency is down.
        turns: lets suspects go alone.
        clock: tells when a parked message may go.
        metrics: count.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        service: Service,
        handlers: Mapping[WorkQueue, Handler],
        *,
        publisher: WirePublisher,
        gate: Gate,
        turns: Turns,
        clock: Clock,
        metrics: Catalogue,
    ) -> None:
        self._settings = settings
        self._service = service
        self._handlers = handlers
        self._publisher = publisher
        self._gate = gate
        self._turns = turns
        self._clock = clock
        self._rules = Rules(service, settings.max_attempts)
        self._ends = metrics.counter("lbc_messages_total")
        self._parked = metrics.counter("lbc_parked_total")
        self._dead = metrics.counter("lbc_dead_letters_total")
        self._redelivered = metrics.counter("lbc_redelivered_total")
        self._seconds = metrics.histogram("lbc_message_seconds")

    async def process(self, delivery: Delivery) -> None:
        """Bring ``delivery`` to an end: acked, or released, or gone with its channel."""
        wire = delivery.wire
        if delivery.redelivered:
            self._redelivered.labels(self._service, delivery.queue.name).inc()
        with (
            bind(correlation_id=wire.correlation_id),
            follow_trace(wire.headers, f"process {delivery.queue.name}"),
        ):
            async with self._turns.member(suspect=delivery.suspect):
                result = await self._finish(delivery)
        self._ends.labels(self._service, delivery.queue.name, result).inc()

    async def _finish(self, delivery: Delivery) -> str:
        verdict: Verdict | None = None
        held_until: float | None = None
        with ExitStack() as held:
            while True:
                if not self._gate.is_open or held_until is not None:
                    held_until = held_until or self._start_holding(held)
                    seconds = held_until - self._clock.monotonic()
                    why = await self._gate.wait(seconds=seconds, gone=delivery.gone)
                    if why is not Held.OPEN:
                        return await self._let_go(delivery, verdict, why)
                try:
                    async with self._turn(delivery, held_until):
                        if delivery.gone.is_set():
                            return "gone"
                        verdict = verdict or await self._judge(delivery)
                        result = await self._settle(delivery, verdict)
                except NoTurnError:
                    return await self._let_go(delivery, verdict, Held.GONE if delivery.gone.is_set() else Held.TOO_LONG)
                except DependencyDown as error:
                    self._gate.close(error)
                    held_until = held_until or self._start_holding(held)
                else:
                    self._gate.worked()
                    return result

    def _turn(self, delivery: Delivery, held_until: float | None) -> AbstractAsyncContextManager[None]:
        limit = self._settings.hold_limit
        # What the gate took of the limit is gone: the broker ends what is not acked for too long.
        patience = limit if held_until is None else max(0.0, held_until - self._clock.monotonic())
        return self._turns.turn(suspect=delivery.suspect, patience=patience, gone=delivery.gone)

    def _start_holding(self, held: ExitStack) -> float:
        held.enter_context(self._gate.holding())
        return self._clock.monotonic() + self._settings.hold_limit

    async def _let_go(self, delivery: Delivery, verdict: Verdict | None, why: Held) -> str:
        """Stop holding a message: it waits in the broker instead, where no time limit ends it."""
        if why is Held.GONE:
            return "gone"
        rung = Rung.SHORT if why is Held.STOPPING else Rung.LONG
        waiting = self._rules.park(delivery.queue, result="held", reason="held", rung=rung, not_before=None)
        try:
            return await self._settle(delivery, verdict or waiting)
        except DependencyDown as error:
            log.warning("released: it can neither be handled nor put off", extra={"cause": str(error)})
            await delivery.acks.release()
            return "released"

    async def _judge(self, delivery: Delivery) -> Verdict:
        queue, wire = delivery.queue, delivery.wire
        now = self._clock.now().timestamp()
        not_before = not_before_of(wire)
        if not_before > now:
            return self._rules.park_until(queue, now=now, not_before=not_before, reason="not-before")
        crash_point("worker.before_handle")
        try:
            message = _read(wire)
            incoming = Incoming(message, queue, attempt_of(wire), delivery.redelivered)
            with self._seconds.labels(self._service, queue.name).time():
                await self._handle(incoming)
        except _NewerError as error:
            log.warning("parked: of a newer version than this code reads", extra={"cause": str(error)})
            return self._rules.park(queue, result="too-new", reason="too-new", rung=Rung.LONG, not_before=None)
        except Exception as error:  # noqa: BLE001 - what is no signal is a bug, and ends in a dead letter with its stack
            return self._rules.on_error(queue, wire, error, now=self._clock.now().timestamp())
        crash_point("worker.after_handle")
        return Done()

    async def _handle(self, incoming: Incoming) -> None:
        limit = self._settings.handle_timeout
        try:
            async with asyncio.timeout(limit) as scope:
                await self._handlers[incoming.queue](incoming)
        except TimeoutError:
            if scope.expired():
                raise Transient("handle-timeout", f"not done within {limit:g} s") from None
            raise
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task and task.cancelling():
                raise
            raise RuntimeError("the handler was cancelled from within") from error

    async def _settle(self, delivery: Delivery, verdict: Verdict) -> str:
        if isinstance(verdict, Forward):
            if delivery.gone.is_set():
                return "gone"  # it comes again anyway: a copy would only double it
            await self._publisher.publish_wire(
                verdict.apply(delivery.wire), exchange=verdict.exchange, routing_key=verdict.routing_key
            )
            self._tell(delivery, verdict)
            crash_point(verdict.crash_point)
        await delivery.acks.ack()
        crash_point("worker.after_ack")
        return verdict.result

    def _tell(self, delivery: Delivery, verdict: Forward) -> None:
        queue = delivery.queue.name
        reason = code(verdict.reason)
        if verdict.is_dead:
            self._dead.labels(self._service, queue, reason).inc()
            error = verdict.headers.get("x-lbc-error")
            log.error("given up", extra={"queue": queue, "result": verdict.result, "reason": reason, "cause": error})
        elif verdict.is_parked:
            self._parked.labels(self._service, reason).inc()
        else:
            log.warning("to be tried again", extra={"queue": queue, "reason": reason})


class _NewerError(Exception):
    """The message itself is of a newer version; the same error from within a handler would be a bug."""


def _read(wire: Wire) -> Message:
    try:
        return decode(wire)
    except TooNewError as error:
        raise _NewerError(str(error)) from None
    except UnreadableError as error:
        raise Invalid("unreadable", str(error)) from None
