"""Kill a service between any two effects, start it again, and the person reaches DONE with nothing twice.

Each of `lbc_runtime.crash.POINTS` is armed in a service that passes it, and has to be shown to have fired.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from lbc_contracts import topology
from lbc_contracts.messages import Speech, Text, Video
from lbc_contracts.topology import Service
from lbc_onboarding.app.handle import MAX_READS
from lbc_runtime.crash import POINTS
from lbc_testkit.demo import Journey, Plan, travel
from lbc_testkit.dynamo_faults import Conflict, DynamoFaults
from lbc_testkit.stack import Stack
from support import platform
from telegram_sim.client import Sim

MOVED = Conflict("ConditionalCheckFailed", "The conditional request failed", item=1)

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]


@dataclass(frozen=True)
class World:
    """What a scenario may use."""

    stack: Stack
    sim: Sim
    tables: DynamoFaults


Scenario = Callable[[World], Awaitable[Journey | None]]


async def journey(world: World) -> Journey:
    return await travel(world.sim, Plan())


async def spoken_journey(world: World) -> Journey:
    """The greeting is spoken anew."""
    await platform.forget_speech(world.stack)
    return await journey(world)


async def uploaded_journey(world: World) -> Journey:
    """Telegram knows no file yet."""
    await platform.forget_files(world.stack)
    return await journey(world)


async def restarted_journey(world: World) -> None:
    """/restart answers and asks: two messages for one event."""
    alice = await world.sim.person()
    await alice.start()
    await alice.expects("video", timeout=60)
    await alice.say("/restart")
    await alice.expects("text", timeout=60)
    await alice.expects("video", timeout=60)
    await platform.drained(world.stack)
    assert [m.kind for m in await alice.messages() if m.from_bot] == ["video", "text", "video"]


async def moving_journey(world: World) -> Journey:
    """The person's row changes more often than it is read anew: the message climbs a rung."""
    world.tables.inject(MOVED, operation="TransactWriteItems", times=MAX_READS)
    try:
        return await journey(world)
    finally:
        world.tables.clear()


async def poison(world: World) -> None:
    await world.sim.update({"message": {"chat": "nobody", "from": 1, "date": "never"}})
    await _until_buried(world, "onboarding.quarantine")


async def flooded_journey(world: World) -> Journey:
    await world.sim.fail("sendVideo", "429", retry_after=1)
    return await journey(world)


async def missing_object(world: World) -> None:
    content = Video(object_key="demo/nothing.mp4", caption="nothing")
    await _command(world, topology.MEDIA, content)
    await _until_buried(world, "media.commands.dead")


async def missing_voice(world: World) -> None:
    content = Speech(words="hm", language="xx-XX", voice="Nobody", title="t", caption="c")
    await _command(world, topology.TTS, content)
    await _until_buried(world, "tts.commands.dead")


async def stale_link(world: World) -> None:
    alice = await world.sim.person()
    await alice.start()
    await alice.expects("video", timeout=60)
    key = f"{world.stack.settings.brand.name}/welcome.en.mp4"
    await platform.forget_files(world.stack)
    content = Video(object_key=key, caption="fresh again")
    link = platform.stale_link(world.stack, key)
    await platform.publish(
        world.stack, platform.command(world.stack, alice.id, "stale", content, link), topology.DELIVERY
    )
    await alice.expects("video", text="fresh again", timeout=60)
    await alice.expects_nothing()


async def overdue(world: World) -> Journey:
    """Media is away, so the video is overdue; the sweeper wakes it until media is back."""
    await world.stack.services[Service.MEDIA].stop()

    async def comes_back() -> None:
        await platform.until_dead(world.stack, Service.SWEEPER)
        await world.stack.restart(Service.MEDIA)

    back = asyncio.create_task(comes_back())
    try:
        return await journey(world)
    finally:
        await back


async def _command(world: World, queue: topology.WorkQueue, content: Text | Video | Speech) -> None:
    alice = await world.sim.person()
    await platform.publish(world.stack, platform.command(world.stack, alice.id, "bad", content), queue)


