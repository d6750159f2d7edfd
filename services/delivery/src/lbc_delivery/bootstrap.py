"""Wires delivery together, once."""

from __future__ import annotations

import asyncio
import os
import socket
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from lbc_contracts import topology
from lbc_contracts.topology import Service
from lbc_delivery.adapters.bot_api import TelegramBotApi
from lbc_delivery.adapters.meter import CatalogueMeter
from lbc_delivery.adapters.tables import DYNAMODB, DynamoDeliveries, DynamoFiles, DynamoPause
from lbc_delivery.adapters.tombstones import DynamoTombstones
from lbc_delivery.adapters.transport import Transport, session
from lbc_delivery.app.claims import Claims
from lbc_delivery.app.deliver import Delivery, Edges
from lbc_delivery.app.limits import Limits
from lbc_delivery.app.pause import Pause
from lbc_delivery.app.ports import PAUSED, TELEGRAM
from lbc_delivery.app.remembered import RememberedFiles
from lbc_delivery.app.sending import Sender
from lbc_delivery.domain.pace import Chats, Pace
from lbc_delivery.domain.patience import Patience
from lbc_delivery.settings import DeliverySettings
from lbc_runtime.aws import client
from lbc_runtime.clock import SystemClock
from lbc_runtime.metrics import catalogue
from lbc_runtime.publisher import Publisher
from lbc_runtime.worker import Worker


class DeliveryService:
    """The running service."""

    def __init__(self, worker: Worker, pause: Pause) -> None:
        self._worker = worker
        self._pause = pause

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until ``stop``, then finish what is in flight."""
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(self._pause.watch(), name="pause")
            await self._worker.run(stop)
            watching.cancel()

    def ready(self) -> bool:
        """Whether commands are consumed; a standby of a single-active-consumer queue is ready too."""
        return self._worker.ready()


@asynccontextmanager
async def bootstrap(settings: DeliverySettings) -> AsyncIterator[DeliveryService]:
    """Everything from the settings."""
    clock, meter = SystemClock(), CatalogueMeter(catalogue)
    async with AsyncExitStack() as stack:
        dynamodb = await stack.enter_async_context(client(settings.aws, "dynamodb"))
        http = await stack.enter_async_context(
            session(connect_timeout=settings.connect_timeout, request_timeout=settings.request_timeout)
        )
        publisher = await stack.enter_async_context(Publisher(settings.broker))
        base_url = str(settings.telegram_api_url).rstrip("/")
        api = TelegramBotApi(Transport(http, base_url, settings.bot_token_file, meter.called))
        rows = DynamoDeliveries(
            dynamodb, settings.tables_prefix, life=timedelta(seconds=settings.row_life), clock=clock
        )
        files = RememberedFiles(DynamoFiles(dynamodb, settings.tables_prefix, clock), settings.files_remembered)
        switch = DynamoPause(dynamodb, settings.tables_prefix, settings.bot)
        pause = Pause(switch, clock, settings.pause_interval)
        claims = Claims(
            rows,
            owner=f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4()}",
            lease=timedelta(seconds=settings.lease),
            request=timedelta(seconds=settings.request_timeout),
            clock=clock,
            meter=meter,
        )
        limits = Limits(
            Pace(settings.messages_per_second),
            Chats(settings.chat_messages_per_second, settings.chats_remembered),
            clock,
            settings.chat_patience,
        )
        sender = Sender(
            api,
            claims,
            limits,
            clock,
            meter,
            patience=Patience(settings.max_doubtful, timedelta(seconds=settings.give_up_after)),
            link_label=settings.link_label,
        )
        delivery = Delivery(
            settings.bot,
            Edges(api, files, DynamoTombstones(dynamodb, settings.tables_prefix), publisher, meter, clock),
            claims=claims,
            limits=limits,
            sender=sender,
            pause=pause,
            min_link_life=timedelta(seconds=settings.link_min_life),
        )
        worker = Worker(
            settings.broker,
            Service.DELIVERY,
            {topology.DELIVERY: delivery.handle},
            publisher=publisher,
            probes={TELEGRAM: api.probe, DYNAMODB: switch.probe, PAUSED: pause.probe},
            clock=clock,
        )
        yield DeliveryService(worker, pause)
