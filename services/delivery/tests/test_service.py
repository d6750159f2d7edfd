"""The service as it is wired, on a real broker and real tables, before the simulator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aio_pika
import pytest
import pytest_asyncio
from delivery_world.commands import text, video

from lbc_contracts.messages import Outcome, OutcomeKind, Send, Text
from lbc_contracts.tables import CONTROL
from lbc_contracts.topology import DELIVERY, MEDIA, OUTCOMES, Service, WorkQueue
from lbc_contracts.wire import VERSION_HEADER, Wire, decode
from lbc_delivery.bootstrap import bootstrap
from lbc_delivery.settings import DeliverySettings
from lbc_runtime.publisher import Publisher
from lbc_runtime.settings import BrokerSettings
from lbc_testkit.dynamodb import DynamoDB
from lbc_testkit.fixtures import ProvisionedVHost
from telegram_sim.client import Sim
from telegram_sim.server import serving
from telegram_sim.settings import Settings

TOKEN = "123456789:token-of-the-tests-and-of-nothing-else"


@pytest_asyncio.fixture
async def sim() -> AsyncIterator[tuple[Sim, str]]:
    async with serving(Settings(token=TOKEN, seed=7)) as url, Sim(url) as client:
        yield client, url


@pytest.fixture
def settings(
    tmp_path: Path,
    vhost: ProvisionedVHost,
    dynamodb: DynamoDB,
    prefix: str,
    sim: tuple[Sim, str],
    monkeypatch: pytest.MonkeyPatch,
) -> DeliverySettings:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    token = tmp_path / "token"
    token.write_text(TOKEN)
    return DeliverySettings(
        bot="demo",
        broker={"url": vhost.url(Service.DELIVERY)},
        aws={"dynamodb_endpoint": dynamodb.endpoint},
        tables_prefix=prefix,
        bot_token_file=token,
        telegram_api_url=sim[1],
        chat_messages_per_second=0,
        pause_interval=0.05,
    )


@asynccontextmanager
async def running(settings: DeliverySettings) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with bootstrap(settings) as service, asyncio.timeout(60):
        task = asyncio.create_task(service.run(stop))
        try:
            yield
            assert service.ready()
        finally:
            stop.set()
            await task
        assert not service.ready()


async def publish(vhost: ProvisionedVHost, *commands: Send) -> None:
    """As commands of now: this delivery goes by the real clock, and gives up what is too old."""
    async with Publisher(BrokerSettings(url=vhost.url(Service.ONBOARDING))) as publisher:
        for command in commands:
            await publisher.publish(command.model_copy(update={"time": datetime.now(UTC)}), DELIVERY)


async def taken(vhost: ProvisionedVHost, queue: WorkQueue | str, count: int) -> list[Any]:
    """The next messages of a queue, waited for."""
    name = queue if isinstance(queue, str) else queue.name
    found: list[Any] = []
    connection = await aio_pika.connect(vhost.amqp_url)
    async with connection, asyncio.timeout(30):
        channel = await connection.channel()
        source = await channel.get_queue(name)
        async with source.iterator() as messages:
            async for message in messages:
                await message.ack()
                headers = {VERSION_HEADER: int(str(message.headers[VERSION_HEADER]))}
                wire = Wire(message.type or "", message.correlation_id or "", message.body, headers)
                found.append((decode(wire), message.headers))
                if len(found) == count:
                    return found
    raise AssertionError


async def test_commands_become_messages_and_outcomes(
    settings: DeliverySettings, vhost: ProvisionedVHost, sim: tuple[Sim, str]
) -> None:
    alice = await sim[0].person(known=True)
    mine = {"user_id": alice.id, "chat_id": alice.id}
    broken = text(**mine, id="broken", content=Text(html="<b>never closed"))
    async with running(settings):
        await publish(vhost, text(**mine), text(**mine), video(**mine, link=None), broken)
        outcomes = await taken(vhost, OUTCOMES, 3)
        ((back, _),) = await taken(vhost, MEDIA, 1)
        ((dead, headers),) = await taken(vhost, DELIVERY.dead, 1)
    kinds = sorted(str(outcome.kind) for outcome, _ in outcomes if isinstance(outcome, Outcome))
    assert kinds == [OutcomeKind.DELIVERED, OutcomeKind.DELIVERED, OutcomeKind.FAILED]
    assert (back.id, back.refreshes) == (video().id, 1)
    assert (dead.id, headers["x-lbc-reason"]) == ("broken", "bad-html")
    assert [message.text for message in await alice.messages() if message.from_bot] == ["Done"]


async def test_a_pause_lasts_until_it_is_ended(
    settings: DeliverySettings, vhost: ProvisionedVHost, sim: tuple[Sim, str], client: Any, prefix: str
) -> None:
    alice = await sim[0].person(known=True)

    async def pause(*, on: bool) -> None:
        row = {"name": {"S": "demo:delivery"}, "paused": {"BOOL": on}}
        await client.put_item(TableName=prefix + CONTROL.name, Item=row)

    await pause(on=True)
    async with running(settings):
        await publish(vhost, text(user_id=alice.id, chat_id=alice.id))
        await alice.expects_nothing()
        await pause(on=False)
        assert (await alice.expects(kind="text")).text == "Done"
        await taken(vhost, OUTCOMES, 1)


async def test_a_telegram_that_is_away_loses_nothing(
    settings: DeliverySettings, vhost: ProvisionedVHost, sim: tuple[Sim, str]
) -> None:
    alice = await sim[0].person(known=True)
    await sim[0].fail("*", "500", times=4)
    async with running(settings):
        await publish(vhost, text(user_id=alice.id, chat_id=alice.id))
        ((outcome, _),) = await taken(vhost, OUTCOMES, 1)
    assert outcome.kind is OutcomeKind.DELIVERED
    assert [message.text for message in await alice.messages() if message.from_bot] == ["Done"]


async def test_a_message_of_unknown_fate_holds_nobody_up(
    settings: DeliverySettings, vhost: ProvisionedVHost, sim: tuple[Sim, str], caplog: pytest.LogCaptureFixture
) -> None:
    alice, bob = await sim[0].person(known=True), await sim[0].person("Bob", known=True)
    await sim[0].fail("sendMessage", "drop_after")
    async with running(settings):
        await publish(vhost, text(id="a", user_id=alice.id, chat_id=alice.id))
        await alice.expects(kind="text")
        await publish(vhost, text(id="b", user_id=bob.id, chat_id=bob.id))
        outcomes = [outcome for outcome, _ in await taken(vhost, OUTCOMES, 2)]
    assert {outcome.command_id for outcome in outcomes} == {"a", "b"}
    assert "telegram" not in {getattr(record, "dependency", "") for record in caplog.records}, "delivery has paused"
    assert len([message for message in await alice.messages() if message.from_bot]) == 2
