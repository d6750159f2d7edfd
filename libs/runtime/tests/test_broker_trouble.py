"""What happens when the broker itself is killed, frozen, full, or says no."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import aiormq
import pytest
from prometheus_client import CollectorRegistry
from yarl import URL

from lbc_contracts.topology import DELIVERY, DUE, MEDIA, UPDATES, Rung, Service, dead_exchange, rung_name
from lbc_contracts.wire import encode
from lbc_runtime.errors import DependencyDown
from lbc_runtime.metrics import Catalogue
from lbc_runtime.publisher import Publisher
from lbc_runtime.worker import Incoming
from lbc_testkit import wait_until
from lbc_testkit.rabbitmq import Broker

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def ours(broker: Broker) -> Broker:
    if not broker.controllable:
        pytest.skip("the broker was given, and is not ours to break")
    return broker


@contextlib.asynccontextmanager
async def publisher(settings: Any) -> AsyncIterator[Publisher]:
    async with Publisher(settings, metrics=Catalogue(CollectorRegistry())) as running:
        await wait_until(lambda: running.connected, what="connected")
        yield running


async def publish_until_stored(running: Publisher, message: Any) -> None:
    async def stored() -> bool:
        with contextlib.suppress(DependencyDown):
            await running.publish(message, DUE)
            return True
        return False

    await wait_until(stored, what="a confirm", timeout=60)


async def test_a_broker_killed_in_mid_flight_loses_nobody(
    bench: Any, recorder: Any, ours: Broker, make_due: Any
) -> None:
    go_on = asyncio.Event()

    async def slow(_: Incoming) -> None:
        await go_on.wait()

    names = [f"m{number}" for number in range(30)]
    handler = recorder(slow)
    await bench.vhost.settled()
    await bench.send(*names)
    async with bench.worker(handler, prefetch=5):
        await handler.until_seen(5)
        await ours.kill()
        # Handlers in flight go on, and their acks are of no use to anybody.
        go_on.set()
        await wait_until(lambda: len(handler.done) >= 5, what="handlers finished")
        with pytest.raises(DependencyDown):
            await bench.admin.publish(make_due("x"), DUE)
        await ours.start()
        await handler.until_done(*names)
        await publish_until_stored(bench.admin, make_due("after"))
        await handler.until_done("after")
    assert any(incoming.redelivered for incoming in handler.seen)


async def test_a_publish_to_a_frozen_broker_ends_in_time_and_may_have_arrived(
    bench: Any, ours: Broker, settings_for: Any, make_due: Any
) -> None:
    async with publisher(settings_for(bench.vhost.url(Service.SWEEPER), publish_timeout=0.5)) as running:
        await ours.freeze()
        try:
            with pytest.raises(DependencyDown, match="no confirm"):
                await running.publish(make_due("unknown"), DUE)
        finally:
            await ours.thaw()
        await publish_until_stored(running, make_due("known"))
    found = {(await bench.take(DUE.name)).header.properties.headers["x-lbc-id"]}
    while await bench.depth(DUE.name):
        found.add((await bench.take(DUE.name)).header.properties.headers["x-lbc-id"])
    assert "known" in found


async def test_an_alarm_stops_publishing_but_not_consuming(
    bench: Any, recorder: Any, ours: Broker, settings_for: Any, make_due: Any
) -> None:
    handler = recorder()
    async with (
        publisher(settings_for(bench.vhost.url(Service.SWEEPER), publish_timeout=0.5)) as running,
        bench.worker(handler),
    ):
        await running.publish(make_due("before"), DUE)
        await handler.until_done("before")
        async with ours.memory_alarm():
            with pytest.raises(DependencyDown, match="no confirm"):
                await running.publish(make_due("blocked"), DUE)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(running.probe(), 0.5)
        await publish_until_stored(running, make_due("after"))
        await handler.until_done("after")


async def test_what_cannot_be_routed_is_not_taken_for_sent(bench: Any, make_due: Any) -> None:
    wire = encode(make_due("a"))
    with pytest.raises(DependencyDown, match="unroutable"):
        await bench.admin.publish_wire(wire, exchange=dead_exchange(Service.ONBOARDING), routing_key="nowhere")
    await bench.admin.publish(make_due("b"), DUE)  # and the channel lives


async def test_many_publishes_in_flight_each_get_their_own_answer(bench: Any, make_due: Any) -> None:
    wire = encode(make_due("same"))
    good = [bench.admin.publish_wire(wire, exchange=DUE.name, routing_key=DUE.name) for _ in range(50)]
    bad = [bench.admin.publish_wire(wire, exchange=DUE.name, routing_key="nowhere") for _ in range(50)]
    mixed = [call for pair in zip(good, bad, strict=True) for call in pair]
    results = await asyncio.gather(*mixed, return_exceptions=True)
    assert [isinstance(result, DependencyDown) for result in results] == [False, True] * 50
    assert await bench.depth(DUE.name) == 50


async def test_a_full_queue_refuses_and_the_worker_keeps_what_it_has(bench: Any, recorder: Any, make_due: Any) -> None:
    vhost = bench.vhost
    await vhost.broker.management.set_policy(
        vhost.name, "small", pattern=r"^media\.commands$", definition={"max-length": 1}, priority=9
    )
    wire = encode(make_due("filler"))

    async def full() -> bool:
        try:
            await bench.admin.publish_wire(wire, exchange=MEDIA.name, routing_key=MEDIA.name)
        except DependencyDown:
            return True
        return False

    await wait_until(full, what="a refusal")
    handler = recorder()

    async def pass_on(_: Incoming) -> None:
        await running.publisher.publish_wire(wire, exchange=MEDIA.name, routing_key=MEDIA.name)

    handler.behave = pass_on
    async with bench.worker(handler) as running:
        await bench.send("a")
        await handler.until_seen(3)
        assert handler.done == []
        await vhost.broker.management.purge(vhost.name, MEDIA.name)
        await handler.until_done("a")
    assert {incoming.attempt for incoming in handler.seen} == {0}


@pytest.mark.parametrize(
    ("service", "exchange", "key"),
    [
        (Service.INGRESS, "delivery.commands", "delivery.commands"),
        (Service.INGRESS, rung_name(Service.DELIVERY, Rung.SHORT), "delivery.commands"),
        (Service.MEDIA, UPDATES.name, UPDATES.name),
        (Service.TTS, rung_name(Service.ONBOARDING, Rung.SHORT), UPDATES.name),
        (Service.DELIVERY, "", "delivery.commands"),
    ],
)
async def test_a_service_cannot_publish_where_the_manifest_does_not_let_it(
    bench: Any, settings_for: Any, make_due: Any, service: Service, exchange: str, key: str
) -> None:
    wire = encode(make_due("forged"))
    async with publisher(settings_for(bench.vhost.url(service))) as running:
        with pytest.raises(DependencyDown, match="ACCESS_REFUSED"):
            await running.publish_wire(wire, exchange=exchange, routing_key=key)
    assert await bench.depth("delivery.commands") == 0
    assert await bench.depth(UPDATES.name) == 0


async def test_a_publish_whose_connection_is_closed_goes_out_on_the_next(
    bench: Any, settings_for: Any, ours: Broker, make_due: Any
) -> None:
    user = URL(bench.vhost.url(Service.SWEEPER)).user
    stop = asyncio.Event()
    stored: list[str] = []

    async def closed() -> bool:
        return bool(await ours.management.close_connections(user=user))

    async def storm(running: Publisher, lane: int) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            await running.publish(make_due(f"{lane}-{number}"), DUE)
            stored.append(f"{lane}-{number}")

    async with (
        publisher(settings_for(bench.vhost.url(Service.SWEEPER), publish_timeout=30)) as running,
        asyncio.TaskGroup() as lanes,
    ):
        for lane in range(20):
            lanes.create_task(storm(running, lane))
        for _ in range(3):
            known = len(stored)
            await wait_until(lambda known=known: len(stored) > known + 50, what="publishes", timeout=60)
            await wait_until(closed, what="a connection to close", timeout=60)
        stop.set()
    assert await bench.depth(DUE.name) >= len(stored)


async def test_a_service_cannot_read_what_is_not_its_own(bench: Any) -> None:
    connection = await aiormq.connect(bench.vhost.url(Service.INGRESS))
    try:
        channel = await connection.channel()
        with pytest.raises(aiormq.exceptions.ChannelAccessRefused):
            await channel.basic_get(DUE.name)
    finally:
        await connection.close()


async def test_a_forbidden_publish_does_not_spoil_the_next(bench: Any, settings_for: Any, make_due: Any) -> None:
    async with publisher(settings_for(bench.vhost.url(Service.SWEEPER))) as running:
        with pytest.raises(DependencyDown):
            await running.publish_wire(encode(make_due("x")), exchange=UPDATES.name, routing_key=UPDATES.name)
        await publish_until_stored(running, make_due("y"))


async def test_a_message_that_crashes_its_consumers_ends_as_a_dead_letter_of_the_broker(bench: Any) -> None:
    await bench.send("poison")
    for _ in range(21):
        connection = await aiormq.connect(bench.vhost.url(Service.ONBOARDING))
        channel = await connection.channel()
        taken = asyncio.Event()

        async def take(_: Any, taken: asyncio.Event = taken) -> None:
            taken.set()

        await channel.basic_consume(DUE.name, take)
        await asyncio.wait_for(taken.wait(), 10)
        await connection.close()
    dead = await bench.take(DUE.dead)
    assert dead.header.properties.headers["x-lbc-id"] == "poison"


async def test_a_standby_takes_over_from_a_single_active_consumer(bench: Any, recorder: Any) -> None:
    first, second = recorder(), recorder()
    async with bench.worker(first, queues=(DELIVERY,), service=Service.DELIVERY) as active:
        await bench.send("a", to=DELIVERY)
        await first.until_done("a")
        async with bench.worker(second, queues=(DELIVERY,), service=Service.DELIVERY):
            await bench.send("b", to=DELIVERY)
            await first.until_done("b")
            assert second.seen == []
            await active.end()
            await bench.send("c", to=DELIVERY)
            await second.until_done("c")
