"""The consuming side of a service: queues, handlers, and the rules between them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from lbc_contracts.topology import Service, WorkQueue
from lbc_runtime import amqp
from lbc_runtime.clock import Clock, SystemClock
from lbc_runtime.consumer import Consumer
from lbc_runtime.gate import Gate, Probe
from lbc_runtime.intake import Intake
from lbc_runtime.metrics import Catalogue, catalogue
from lbc_runtime.processor import Handler, Incoming, Processor
from lbc_runtime.publisher import Publisher
from lbc_runtime.settings import BrokerSettings
from lbc_runtime.turns import Turns

__all__ = ["Handler", "Incoming", "Probe", "Worker"]


class Worker:
    """Consumes the queues of a service until it is told to stop.

    Args:
        settings: of the broker.
        service: whose delay rungs and dead letters to use.
        handlers: by queue.
        publisher: carries messages to rungs and dead letters; entered by the caller.
        probes: by dependency, what finds out whether it answers again.
        clock: paces all waits.
        metrics: where to count.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        service: Service,
        handlers: Mapping[WorkQueue, Handler],
        *,
        publisher: Publisher,
        probes: Mapping[str, Probe],
        clock: Clock | None = None,
        metrics: Catalogue = catalogue,
    ) -> None:
        clock = clock or SystemClock()
        intake = Intake()
        probes = {amqp.RABBITMQ: publisher.probe, **probes}
        self._gate = Gate(settings, service, probes, intake, clock=clock, metrics=metrics)
        processor = Processor(
            settings,
            service,
            handlers,
            publisher=publisher,
            gate=self._gate,
            turns=Turns(intake),
            clock=clock,
            metrics=metrics,
        )
        self._consumer = Consumer(
            settings,
            f"lbc-{service}",
            handlers,
            processor.process,
            intake=intake,
            clock=clock,
            acks_lost=metrics.counter("lbc_acks_lost_total"),
        )
        metrics.gauge("lbc_in_flight").labels(service).set_function(lambda: self._consumer.in_flight)
        self._told_to_stop: asyncio.Event | None = None

    def ready(self) -> bool:
        """Whether it has begun to consume and was not told to stop; pausing for a dependency changes nothing."""
        stopping = self._told_to_stop is not None and self._told_to_stop.is_set()
        return self._consumer.has_consumed and not stopping

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until ``stop``; then finish what is in flight, within the drain timeout."""
        self._told_to_stop = stop
        # A group, since a gate that fell would keep the worker paused for ever: better to fall with it.
        async with asyncio.TaskGroup() as group:
            gate = group.create_task(self._gate.run(), name="gate")
            await self._consumer.run(stop, self._gate.stop)
            gate.cancel()
