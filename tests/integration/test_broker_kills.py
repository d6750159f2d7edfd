"""RabbitMQ is killed between any two hops: nobody is lost, and nothing comes twice."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

import aiormq
import pytest
import pytest_asyncio

from lbc_contracts import topology
from lbc_contracts.topology import Service, WorkQueue
from lbc_testkit.stack import Stack
from support import load, platform
from telegram_sim.client import Person, Sim

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]

ASKED_BY = {"video": None, "audio": "play_audio", "text": "continue"}
"""The button that asks for each step, by the kind of its message; the link asks for the first."""


@dataclass(frozen=True)
class Hop:
    """A message at rest on its way to a service that is stopped.

    Attributes:
        queue: where it rests.
        step: kind of the message that it brings.
        after: where it rests first: what onboarding is to read later, it must not yet read when it is asked.
    """

    queue: WorkQueue
    step: str
    after: WorkQueue | None = None


HOPS = [
    Hop(topology.UPDATES, "video"),
    Hop(topology.MEDIA, "video"),
    Hop(topology.TTS, "audio"),
    Hop(topology.DELIVERY, "text"),
    Hop(topology.OUTCOMES, "audio", after=topology.DELIVERY),
    Hop(topology.DUE, "video", after=topology.MEDIA),
]


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def _settled(stack: Stack) -> None:
    """A queue that is killed within about a second of its declaration is lost, so wait until each has a leader."""
    if not stack.broker.controllable:
        pytest.skip("the broker was given by RABBITMQ_URL, so it is not killed")
    await leaders(stack)


async def test_every_work_queue_is_killed_at() -> None:
    assert {hop.queue for hop in HOPS} == set(topology.WORK_QUEUES)


@pytest.mark.parametrize("hop", HOPS, ids=lambda hop: hop.queue.name)
async def test_a_message_at_rest_survives(hop: Hop, stack: Stack, sim: Sim) -> None:
    alice = await sim.person()
    for step in ASKED_BY:
        if step == hop.step:
            await ask_and_rest(stack, alice, hop)
            await stack.broker.restart(kill=True)
            await stack.restart(hop.queue.consumer)
        else:
            await ask(alice, step)
        await alice.expects(step, timeout=60)

    await sim.idle(timeout=30)
    await load.done_and_drained(stack, [alice.id])
    assert [message.kind for message in await alice.messages() if message.from_bot] == list(ASKED_BY)
    assert await platform.dead(stack) == {}


async def test_a_death_at_any_moment_under_load(stack: Stack, sim: Sim) -> None:
    doubtful = await platform.metric(stack, Service.DELIVERY, "lbc_sends_doubtful_total")
    async with load.joining(sim, per_second=3, most=20) as people:
        await asyncio.sleep(random.uniform(1, 3))  # noqa: S311 - any moment
        await stack.broker.restart(kill=True)
        await people.everyone_done()
        await sim.idle(timeout=60)
        await load.done_and_drained(stack, people.travellers)

        assert await platform.dead(stack) == {}
        doubtful = await platform.metric(stack, Service.DELIVERY, "lbc_sends_doubtful_total") - doubtful
        assert people.doubled <= doubtful


async def ask_and_rest(stack: Stack, alice: Person, hop: Hop) -> None:
    """Ask for the hop's step, and return when its message lies in the hop's queue."""
    if hop.after:
        await stack.services[hop.after.consumer].stop()
        await ask(alice, hop.step)
        await rests(stack, hop.after)
        await stack.services[hop.queue.consumer].stop()
        await stack.restart(hop.after.consumer)
    else:
        await stack.services[hop.queue.consumer].stop()
        await ask(alice, hop.step)
    await rests(stack, hop.queue)


async def ask(alice: Person, step: str) -> None:
    """Ask for a step as the person can."""
    button = ASKED_BY[step]
    await (alice.tap(button) if button else alice.start("ref_kill"))


async def rests(stack: Stack, queue: WorkQueue) -> None:
    """Wait until a message is ready in ``queue``, as the queue itself says: the management's counts lag."""
    connection = await aiormq.connect(stack.broker.amqp_url)
    try:
        channel = await connection.channel()

        async def ready() -> bool:
            return bool((await channel.queue_declare(queue.name, passive=True)).message_count)

        await platform.until(ready, f"a message at rest in {queue.name}")
    finally:
        await connection.close()


async def leaders(stack: Stack) -> None:
    """Wait until each queue has a leader."""
    for queue in topology.queues():
        await stack.broker.management.wait_for_queue_leader(stack.broker.vhost, queue.name)
