"""The whole service as a process of its own, on a real RabbitMQ, with an S3 that checks signatures."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import aiormq
import pytest
from aiobotocore.session import get_session
from aiormq.abc import AbstractChannel, DeliveredMessage
from yarl import URL

from lbc_contracts.messages import Message, Outcome, OutcomeKind, Send
from lbc_contracts.topology import DELIVERY, MEDIA, OUTCOMES, Service, dead_exchange
from lbc_contracts.wire import decode
from lbc_runtime.amqp import wire_of
from lbc_runtime.publisher import Publisher
from lbc_runtime.settings import BrokerSettings
from lbc_testkit import wait_until
from lbc_testkit.aws import VersityGw
from lbc_testkit.fixtures import ProvisionedVHost
from lbc_testkit.http import answers
from lbc_testkit.ports import free_port
from lbc_testkit.process import Launch, Process

from .conftest import KEY, command


class Running:
    """The service, its queues and its bucket."""

    def __init__(
        self, start: Any, admin: str, publisher: Publisher, channel: AbstractChannel, s3: Any, bucket: str
    ) -> None:
        self.start = start
        self.admin = admin
        self.publisher = publisher
        self.s3 = s3
        self.bucket = bucket
        self._channel = channel
        self._inboxes: dict[str, asyncio.Queue[DeliveredMessage]] = {}

    async def take(self, *queues: str) -> DeliveredMessage:
        """The next message of whichever queue has one first."""
        for queue in queues:
            if queue not in self._inboxes:
                self._inboxes[queue] = asyncio.Queue()
                await self._channel.basic_consume(queue, self._inboxes[queue].put, no_ack=True)
        await wait_until(lambda: any(not self._inboxes[queue].empty() for queue in queues), what=f"one in {queues}")
        return next(self._inboxes[queue].get_nowait() for queue in queues if not self._inboxes[queue].empty())

    async def sent(self) -> Send:
        message = read(await self.take(DELIVERY.name))
        assert isinstance(message, Send)
        return message

    async def depth(self, queue: str) -> int:
        return (await self._channel.queue_declare(queue, passive=True)).message_count or 0

    async def paused(self) -> bool:
        async with aiohttp.ClientSession() as http, http.get(f"{self.admin}/metrics") as answer:
            return 'lbc_paused{dependency="s3",service="media"} 1.0' in await answer.text()

    async def upload(self) -> None:
        await self.s3.put_object(Bucket=self.bucket, Key=KEY, Body=b"frames", ContentType="video/mp4")


def read(got: DeliveredMessage) -> Message:
    return decode(wire_of(got.body, got.header.properties))


def headers(got: DeliveredMessage) -> Mapping[str, object]:
    return got.header.properties.headers or {}


@pytest.fixture
async def running(vhost: ProvisionedVHost, strict_s3: VersityGw, tmp_path: Path) -> AsyncIterator[Running]:
    bucket = f"media-{secrets.token_hex(4)}"
    admin_port = free_port()
    admin = f"http://127.0.0.1:{admin_port}"
    settings = {
        "LBC_BOT": "demo",
        "LBC_BROKER__URL": vhost.url(Service.MEDIA),
        "LBC_BROKER__HEARTBEAT": "2",
        "LBC_ADMIN_PORT": str(admin_port),
        "LBC_ASSETS_BUCKET": bucket,
        "LBC_AWS__REGION": strict_s3.region,
        "LBC_AWS__S3_ENDPOINT": strict_s3.endpoint,
        "AWS_ACCESS_KEY_ID": strict_s3.access_key,
        "AWS_SECRET_ACCESS_KEY": strict_s3.secret_key,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("LBC_", "AWS_"))}
    processes: list[Process] = []

    async def ready() -> bool:
        return await answers(f"{admin}/readyz", status=200)

    async def start(**extra: str) -> Process:
        armed = "LBC_CRASH_AT" in extra
        process = Process(
            Launch(
                "media",
                [sys.executable, "-m", "lbc_media"],
                tmp_path,
                env=inherited | settings | extra,
                ready=None if armed else ready,
            )
        )
        processes.append(process)
        await process.start()
        return process

    connection = await aiormq.connect(vhost.amqp_url)
    client = get_session().create_client(
        "s3",
        region_name=strict_s3.region,
        endpoint_url=strict_s3.endpoint,
        aws_access_key_id=strict_s3.access_key,
        aws_secret_access_key=strict_s3.secret_key,
    )
    broker = BrokerSettings.model_validate({"url": vhost.url(Service.ONBOARDING)})
    try:
        async with client as s3, Publisher(broker) as publisher:
            await s3.create_bucket(Bucket=bucket)
            yield Running(start, admin, publisher, await connection.channel(), s3, bucket)
    finally:
        for process in processes:
            await process.stop()
        await connection.close()


async def test_a_video_gets_a_link_that_works(running: Running) -> None:
    await running.upload()
    process = await running.start()
    await running.publisher.publish(command(), MEDIA)
    sent = await running.sent()
    assert sent.link is not None
    assert sent.model_copy(update={"link": None}) == command()
    async with aiohttp.ClientSession() as http, http.get(URL(sent.link.url, encoded=True)) as answer:
        assert (answer.status, await answer.read()) == (200, b"frames")
    assert await process.stop() == 0


async def test_a_missing_video_is_a_dead_letter_that_names_it_until_redriven(running: Running) -> None:
    await running.start()
    await running.publisher.publish(command(), MEDIA)
    outcome = read(await running.take(OUTCOMES.name))
    assert isinstance(outcome, Outcome)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.FAILED, "object-missing")
    got = await running.take(MEDIA.dead)
    assert headers(got)["x-lbc-reason"] == "object-missing"
    assert f"{running.bucket}/{KEY}" in str(headers(got)["x-lbc-error"])

    await running.upload()
    while got.exchange == dead_exchange(Service.MEDIA):  # until the miss is forgotten
        await running.publisher.publish(read(got), MEDIA)
        got = await running.take(MEDIA.dead, DELIVERY.name)
    sent = read(got)
    assert isinstance(sent, Send)
    assert sent.id == command().id
    assert sent.link is not None


async def test_a_bucket_that_comes_late_costs_no_dead_letter(running: Running) -> None:
    await running.s3.delete_bucket(Bucket=running.bucket)
    await running.start()
    await running.publisher.publish(command(), MEDIA)
    await wait_until(running.paused, what="a pause for s3")
    await running.s3.create_bucket(Bucket=running.bucket)
    await running.upload()
    assert (await running.sent()).link is not None
    assert await running.depth(MEDIA.dead) == 0


@pytest.mark.parametrize("point", ["media.after_sign", "media.after_publish", "media.after_failed_outcome"])
async def test_killed_between_two_effects_it_loses_nothing(running: Running, tmp_path: Path, point: str) -> None:
    log = tmp_path / "crashes"
    fails = point == "media.after_failed_outcome"
    if not fails:
        await running.upload()
    await running.publisher.publish(command(), MEDIA)
    crashing = await running.start(LBC_CRASH_AT=point, LBC_CRASH_LOG=str(log))
    assert await crashing.wait() == -9
    assert await asyncio.to_thread(log.read_text) == f"{point}\n"
    await running.start()
    if fails:
        assert read(await running.take(MEDIA.dead)).id == command().id
        told = [read(await running.take(OUTCOMES.name)).id for _ in range(2)]
        assert told == ["demo:42:1:video:1:failed:demo:update:7"] * 2
    else:
        assert (await running.sent()).id == command().id
