"""``lbcctl campaigns`` on DynamoDB Local; the report from rows as onboarding writes them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lbc_contracts.campaigns import Campaign, campaign_item
from lbc_contracts.ids import Step
from lbc_onboarding.adapters.tables import DynamoStore, Life
from lbc_onboarding.app.ports import Committed, EventRow
from lbc_onboarding.domain.fsm import STEPS, State
from lbc_onboarding.domain.person import User
from lbc_runtime.clock import SystemClock
from lbcctl.exits import Exit

from .desk import PREFIX, Desk


async def test_campaigns_are_created_listed_closed_and_opened(desk: Desk) -> None:
    assert "no campaigns" in await desk.run("campaigns", "list")
    identity = await desk.campaign()
    assert "which was there already" in await desk.run("campaigns", "create", "spring", "--source", "newsletter")
    refused = await desk.run("campaigns", "create", "spring", "--source", "fb", status=Exit.FAILED)
    assert "other words" in refused
    listed = await desk.run("campaigns", "list")
    assert identity in listed
    assert "newsletter" in listed
    await desk.run("campaigns", "close", "spring", status=Exit.REFUSED)
    assert "closed since" in await desk.run("campaigns", "close", identity, "--yes")
    closed = json.loads(await desk.run("campaigns", "list", "--json"))
    again = json.loads(await desk.run("campaigns", "close", "spring", "--json"))
    assert again["closed_at"] == closed[0]["closed_at"]
    assert "is closed" in await desk.run("links", "mint", "--campaign", "spring", status=Exit.FAILED)
    assert "is closed" in await desk.run("campaigns", "create", "spring", "--source", "newsletter", status=Exit.FAILED)
    assert "open" in await desk.run("campaigns", "reopen", "spring")
    await desk.mint("--campaign", "spring")


async def test_two_operators_who_create_one_campaign_at_once_get_one(desk: Desk) -> None:
    command = ("campaigns", "create", "spring", "--source", "newsletter", "--json")
    both = [await desk.started(*command) for _ in range(2)]
    answers = [json.loads((await process.communicate())[0]) for process in both]
    assert sorted(answer["created"] for answer in answers) == [False, True]
    assert len({answer["id"] for answer in answers}) == 1
    assert len(json.loads(await desk.run("campaigns", "list", "--json"))) == 1


@pytest.mark.parametrize(
    "arguments",
    [("", "--source", "x"), ("x" * 65, "--source", "x"), ("a\tb", "--source", "x"), ("a", "--source", " x")],
)
async def test_a_campaign_of_odd_words_is_refused(desk: Desk, arguments: tuple[str, ...]) -> None:
    await desk.run("campaigns", "create", *arguments, status=Exit.USAGE)


def touch(campaign: str, reason: str = "verified") -> dict[str, Any]:
    return {"M": {"campaign_id": {"S": campaign}, "reason": {"S": reason}}}


async def put(tables: Any, table: str, **item: Any) -> None:
    await tables.put_item(TableName=PREFIX + table, Item=item)


async def person(tables: Any, bot: str, number: int, states: list[str], visits: list[Any]) -> None:
    """Somebody with a session for each state that they reached, and all visits in the first."""
    key = {"S": f"{bot}:telegram_{number}"}
    for session, state in enumerate(states, 1):
        kept = {"visits": {"L": visits}} if session == 1 else {}
        await put(
            tables, "sessions", sessionId={"S": f"{bot}:{number}:{session}"}, userId=key, state={"S": state}, **kept
        )
    await put(tables, "users", userId=key, telegramId={"N": str(number)}, state={"S": states[-1]}, firstTouch=visits[0])


async def test_each_campaign_has_its_funnel_and_so_have_those_without(desk: Desk) -> None:
    bot = desk.bot
    spring = Campaign(bot=bot, name="spring", source="mail")
    empty = Campaign(bot=bot, name="empty", source="fb")
    async with desk.tables() as tables:
        for campaign in (spring, empty):
            await put(tables, "campaigns", **campaign_item(campaign))
        came = touch(spring.id)
        await person(tables, bot, 1, ["DONE"], [came, came])
        await person(tables, bot, 2, ["TTS_SENT", "NEW"], [came])
        await person(tables, bot, 3, ["WELCOME_VIDEO_SENT"], [touch("", "organic"), came])
        await person(tables, bot, 4, ["NEW"], [touch("", "expired")])
        await person(tables, f"{bot}x", 5, ["DONE"], [came])

    rows = json.loads(await desk.run("campaigns", "report", "--json"))
    columns = ("name", "visits", "people", "video", "greeting", "done")
    assert [tuple(row[column] for column in columns) for row in rows] == [
        ("spring", 4, 2, 2, 2, 1),
        ("(expired)", 1, 1, 0, 0, 0),
        ("(organic)", 1, 1, 1, 0, 0),
        ("empty", 0, 0, 0, 0, 0),
    ]
    assert "50%" in await desk.run("campaigns", "report")


async def received(desk: Desk, number: int, *sessions: tuple[State, tuple[Step, ...]]) -> None:
    """Somebody whose rows onboarding wrote: how far they got in each session, of which steps."""
    async with desk.tables() as raw:
        store = DynamoStore(raw, PREFIX, life=Life(), clock=SystemClock())
        before: User | None = None
        for session, (state, steps) in enumerate(sessions, 1):
            after = User(
                bot=desk.bot,
                user_id=number,
                chat_id=number,
                created_at=1,
                version=session,
                session=session,
                state=state,
                steps=steps,
            )
            event = EventRow(
                f"{desk.bot}:{number}:{session}", desk.bot, number, 4_000_000_000_000, "", "{}", "applied", ()
            )
            assert await store.commit(event, before, after) == Committed()
            before = after


async def test_who_has_other_steps_is_counted_by_what_they_received(desk: Desk) -> None:
    spoken, turned = (Step.GREETING, Step.DONE), (Step.GREETING, Step.VIDEO, Step.DONE)
    await received(desk, 1, (State.TTS_SENT, spoken))
    await received(desk, 2, (State.DONE, spoken))
    await received(desk, 3, (State.TTS_SENT, turned))
    await received(desk, 4, (State.WELCOME_VIDEO_SENT, turned))
    await received(desk, 5, (State.TTS_SENT, spoken), (State.NEW, STEPS))
    await received(desk, 6, (State.WELCOME_VIDEO_SENT, STEPS), (State.TTS_SENT, spoken))
    await received(desk, 7, (State.TTS_SENT, STEPS))
    (row,) = json.loads(await desk.run("campaigns", "report", "--json"))
    assert (row["people"], row["video"], row["greeting"], row["done"]) == (7, 3, 7, 1)
