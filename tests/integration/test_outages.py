"""Ten minutes without a dependency, under load: everyone is DONE afterwards, and nothing is in any grave.

Time runs 60 times faster: an outage takes 10 s, and the waits of the platform and of Telegram are divided by 60 too.
What
bounds the work of a real part is divided by 5 only, since the parts are no faster than ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from lbc_contracts.topology import RUNG_SECONDS, Service
from lbc_testkit.dynamo_faults import CLOSE_AFTER, THROTTLED, THROUGHPUT_EXCEEDED, DynamoFaults, dynamo_faults
from lbc_testkit.polly import SERVICE_FAILURE, Polly, polly
from lbc_testkit.polly import THROTTLED as POLLY_THROTTLED
from lbc_testkit.ports import free_port
from lbc_testkit.proxy import Fault, Proxy, proxy
from lbc_testkit.stack import SERVICES, Pace, Ports, Stack, running_stack
from support import load, platform
from telegram_sim.client import Sim

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]

SPEED = 60
OUTAGE = 600 / SPEED
JOIN_PER_SECOND = 2
MOST = 60

PACE = Pace(
    rungs={rung: seconds / SPEED for rung, seconds in RUNG_SECONDS.items()},
    step_due=60 / SPEED,
    sweep_every=5 / SPEED,
    telegram_time_scale=1 / SPEED,
    lease=6,
)

WAITS = {
    "LBC_BROKER__HOLD_LIMIT": 600 / SPEED,
    "LBC_BROKER__PROBE_BACKOFF_MIN": 0.02,  # divided by 10 only: so many services would do nothing but reconnect
    "LBC_BROKER__PROBE_BACKOFF_MAX": 0.5,
    "LBC_BROKER__HEARTBEAT": 1,  # the least there is
    "LBC_BROKER__PUBLISH_TIMEOUT": 1,
    "LBC_BROKER__CONNECT_TIMEOUT": 1,
    "LBC_BROKER__HANDLE_TIMEOUT": 12,
}
AWS_WAITS = {"LBC_AWS__CONNECT_TIMEOUT": 1, "LBC_AWS__READ_TIMEOUT": 1.5}
EXTRA: dict[Service, dict[str, float]] = {
    Service.INGRESS: {"LBC_STORE_TIMEOUT": 1.6},
    Service.DELIVERY: {"LBC_CONNECT_TIMEOUT": 1, "LBC_PAUSE_INTERVAL": 0.6, "LBC_LINK_MIN_LIFE": 600 / SPEED},
}


@dataclass(frozen=True)
class World:
    """The platform, and what stands between it and each of its dependencies."""

    stack: Stack
    sim: Sim
    dynamodb: Proxy
    tables: DynamoFaults
    s3: Proxy
    polly: Proxy
    speech: Polly
    telegram: Proxy
    amqp: Proxy


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A stack of its own, which reaches everything through a proxy."""
    ports = Ports(
        webhook=0,
        chat=free_port(),
        rabbitmq=free_port(),
        rabbitmq_management=0,
        dynamodb=free_port(),
        s3=free_port(),
        admin=0,
    )

    def at(port: int) -> str:
        return f"http://127.0.0.1:{port}"

    async with AsyncExitStack() as held:
        speech = await held.enter_async_context(polly(throttling=False))
        tables = await held.enter_async_context(dynamo_faults(at(ports.dynamodb)))
        targets = {
            "dynamodb": tables.endpoint,
            "s3": at(ports.s3),
            "polly": speech.endpoint,
            "telegram": at(ports.chat),
            "amqp": at(ports.rabbitmq),
        }
        proxies = {name: await held.enter_async_context(proxy(target)) for name, target in targets.items()}
        settings = platform.settings(tmp_path_factory.mktemp("outages"), PACE, ports=ports, engine="polly")
        through = {name: standing.port for name, standing in proxies.items()}
        stack = await held.enter_async_context(running_stack(settings, through=through, extra=_extra()))
        sim = await held.enter_async_context(Sim(stack.addresses.telegram))
        yield World(stack, sim, tables=tables, speech=speech, **proxies)


def _extra() -> dict[Service, dict[str, str]]:
    found = {}
    for service in SERVICES:
        aws = {} if service is Service.INGRESS else AWS_WAITS
        waits = WAITS | aws | EXTRA.get(service, {})
        found[service] = {name: str(value) for name, value in waits.items()}
    return found


Begin = Callable[[], Coroutine[Any, Any, object]]


@dataclass(frozen=True)
class Phase:
    """A part of an outage.

    Attributes:
        begin: makes it fail so from now on.
        paused: the services that are known to wait for the dependency then.
    """

    begin: Begin
    paused: tuple[tuple[Service, str], ...] = ()


