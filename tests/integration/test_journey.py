from __future__ import annotations

import itertools

import pytest

from lbc_testkit.demo import LEAVE_AFTER, Plan, travel
from lbc_testkit.stack import Stack
from support import platform
from telegram_sim.client import Sim

pytestmark = pytest.mark.asyncio(loop_scope="session")

PLANS = [
    Plan(language=language, leave_after=leave_after, hostile=hostile)  # type: ignore[arg-type]  # a str of the tuple
    for language, leave_after, hostile in itertools.product(("en", "es"), (None, *LEAVE_AFTER), (False, True))
]


@pytest.mark.parametrize(
    "plan", PLANS, ids=lambda p: f"{p.language}-{p.leave_after}-{'hostile' if p.hostile else 'kind'}"
)
async def test_a_person_gets_each_step_once_and_in_order(sim: Sim, plan: Plan) -> None:
    journey = await travel(sim, plan)

    assert journey.complete, (journey.steps, journey.doubled)


async def test_nothing_is_left_in_any_queue(sim: Sim, stack: Stack) -> None:
    await travel(sim, Plan())

    await platform.drained(stack)
    assert await platform.dead(stack) == {}
