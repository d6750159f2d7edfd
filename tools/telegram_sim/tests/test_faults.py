"""What can go wrong on demand: which calls and updates meet it, and how it is asked for."""

import asyncio
import json
import random
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telegram_sim.client import Person, Sim, SimError
from telegram_sim.core.faults.kinds import SWITCHES
from telegram_sim.core.faults.plan import FAULT_KINDS, MAX_FAULTS, FaultError, FaultPlan, parsed
from telegram_sim.core.faults.switches import Switches

from .conftest import Bot, Receiver


def plan(seed: int, *faults: dict[str, Any]) -> FaultPlan:
    made = FaultPlan(lambda number: random.Random(f"{seed}:{number}").random)  # noqa: S311 - dice
    for fault in faults:
        made.add(parsed(fault))
    return made


@given(st.integers(), st.floats(0, 1))
def test_the_same_seed_gives_the_same_faults(seed: int, probability: float) -> None:
    fault = {"kind": "500", "times": 0, "probability": probability}
    one, other = plan(seed, fault), plan(seed, fault)
    calls = range(200)
    met = [one.next_for("sendMessage", 1) is not None for _ in calls]
    assert met == [other.next_for("sendmessage", 1) is not None for _ in calls]
    assert probability > 0 or not any(met)
    assert probability < 1 or all(met)


@given(st.integers(), st.lists(st.sampled_from(["call", "update", "answer"]), max_size=40))
def test_what_one_fault_meets_changes_no_other_ones_luck(seed: int, happenings: list[str]) -> None:
    rest: dict[str, Any] = {"times": 0, "probability": 0.5}
    faults = plan(seed, {"kind": "500", **rest}, {"kind": "twice", **rest}, {"kind": "lost_answer", **rest})
    alone = plan(seed, {"kind": "500", **rest})
    met = []
    for happening in happenings:
        if happening == "call":
            met.append(faults.next_for("sendMessage", 1) is not None)
        else:
            faults.next_for_update("message", 1, "twice" if happening == "update" else "lost_answer")
    assert met == [alone.next_for("sendMessage", 1) is not None for _ in met]


def test_a_fault_meets_what_its_filters_name() -> None:
    faults = plan(1, {"kind": "429", "method": "sendVideo", "chat_id": 7, "times": 2, "retry_after": 5})
    assert faults.next_for("sendmessage", 7) is None
    assert faults.next_for("sendvideo", 8) is None
    assert faults.next_for("sendvideo", 7) is not None
    assert faults.next_for_update("message", 7, "twice") is None
    assert [fault.times for fault in faults.all()] == [1]
    assert faults.next_for("SendVideo", 7) is not None
    assert faults.all() == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, '"kind": one of 429'),
        ({"kind": ["429"]}, '"kind": one of'),
        ({"kind": "403", "retry_after": 3}, "403 has no retry_after, only method"),
        ({"kind": "403", "colour": 3}, "unknown field: colour"),
        ({"kind": "429", "retry_after": 0}, "retry_after: a whole number from 1 to 86400"),
        ({"kind": "429", "retry_after": 1.5}, "whole number"),
        ({"kind": "500", "probability": 1.1}, "probability: a number from 0 to 1"),
        ({"kind": "500", "times": True}, "times: a whole number"),
        ({"kind": "500", "method": ""}, "method: a name"),
        ({"kind": "delay", "seconds": float("nan")}, "seconds: a number from 0 to 600"),
        ({"kind": "refuse", "method": "x"}, "refuse has no method, only seconds"),
    ],
)
def test_a_fault_that_makes_no_sense_is_explained(body: dict[str, Any], words: str) -> None:
    with pytest.raises(FaultError) as refused:
        parsed(body)
    assert words in str(refused.value)


async def test_faults_that_wait_have_a_bound(sim: Sim) -> None:
    for _ in range(MAX_FAULTS):
        await sim.fault("500")
    with pytest.raises(SimError, match="200 faults wait to happen already; clear some first") as refused:
        await sim.fault("500")
    assert refused.value.status == 400
    await sim.clear_faults()
    await sim.fault("500")


