"""Wires ingress together, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from lbc_ingress.adapters.http import Webhook, build
from lbc_ingress.adapters.secrets import WebhookSecrets
from lbc_ingress.adapters.server import HttpServer, listen
from lbc_ingress.app.accept import Acceptor
from lbc_ingress.domain.flood import FloodGate, FloodLimit
from lbc_ingress.settings import IngressSettings
from lbc_runtime.clock import SystemClock
from lbc_runtime.metrics import catalogue
from lbc_runtime.publisher import Publisher


class Ingress:
    """The running service."""

    def __init__(self, server: HttpServer, publisher: Publisher) -> None:
        self._server = server
        self._publisher = publisher

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until ``stop``, then let the requests in flight finish."""
        await self._server.run(stop)

    def ready(self) -> bool:
        """Whether an update would be stored now."""
        return self._server.started and self._publisher.connected


@asynccontextmanager
async def bootstrap(settings: IngressSettings) -> AsyncIterator[Ingress]:
    """Everything from the settings; the port is taken first, so that a taken one is told at once."""
    listener = listen(settings.host, settings.port)
    clock = SystemClock()
    updates = catalogue.counter("lbc_updates_total")

    def count(result: str) -> None:
        updates.labels(result).inc()

    secrets = [settings.webhook_secret_file]
    if settings.webhook_secret_previous_file is not None:
        secrets.append(settings.webhook_secret_previous_file)
    with listener:
        async with Publisher(settings.broker) as publisher:
            acceptor = Acceptor(
                settings.bot,
                publisher,
                FloodGate(FloodLimit(settings.flood_per_second, settings.flood_burst, settings.flood_people)),
                clock,
                max_in_flight=settings.max_in_flight,
                wait=settings.store_timeout,
                count=count,
            )
            webhook = Webhook(
                WebhookSecrets(secrets),
                acceptor,
                max_body=settings.max_body,
                body_timeout=settings.body_timeout,
                count=count,
                took=catalogue.histogram("lbc_update_seconds").observe,
            )
            server = HttpServer(
                build(webhook),
                listener,
                drain_timeout=settings.broker.drain_timeout,
                max_connections=settings.max_connections,
            )
            yield Ingress(server, publisher)