async def _until_buried(world: World, grave: str) -> None:
    async def buried() -> bool:
        return bool((await platform.dead(world.stack)).get(grave))

    await platform.until(buried, f"a message in {grave}")


@dataclass(frozen=True)
class Case:
    """A point, the service that passes it, what makes it do so, and the grave where something may be after it."""

    point: str
    service: Service
    scenario: Scenario = journey
    grave: str | None = None


WORKERS = (Service.ONBOARDING, Service.MEDIA, Service.TTS, Service.DELIVERY)

CASES = [
    Case("ingress.before_publish", Service.INGRESS),
    Case("ingress.after_confirm", Service.INGRESS),
    Case("onboarding.after_read", Service.ONBOARDING),
    Case("onboarding.after_transaction", Service.ONBOARDING),
    Case("onboarding.between_publishes", Service.ONBOARDING, restarted_journey),
    Case("onboarding.after_publish", Service.ONBOARDING),
    *(Case(f"worker.{point}", w) for point in ("before_handle", "after_handle", "after_ack") for w in WORKERS),
    Case("worker.after_retry_publish", Service.ONBOARDING, moving_journey),
    Case("worker.after_dead_publish", Service.ONBOARDING, poison, "onboarding.quarantine"),
    Case("worker.after_park_publish", Service.DELIVERY, flooded_journey),
    Case("media.after_sign", Service.MEDIA),
    Case("media.after_publish", Service.MEDIA),
    Case("media.after_failed_outcome", Service.MEDIA, missing_object, "media.commands.dead"),
    Case("tts.after_synthesize", Service.TTS, spoken_journey),
    Case("tts.after_put", Service.TTS, spoken_journey),
    Case("tts.after_publish", Service.TTS),
    Case("tts.after_failed_outcome", Service.TTS, missing_voice, "tts.commands.dead"),
    Case("delivery.after_claim", Service.DELIVERY),
    Case("delivery.after_chat_action", Service.DELIVERY),
    Case("delivery.after_send", Service.DELIVERY),
    Case("delivery.after_mark", Service.DELIVERY),
    Case("delivery.after_file_id", Service.DELIVERY, uploaded_journey),
    Case("delivery.after_outcome", Service.DELIVERY),
    Case("delivery.after_refresh_publish", Service.DELIVERY, stale_link),
    Case("sweeper.after_publish", Service.SWEEPER, overdue),
]

MAY_DOUBLE = {"delivery.after_send"}
"""Sent, and the mark not made: nobody can know, so it is sent again and counted."""


async def test_every_point_is_killed_at() -> None:
    assert {case.point for case in CASES} == set(POINTS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.point}-{case.service}")
async def test_a_crash_between_two_effects_loses_nobody(
    case: Case, stack: Stack, sim: Sim, tables: DynamoFaults, crash_log: Path
) -> None:
    async with killed(stack, case, crash_log):
        outcome = await case.scenario(World(stack, sim, tables))

    assert crash_log.read_text().split() == [case.point]
    if outcome:
        assert sorted(set(outcome.steps), key=outcome.steps.index) == ["video", "audio", "text"]
        if case.point in MAY_DOUBLE:
            assert await platform.metric(stack, Service.DELIVERY, "lbc_sends_doubtful_total") >= len(outcome.doubled)
        else:
            assert outcome.doubled == []
    await platform.drained(stack)
    assert set(await platform.dead(stack)) <= {case.grave}
    await platform.purge_graves(stack)


@asynccontextmanager
async def killed(stack: Stack, case: Case, log: Path) -> AsyncIterator[None]:
    """Arm the point; when the service has died there, start it again as Kubernetes would."""
    await stack.restart(case.service, platform.kill_at(case.point, log))

    async def revive() -> None:
        await platform.until_dead(stack, case.service)
        await stack.restart(case.service)

    reviving = asyncio.create_task(revive())
    try:
        yield
        await asyncio.wait_for(reviving, 30)
    finally:
        reviving.cancel()
