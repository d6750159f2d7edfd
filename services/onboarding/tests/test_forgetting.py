"""/delete_me from the question to the return of whoever was erased, and what comes late in between."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from onboarding_world.edges import NEVER, NOON_S, PREFIX, Outbox, coming, delivered, member, tapped, update, written
from onboarding_world.talk import Bot

from lbc_contracts import topology
from lbc_contracts.ids import user_key
from lbc_contracts.privacy import tombstone_key
from lbc_onboarding.adapters.memory import MemoryStore
from lbc_onboarding.domain.fsm import State
from lbc_onboarding.domain.person import Tombstone


async def erase(talk: Bot) -> Tombstone:
    """As the operator does it: the row gives way to a tombstone, in one transaction."""
    user = await talk.user()
    left = Tombstone(round(talk.clock.now().timestamp() * 1000), user.session)
    if isinstance(talk.store, MemoryStore):
        del talk.store.users[user_key(talk.name, 7)]
        talk.store.tombstones[user_key(talk.name, 7)] = left
        talk.store.events.clear()
        return left
    client = talk.store._client
    numbers = {"erasedAt": left.erased_at, "session": left.session, "expiresAt": NEVER}
    item = {"personHash": {"S": tombstone_key(talk.name, 7)}} | {name: {"N": str(n)} for name, n in numbers.items()}
    await client.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": f"{PREFIX}tombstones", "Item": item}},
            {"Delete": {"TableName": f"{PREFIX}users", "Key": {"userId": {"S": user_key(talk.name, 7)}}}},
        ]
    )
    for row in await events(talk):
        await client.delete_item(TableName=f"{PREFIX}events", Key={"eventId": row["eventId"]})
    return left


async def events(talk: Bot) -> list[Any]:
    """The person's rows of events."""
    if isinstance(talk.store, MemoryStore):
        return list(talk.store.events.values())
    found = await talk.store._client.query(
        TableName=f"{PREFIX}events",
        IndexName="userId",
        KeyConditionExpression="userId = :user",
        ExpressionAttributeValues={":user": {"S": user_key(talk.name, 7)}},
    )
    items: list[Any] = found["Items"]
    return items


def question(outbox: Outbox) -> str:
    """The data of the button that confirms."""
    data = outbox.last().content.buttons[0][0].data
    assert data
    return data


async def test_a_wish_is_asked_about_filed_and_known_the_second_time(talk: Bot, outbox: Outbox) -> None:
    await talk.write("/start")
    await talk.write("/delete_me")
    assert (await talk.user()).erasure_asked_at is None
    confirm = question(outbox)
    await talk.send(tapped(confirm, "yes", message_id=talk.next_id()))
    filed = outbox.last().content
    await talk.send(tapped(confirm, "yes again", message_id=talk.message_id))
    assert outbox.last().content != filed
    await talk.send(tapped(confirm, "yes", message_id=talk.message_id))
    assert outbox.last().content == filed
    assert talk.meter.counts["event", "delete_confirmed", "applied"] == 2
    assert talk.meter.counts["event", "delete_confirmed", "repeated"] == 1
    assert (await talk.user()).pending


async def test_presses_at_once_file_one_wish(talk: Bot, outbox: Outbox) -> None:
    await talk.write("/delete_me")
    confirm = question(outbox)
    await asyncio.gather(*(talk.send(tapped(confirm, f"yes {number}")) for number in range(4)))
    said = {send.content.html for send in outbox.sends[1:]}  # type: ignore[union-attr]  # all are texts
    assert len(said) == 2
    assert talk.meter.counts["event", "delete_confirmed", "applied"] == 4


async def test_what_comes_after_the_erasure_but_is_of_before_leaves_no_trace(talk: Bot, outbox: Outbox) -> None:
    await talk.write("/start ref_ana", date=NOON_S - 60)
    video = outbox.last()
    old = [
        coming(update(talk.name, 1, written("/start ref_ana", 1, date=NOON_S - 60), talk.clock.now())),
        coming(update(talk.name, 70, tapped("play_audio:1:v", "old"), talk.clock.now())),
        coming(update(talk.name, 71, member("kicked", NOON_S + 9), talk.clock.now())),
        coming(delivered(video, 2, talk.clock.now()), topology.OUTCOMES),
    ]
    left = await erase(talk)
    published = len(outbox.published)
    for incoming in [*old, *old]:
        await talk.onboarding.handle(incoming)
    assert await talk.user() == left
    assert await events(talk) == []
    assert len(outbox.published) == published
    assert talk.meter.counts["event", "start", "erased"] == 2
    assert talk.meter.counts["event", "delivered", "erased"] == 2


async def test_who_returns_begins_anew_and_finds_nothing_of_before(talk: Bot, outbox: Outbox) -> None:
    await talk.write("/start ref_ana", date=NOON_S - 60)
    video = outbox.last()
    await talk.deliver()
    await erase(talk)
    talk.clock.time += timedelta(seconds=5)
    await talk.write("/start", date=int(talk.clock.time.timestamp()))
    user = await talk.user()
    assert (user.session, user.state, user.first_touch.reason) == (2, State.NEW, "organic")
    assert outbox.last().id == f"{talk.name}:7:2:video:1"
    await talk.onboarding.handle(coming(delivered(video, 2, talk.clock.now()), topology.OUTCOMES))
    late = update(talk.name, 1, written("/start ref_ana", 1, date=NOON_S - 60), talk.clock.now())
    await talk.onboarding.handle(coming(late))
    user = await talk.user()
    assert (user.state, user.first_touch.reason) == (State.NEW, "organic")
    await talk.onboarding.handle(coming(delivered(outbox.last(), 9, talk.clock.now()), topology.OUTCOMES))
    assert (await talk.user()).state is State.WELCOME_VIDEO_SENT


@pytest.mark.parametrize("seconds", [0, 100])
async def test_a_press_counts_as_a_return_once_telegram_repeats_it_no_more(quick: Bot, seconds: int) -> None:
    await quick.write("/start")
    left = await erase(quick)
    quick.clock.time += timedelta(seconds=100 + seconds)
    await quick.send(tapped("play_audio:1:v", "late"))
    user = await quick.user()
    assert user == left if seconds == 0 else user.session == 2
