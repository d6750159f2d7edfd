"""The whole service as a process of its own, on a real RabbitMQ, moto's S3 and Polly's protocol."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import aiormq
import pytest
from aiormq.abc import AbstractChannel, DeliveredMessage
from yarl import URL

from lbc_contracts.messages import Message, Outcome, OutcomeKind, Send
from lbc_contracts.topology import DELIVERY, OUTCOMES, TTS, Service
from lbc_contracts.wire import decode
from lbc_runtime.amqp import wire_of
from lbc_runtime.objects import Bucket
from lbc_runtime.publisher import Publisher
from lbc_runtime.settings import BrokerSettings
from lbc_testkit.aws import Moto
from lbc_testkit.fixtures import ProvisionedVHost
from lbc_testkit.http import answers
from lbc_testkit.polly import SERVICE_FAILURE, THROTTLED, Polly, Refusal, polly
from lbc_testkit.ports import free_port
from lbc_testkit.process import Launch, Process

from .conftest import HELLO, command


class Running:
    """The service, its queues and what it speaks by."""

    def __init__(self, start: Any, publisher: Publisher, channel: AbstractChannel, voice: Polly) -> None:
        self.start = start
        self.publisher = publisher
        self.polly = voice
        self._channel = channel
        self._inboxes: dict[str, asyncio.Queue[DeliveredMessage]] = {}

    async def take(self, queue: str) -> DeliveredMessage:
        """The next message, out of the queue."""
        if queue not in self._inboxes:
            self._inboxes[queue] = asyncio.Queue()
            await self._channel.basic_consume(queue, self._inboxes[queue].put, no_ack=True)
        async with asyncio.timeout(30):
            return await self._inboxes[queue].get()

    async def sent(self) -> Send:
        message = read(await self.take(DELIVERY.name))
        assert isinstance(message, Send)
        return message

    async def depth(self, queue: str) -> int:
        return (await self._channel.queue_declare(queue, passive=True)).message_count or 0


def read(got: DeliveredMessage) -> Message:
    return decode(wire_of(got.body, got.header.properties))


def headers(got: DeliveredMessage) -> Mapping[str, object]:
    return got.header.properties.headers or {}


@pytest.fixture
async def running(vhost: ProvisionedVHost, aws: Moto, bucket: Bucket, tmp_path: Path) -> AsyncIterator[Running]:
    admin_port = free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("LBC_", "AWS_"))}
    processes: list[Process] = []

    async def ready() -> bool:
        return await answers(f"http://127.0.0.1:{admin_port}/readyz", status=200)

    async with polly() as voice:
        settings = {
            "LBC_BOT": "demo",
            "LBC_BROKER__URL": vhost.url(Service.TTS),
            "LBC_BROKER__HEARTBEAT": "2",
            "LBC_ADMIN_PORT": str(admin_port),
            "LBC_TTS_BUCKET": bucket.name,
            "LBC_AWS__S3_ENDPOINT": aws.endpoint,
            "LBC_AWS__POLLY_ENDPOINT": voice.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

        async def start(**extra: str) -> Process:
            process = Process(
                Launch(
                    "tts",
                    [sys.executable, "-m", "lbc_tts"],
                    tmp_path,
                    env=inherited | settings | extra,
                    ready=None if "LBC_CRASH_AT" in extra else ready,
                )
            )
            processes.append(process)
            await process.start()
            return process

        connection = await aiormq.connect(vhost.amqp_url)
        broker = BrokerSettings.model_validate({"url": vhost.url(Service.ONBOARDING)})
        try:
            async with Publisher(broker) as publisher:
                yield Running(start, publisher, await connection.channel(), voice)
        finally:
            for process in processes:
                await process.stop()
            await connection.close()


async def fetched(url: str) -> bytes:
    async with aiohttp.ClientSession() as http, http.get(URL(url, encoded=True)) as answer:
        assert answer.status == 200
        return await answer.read()


@pytest.mark.parametrize("engine", ["polly", "espeak"])
async def test_words_get_a_link_to_their_sound(running: Running, engine: str) -> None:
    process = await running.start(LBC_ENGINE=engine)
    await running.publisher.publish(command(), TTS)
    sent = await running.sent()
    assert sent.link is not None
    assert sent.model_copy(update={"link": None}) == command()
    assert len(await fetched(sent.link.url)) == sent.link.size > 500
    assert await process.stop() == 0


async def test_a_voice_that_nobody_has_is_a_dead_letter_that_names_it(running: Running) -> None:
    await running.start()
    await running.publisher.publish(command(HELLO.model_copy(update={"voice": "Nobody"})), TTS)
    outcome = read(await running.take(OUTCOMES.name))
    assert isinstance(outcome, Outcome)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.FAILED, "voice-unknown")
    dead = await running.take(TTS.dead)
    assert headers(dead)["x-lbc-reason"] == "voice-unknown"
    assert "voice Nobody" in str(headers(dead)["x-lbc-error"])
    assert "/demo/en-US/Nobody/polly-neural/" in str(headers(dead)["x-lbc-error"])


async def test_a_language_of_standard_voices_alone_is_spoken_and_by_no_other_engine(running: Running) -> None:
    await running.start()
    russian = HELLO.model_copy(update={"language": "ru-RU", "voice": "Tatyana", "engine": "standard"})
    await running.publisher.publish(command(russian), TTS)
    sent = await running.sent()
    assert sent.link is not None
    assert "/demo/ru-RU/Tatyana/polly-standard/" in sent.link.object_key
    await running.publisher.publish(command(russian.model_copy(update={"engine": "neural"})), TTS)
    outcome = read(await running.take(OUTCOMES.name))
    assert isinstance(outcome, Outcome)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.FAILED, "engine-not-supported")
    dead = headers(await running.take(TTS.dead))
    assert "voice Tatyana, engine neural, language ru-RU" in str(dead["x-lbc-error"])
    assert [asked.engine for asked in running.polly.spoken] == ["standard"]
    assert len(running.polly.refused) == 1, "asked once"


@pytest.mark.parametrize("refusal", [SERVICE_FAILURE, THROTTLED], ids=lambda refusal: refusal.type)
async def test_an_outage_or_throttling_costs_no_dead_letter(running: Running, refusal: Refusal) -> None:
    running.polly.fail(refusal, times=3)
    await running.start()
    people = range(5)
    for person in people:
        speech = HELLO.model_copy(update={"words": f"Hello {person}."})
        await running.publisher.publish(command(speech, user_id=person), TTS)
    assert {(await running.sent()).user_id for _ in people} == set(people)
    assert await running.depth(TTS.dead) == 0
    assert running.polly.refused.count(refusal.type) >= 1


@pytest.mark.parametrize("point", ["tts.after_synthesize", "tts.after_put", "tts.after_publish"])
async def test_killed_between_two_effects_it_loses_nothing(running: Running, tmp_path: Path, point: str) -> None:
    await running.publisher.publish(command(), TTS)
    await crash(running, tmp_path / "crashes", point)
    await running.start()
    assert (await running.sent()).id == command().id
    assert len(running.polly.spoken) == (2 if point == "tts.after_synthesize" else 1)


async def test_killed_before_the_dead_letter_it_tells_again(running: Running, tmp_path: Path) -> None:
    await running.publisher.publish(command(HELLO.model_copy(update={"voice": "Nobody"})), TTS)
    await crash(running, tmp_path / "crashes", "tts.after_failed_outcome")
    await running.start()
    assert read(await running.take(TTS.dead)).id == command().id
    told = [read(await running.take(OUTCOMES.name)).id for _ in range(2)]
    assert told == ["demo:42:1:greeting:1:failed:demo:update:7"] * 2


async def crash(running: Running, log: Path, point: str) -> None:
    process = await running.start(LBC_CRASH_AT=point, LBC_CRASH_LOG=str(log))
    assert await process.wait(30) == -9
    assert await asyncio.to_thread(log.read_text) == f"{point}\n"
