from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from lbc_contracts import tables
from lbc_delivery.adapters.tables import DynamoPause
from lbcctl.pausing import Pause

from .operating import BOT, Operator

pytestmark = pytest.mark.timeout(120)


def switch(operator: Operator, bot: str = BOT) -> DynamoPause:
    """What delivery asks."""
    return DynamoPause(operator.dynamodb, operator.prefix, bot)


async def test_delivery_rests_between_pause_and_resume(operator: Operator) -> None:
    await operator.run("resume", said="was not paused")
    shown = await operator.run("pause", "--reason", "Telegram [is] ill", "--by", "ann")
    assert "sending is paused" in shown
    assert "by ann, until `lbcctl resume`: Telegram [is] ill" in shown
    assert await switch(operator).paused()
    assert not await switch(operator, "another_bot").paused()
    assert await operator.run("resume") == "sending goes on\n"
    assert not await switch(operator).paused()


async def test_to_pause_again_keeps_when_it_began(operator: Operator) -> None:
    first = await operator.json("pause", "--reason", "one", "--by", "ann")
    again = await operator.json("pause", "--reason", "two", "--for", "6h", "--by", "bob")
    assert (first["by"], again["by"]) == ("ann", "bob")
    assert (first["was_paused"], again["was_paused"]) == (False, True)
    assert datetime.fromisoformat(again["since"]).replace(microsecond=0) == datetime.fromisoformat(
        first["since"]
    ).replace(microsecond=0)
    assert (first["until"], again["reason"]) == (None, "two")
    assert (await operator.json("status", status=1))["sending"]["reason"] == "two"


async def test_to_pause_again_tells_all_that_it_changes(operator: Operator) -> None:
    await operator.run("pause")
    await operator.run("pause", said="already paused; reason, end and by whom are as you said now")
    help_ = " ".join((await operator.run("pause", "--help")).replace("│", " ").split())
    assert "changes its reason, its end and by whom it is; since when stays" in help_


async def test_a_pause_ends_by_itself(operator: Operator) -> None:
    past = datetime.fromtimestamp(time.time() - 1, UTC)
    row = Pause(paused=True, until=past, since=past, by="ann").item(BOT)
    await operator.dynamodb.put_item(TableName=operator.prefix + tables.CONTROL.name, Item=row)
    assert not await switch(operator).paused()
    assert (await operator.json("status", status=1))["sending"]["paused"] is False
    assert (await operator.json("pause", "--for", "90s"))["was_paused"] is False
    assert await switch(operator).paused()


async def test_a_row_that_somebody_wrote_by_hand_is_read(operator: Operator) -> None:
    row = {"name": {"S": f"{BOT}:delivery"}, "paused": {"BOOL": True}}
    await operator.dynamodb.put_item(TableName=operator.prefix + tables.CONTROL.name, Item=row)
    assert (await operator.json("resume"))["was_paused"] is True


@pytest.mark.parametrize("time_", ["soon", "-1h", "1.5h", "", "9999999999d"])
async def test_a_time_that_is_none_changes_nothing(operator: Operator, time_: str) -> None:
    await operator.run("pause", "--for", time_, status=2, said="is no duration")
    assert not await switch(operator).paused()