async def outage(world: World, phases: list[Phase], end: Begin) -> load.Load:
    """Let people join before and during an outage whose phases share its time evenly.

    Those who join meanwhile speak Spanish, so that what they get was not made before.
    """
    stack = world.stack
    doubtful = await platform.metric(stack, Service.DELIVERY, "lbc_sends_doubtful_total")
    async with load.joining(world.sim, per_second=JOIN_PER_SECOND, most=MOST) as people:
        await platform.until(lambda: _done(people, 2), "people who are done before the outage")
        people.language = "es"
        try:
            for phase in phases:
                await asyncio.gather(_lasting(phase, OUTAGE / len(phases)), _felt(stack, phase))
        finally:
            await end()
        await people.everyone_done()
        await load.done_and_drained(stack, people.travellers)

        assert await platform.dead(stack) == {}
        assert await platform.metric(stack, Service.ONBOARDING, "lbc_step_failed_total") == 0
        doubtful = await platform.metric(stack, Service.DELIVERY, "lbc_sends_doubtful_total") - doubtful
        assert people.doubled <= doubtful
        return people


async def _done(people: load.Load, number: int) -> bool:
    return people.done >= number


async def _lasting(phase: Phase, seconds: float) -> None:
    await asyncio.gather(phase.begin(), asyncio.sleep(seconds))  # an outage takes its time


async def _felt(stack: Stack, phase: Phase) -> None:
    for service, dependency in phase.paused:

        async def paused(service: Service = service, dependency: str = dependency) -> bool:
            return await platform.metric(stack, service, "lbc_paused", dependency=dependency) == 1

        await platform.until(paused, f"{service} waiting for {dependency}", within=OUTAGE)


def broken(proxy: Proxy, *paused: tuple[Service, str]) -> list[Phase]:
    """Silent, then gone, then full of errors."""
    return [failing(proxy, fault, *paused) for fault in (Fault.BLACK_HOLE, Fault.REFUSE, Fault.HTTP_503)]


def failing(proxy: Proxy, fault: Fault, *paused: tuple[Service, str]) -> Phase:
    """Fail in this way."""
    return Phase(lambda: proxy.set(fault), paused)


async def cold(stack: Stack) -> None:
    """Have media and tts remember nothing, and no speech be made."""
    await platform.forget_speech(stack)
    await asyncio.gather(stack.restart(Service.MEDIA), stack.restart(Service.TTS))


async def test_dynamodb(world: World) -> None:
    paused = (Service.ONBOARDING, "dynamodb")

    async def mute() -> None:
        world.tables.inject(CLOSE_AFTER, times=None)

    async def throttled() -> None:
        world.tables.clear()
        world.tables.inject(THROTTLED, times=None)
        await world.dynamodb.set(Fault.PASS)

    async def exceeded() -> None:
        world.tables.clear()
        world.tables.inject(THROUGHPUT_EXCEEDED, times=None)

    async def end() -> None:
        world.tables.clear()
        await world.dynamodb.set(Fault.PASS)

    begins = Phase(mute, (paused,))
    throttling = [Phase(throttled, (paused,)), Phase(exceeded, (paused,))]
    await outage(world, [begins, *broken(world.dynamodb, paused), *throttling], end)


async def test_s3(world: World) -> None:
    await cold(world.stack)

    await outage(world, broken(world.s3, (Service.MEDIA, "s3")), lambda: world.s3.set(Fault.PASS))


async def test_polly(world: World) -> None:
    await cold(world.stack)

    async def erring() -> None:
        world.speech.fail(SERVICE_FAILURE)
        await world.polly.set(Fault.PASS)

    async def throttling() -> None:
        world.speech.fail(POLLY_THROTTLED)

    async def end() -> None:
        world.speech.heal()
        await world.polly.set(Fault.PASS)

    paused = (Service.TTS, "polly")
    spoken = len(world.speech.spoken)
    await outage(world, [*broken(world.polly, paused), Phase(erring), Phase(throttling)], end)

    assert {SERVICE_FAILURE.type, POLLY_THROTTLED.type} <= set(world.speech.refused)
    assert {speech.language for speech in list(world.speech.spoken)[spoken:]} == {"en-US", "es-ES"}


async def test_telegram(world: World) -> None:
    paused = (Service.DELIVERY, "telegram")

    async def mute() -> None:
        """It takes a message, and goes away before it says so: that one comes twice."""
        await world.sim.fail("sendVideo", "drop_after")

    people = await outage(
        world,
        [Phase(mute), *broken(world.telegram, paused)],
        lambda: world.telegram.set(Fault.PASS),
    )

    assert people.doubled >= 1


async def test_the_network_to_the_broker(world: World) -> None:
    phases = [failing(world.amqp, fault) for fault in (Fault.BLACK_HOLE, Fault.REFUSE)]

    await outage(world, phases, lambda: world.amqp.set(Fault.PASS))


async def test_a_broker_that_stops(world: World) -> None:
    owned(world)

    await outage(world, [Phase(world.stack.broker.stop)], world.stack.broker.start)


async def test_a_broker_that_freezes(world: World) -> None:
    owned(world)

    await outage(world, [Phase(world.stack.broker.freeze)], world.stack.broker.thaw)


def owned(world: World) -> None:
    """A broker that was given is not ours to break."""
    if not world.stack.broker.controllable:
        pytest.skip("the broker was given by RABBITMQ_URL, so it is not stopped")
