"""`lbcctl people resend` leaves those alone whose command may still be on its way: they would get the step twice."""

from __future__ import annotations

from typing import Any

import pytest

from lbc_contracts import tables, topology
from lbc_contracts.ids import Step, command_key
from lbc_contracts.messages import Send, Text
from lbcctl.exits import Exit

from .test_people_commands import ANA, BEN, BOT, CLEO, Desk, desk

__all__ = ["desk"]

pytestmark = pytest.mark.timeout(180)

COMMAND = command_key(BOT, BEN, 2, Step.GREETING, 3)


def command(identity: str = "somebody's") -> Send:
    made: Any = {"id": identity, "correlation_id": "c", "bot": BOT, "user_id": 99, "chat_id": 99, "session": 1}
    return Send(**made, time="2026-11-01T00:00:00Z", content=Text(html="Hi"))


async def is_left(desk: Desk, why: str) -> None:
    """Ben is left for that reason, with or without a yes, and is sent his step all the same by force."""
    said = await desk.run("people", "resend", str(BEN), "--yes", status=Exit.FAILED)
    assert f"{BEN}: may get it twice" in said
    assert why in " ".join(said.split())
    seen = await desk.run("people", "resend", str(BEN), "--dry-run", "--json", status=Exit.FAILED)
    assert [one["user"] for one in seen["left"]] == [BEN]
    assert await desk.ordered() == []
    await desk.run("people", "resend", str(BEN), "--yes", "--force")
    assert [order.user_id for order in await desk.ordered()] == [BEN]


@pytest.mark.parametrize("queue", ["media.commands", "tts.commands", "delivery.commands"])
async def test_while_messages_wait_on_the_way_to_people(desk: Desk, queue: str) -> None:
    await desk.traces.bury(queue, command())
    await is_left(desk, f"since messages wait: 1 in {queue}")


async def test_while_sending_is_paused(desk: Desk) -> None:
    await desk.run("pause", "--reason", "a test")
    await is_left(desk, "since sending is paused")
    await desk.run("resume")
    await desk.run("people", "resend", str(BEN), "--yes")


@pytest.mark.parametrize(("state", "why"), [("sent", "it was sent"), ("claimed", "delivery has begun to send it")])
async def test_while_delivery_knows_of_it(desk: Desk, state: str, why: str) -> None:
    await desk.traces.put(tables.DELIVERIES, commandId=COMMAND, state=state)
    await is_left(desk, why)


async def test_what_delivery_refused_may_be_sent_again(desk: Desk) -> None:
    await desk.traces.put(tables.DELIVERIES, commandId=COMMAND, state="refused")
    await desk.run("people", "resend", str(BEN), "--yes")
    assert [order.user_id for order in await desk.ordered()] == [BEN]


async def test_while_it_lies_in_a_grave(desk: Desk) -> None:
    await desk.traces.bury(topology.TTS.dead, command(), command(COMMAND))
    await is_left(desk, f"it is in tts.commands.dead: `lbcctl dlq redrive --id {COMMAND}`")
    await desk.run("people", "resend", str(CLEO), "--yes")


async def test_right_after_it_was_asked_for(desk: Desk) -> None:
    await desk.waits(BEN, "WELCOME_VIDEO_SENT", minutes=0, wakes=0)
    await is_left(desk, "it was asked for a moment ago")


async def test_only_who_is_in_doubt_is_left(desk: Desk) -> None:
    await desk.traces.put(tables.DELIVERIES, commandId=COMMAND, state="sent")
    seen = await desk.run("people", "resend", "--stuck", "--yes", "--json", status=Exit.FAILED)
    assert [one["user"] for one in seen["left"]] == [BEN]
    assert [order.user_id for order in await desk.ordered()] == [CLEO, ANA]