async def test_the_list_of_faults_is_data_that_a_page_can_draw(sim: Sim) -> None:
    shown = await sim.request("GET", "/faults")
    fields = {field["name"]: field for field in shown["fields"]}
    assert {kind["name"] for kind in shown["kinds"]} == set(FAULT_KINDS)
    for kind in shown["kinds"]:
        values = {name: fields[name]["default"] for name in kind["fields"] if fields[name]["default"] is not None}
        if kind["target"] != "port":
            await sim.fault(kind["name"], **values)
    assert len((await sim.request("GET", "/faults"))["faults"]) == len(FAULT_KINDS) - 1
    assert {switch.name for switch in SWITCHES} == set(Switches().shown())
    json.dumps(shown, allow_nan=False)


async def test_faults_that_refuse_to_start_are_answered(sim: Sim) -> None:
    with pytest.raises(SimError, match="one of 429"):
        await sim.fault("explode")
    with pytest.raises(SimError, match="no such switch: gravity; there are hold_updates"):
        await sim.request("PATCH", "/switches", {"gravity": True})


@pytest.mark.parametrize(("kind", "status"), [("500_after", 500), ("502", 502)])
async def test_an_error_comes_before_or_after_the_message(
    bot: Bot, sim: Sim, alice: Person, kind: str, status: int
) -> None:
    await sim.fail("sendMessage", kind)
    assert (await bot.call("sendMessage", chat_id=alice.id, text="x"))[0] == status
    assert len(await alice.messages()) == (1 if kind == "500_after" else 0)
    assert (await sim.calls("sendMessage"))[0]["fault"] == kind


async def test_a_late_answer_is_of_a_call_that_was_carried_out(bot: Bot, sim: Sim, alice: Person) -> None:
    await sim.fail("sendMessage", "delay", seconds=60)
    call = asyncio.create_task(bot.call("sendMessage", chat_id=alice.id, text="x"))
    assert (await alice.expects("text")).text == "x"
    assert not call.done()
    call.cancel()


async def test_the_same_update_comes_twice_or_again_under_another_number(
    hooked: Receiver, sim: Sim, alice: Person
) -> None:
    await sim.fault("twice", update="callback_query")
    await sim.fault("again", chat_id=alice.id, update="callback_query")
    await alice.say("once")
    await alice.tap_raw(1, "three times")
    updates = await hooked.got(4)
    taps = [update for update in updates if "callback_query" in update]
    assert taps[0] == taps[1]
    assert taps[2]["update_id"] == taps[0]["update_id"] + 1
    assert taps[2]["callback_query"] == taps[0]["callback_query"]
    await sim.idle()
    assert len(hooked.updates) == 4


async def test_a_late_update_is_overtaken_by_other_queues_only(hooked: Receiver, sim: Sim, alice: Person) -> None:
    await sim.fault("late", update="message", seconds=60)
    await alice.say("late")
    await alice.say("behind it")
    await alice.tap_raw(1, "first")
    await hooked.got(1)
    await sim.advance(seconds=60)
    updates = await hooked.got(3)
    assert ["callback_query" in update for update in updates] == [True, False, False]
    assert [update["message"]["text"] for update in updates[1:]] == ["late", "behind it"]


async def test_a_lost_answer_brings_the_update_again(hooked: Receiver, sim: Sim, alice: Person) -> None:
    await sim.fault("lost_answer")
    await alice.say("x")
    updates = await hooked.got(2)
    assert updates[0] == updates[1]
    deliveries = await sim.wait_for(2, "delivery")
    assert [delivery["error"] for delivery in deliveries] == ["Read timeout expired", ""]


async def test_connections_are_refused_for_a_while(bot: Bot, sim: Sim) -> None:
    await bot.ok("getMe")
    await sim.fault("refuse", seconds=1)
    refused = False
    async with asyncio.timeout(10):
        while not refused:
            try:
                await bot.call("getMe")
            except aiohttp.ClientConnectorError:
                refused = True
            except aiohttp.ClientError:
                pass
        while refused:
            try:
                await bot.ok("getMe")
                refused = False
            except aiohttp.ClientError:
                await asyncio.sleep(0.01)
    assert [call["method"] for call in await sim.calls()][-1] == "getMe"
