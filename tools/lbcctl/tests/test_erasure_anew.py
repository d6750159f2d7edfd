"""Somebody is erased while others still name them, keep coming by their links, or are themselves back already."""

from __future__ import annotations

import base64
import json
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from erasure_world.recording import Recorder
from erasure_world.running import erase_requested, eraser, graves_of, ground
from erasure_world.traces import ANA, BEN, BOT, NOW, Traces, send, update

from lbc_contracts import tables, tokens, topology
from lbc_contracts.ids import Step, session_key, update_event, user_key
from lbc_contracts.messages import UpdateReceived
from lbc_testkit.aws import Moto
from lbc_testkit.dynamodb import DynamoDB
from lbc_testkit.fixtures import ProvisionedVHost
from lbcctl.commands.user import ERASE_RIGHTS
from lbcctl.erasure.letters import Whose
from lbcctl.erasure.person import Person
from lbcctl.erasure.rows import TOGETHER

pytestmark = pytest.mark.timeout(180)

KEY = tokens.Key(1, b"x" * 32)


@pytest.fixture
async def traces(dynamodb: DynamoDB, aws: Moto, vhost: ProvisionedVHost) -> AsyncIterator[Traces]:
    async with ground(dynamodb, aws, vhost) as ready:
        yield ready


def now() -> int:
    return round(datetime.now(UTC).timestamp() * 1000)


async def test_a_link_that_goes_on_being_opened_holds_up_nobody(traces: Traces, vhost: ProvisionedVHost) -> None:
    await traces.person(ANA)
    await traces.request(ANA)
    guests = iter(range(5000, 6000))
    real = graves_of(vhost)

    async def meanwhile(whose: Whose) -> Counter[Person]:
        """After each look at the rows somebody opens the link."""
        await traces.person(next(guests), referrer=ANA)
        return await real(whose)

    done = await erase_requested(traces, vhost, graves=meanwhile)

    assert done.left == ()
    assert (await traces.everything())["requests"] == []


async def test_of_whom_something_keeps_coming_is_left_and_all_others_are_ended(
    traces: Traces, vhost: ProvisionedVHost
) -> None:
    busy, *others = range(9000, 9000 + TOGETHER + 2)
    for number, user_id in enumerate((busy, *others)):
        await traces.request(user_id, at=now() - 10_000 + number)
    real = graves_of(vhost)

    async def meanwhile(whose: Whose) -> Counter[Person]:
        late = update(busy, 1)
        await traces.bury(topology.UPDATES.dead, late)
        return await real(whose)

    done = await erase_requested(traces, vhost, graves=meanwhile)

    assert [person.user_id for person in done.left] == [busy]
    (request,) = (await traces.everything())["requests"]
    assert f"telegram_{busy}" in request
    assert (await erase_requested(traces, vhost)).left == ()


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def token_for(referrer: int) -> str:
    claims = tokens.StartToken(purpose=tokens.Purpose.REFERRAL, referrer=referrer, expires_at=2**31, nonce=7)
    return tokens.mint(claims, bot=BOT, key=KEY)


async def test_an_id_with_zeros_before_it_goes_as_well(traces: Traces, vhost: ProvisionedVHost) -> None:
    """Attribution reads 000042 as 42, and keeps the words of the token."""
    zeros = f"0000{ANA}"
    touch = {"referrer": zeros, "reason": "unverified"}
    key = user_key(BOT, BEN)
    person = {"telegramId": BEN, "bot": BOT, "version": 1, "session": 1, "referrers": [ANA]}
    await traces.put(tables.USERS, userId=key, **person, firstTouch=touch, lastTouch=touch)
    await traces.put(tables.SESSIONS, sessionId=session_key(BOT, BEN, 1), userId=key, session=1, visits=[touch])
    await traces.event(BEN, update_event(BOT, 1), [], f"ref_{zeros}")
    await traces.event(BEN, update_event(BOT, 2), [], encoded(f"{zeros}|mail|a|b|n|1790000000"))
    await traces.request(ANA)

    assert (await erase_requested(traces, vhost)).counts == {"referrers": 4}

    assert zeros not in json.dumps(await traces.everything())
    assert str(ANA) not in {number for text in await texts(traces) for number in re.findall("[0-9]+", decoded(text))}


async def texts(traces: Traces) -> list[str]:
    """The payloads of all events."""
    pages = traces.dynamodb.get_paginator("scan").paginate(TableName=f"{traces.prefix}events")
    return [json.loads(item["input"]["S"])["payload"] async for page in pages for item in page["Items"]]


def decoded(token: str) -> str:
    return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode(errors="replace")


@pytest.mark.parametrize(
    "token", [token_for(ANA), encoded(f"{ANA}|mail|a|b|n|1790000000"), f"ref_{ANA}"], ids=["signed", "pipes", "plain"]
)
async def test_a_token_that_was_refused_goes_as_well(traces: Traces, vhost: ProvisionedVHost, token: str) -> None:
    """Whoever brought it is not known as sent by anybody."""
    await traces.person(BEN)
    await traces.event(BEN, update_event(BOT, 1), [], token)
    await traces.event(BEN, update_event(BOT, 2), [], token_for(7))
    await traces.request(ANA)

    assert (await erase_requested(traces, vhost)).counts == {"referrers": 1}

    assert sorted(text for text in await texts(traces) if text) == sorted(["erased", token_for(7)])


def said(user_id: int, number: int, at: datetime, *, bot: str = BOT, tap: str | None = None) -> UpdateReceived:
    """An update of that time; with ``tap`` the button that was pressed."""
    sender = {"from": {"id": user_id}}
    message = {"message_id": 1, "date": round(at.timestamp()), "chat": {"id": user_id}}
    update = {"message": message | sender} if tap is None else {"callback_query": sender | {"id": "1", "data": tap}}
    event = update_event(bot, number)
    body = json.dumps({"update_id": number, **update}).encode()
    return UpdateReceived(id=event, correlation_id=event, time=at, bot=bot, update_id=number, body=body)


async def test_letters_of_a_new_life_or_of_another_bot_stay(traces: Traces, vhost: ProvisionedVHost) -> None:
    """The run died after the tombstone; before the next one the person wrote again, and that became letters."""
    await traces.person(ANA)
    await traces.request(ANA)
    rows, work = eraser(traces, vhost)
    (person,) = await rows.requested(BOT)
    stone = await rows.bury(person, now())
    assert stone
    erased = datetime.fromtimestamp(stone.erased_at / 1000, UTC)
    later = erased + timedelta(minutes=5)
    stays = [
        said(ANA, 1, later),
        said(ANA, 2, later, tap="delete_me:1"),
        said(ANA, 3, erased, tap=f"play_audio:{stone.session + 1}:v"),
        said(ANA, 4, erased - timedelta(days=1), bot="other_bot"),
        send(ANA, 5, stone.session + 1, Step.VIDEO),
        send(ANA, 6, stone.session).model_copy(update={"bot": "other_bot"}),
    ]
    goes = [
        said(ANA, 11, erased - timedelta(hours=1)),
        said(ANA, 12, later).model_copy(update={"time": later + timedelta(days=1), "body": said(ANA, 0, NOW).body}),
        said(ANA, 13, erased, tap="continue"),
        said(ANA, 14, later, tap=f"play_audio:{stone.session}:v"),
        send(ANA, 15, stone.session, Step.VIDEO),
    ]
    dead = topology.UPDATES.dead
    await traces.bury(dead, *stays)
    before = (await traces.letters())[dead]
    await traces.bury(dead, *goes)

    done = await work.erase([person], lambda _: None)

    assert done.counts["letters"] == len(goes)
    assert (await traces.letters())[dead] == before


async def test_who_is_named_goes_as_they_are_now_whatever_was_left_open(
    traces: Traces, vhost: ProvisionedVHost
) -> None:
    """An erasure died after the tombstone, and the person came back: the operator means the person that there is."""
    await traces.person(ANA)
    await traces.request(ANA)
    rows, work = eraser(traces, vhost)
    (old,) = await rows.requested(BOT)
    assert await rows.bury(old, now())
    await traces.put(tables.USERS, userId=user_key(BOT, ANA), telegramId=ANA, bot=BOT, version=1, session=3)

    person = await rows.request(BOT, ANA, now() + 1)
    assert (await work.erase([person], lambda _: None)).left == ()

    assert await traces.naming(ANA) == []
    stone = await rows.tombstone(person)
    assert stone
    assert stone.session == 3


def listed() -> set[str]:
    """The rights that the help lists, one by one."""
    found = set()
    for line in ERASE_RIGHTS:
        service, _, rest = line.partition(":")
        actions, _, resources = rest.partition(" on ")
        for action in re.split(", | and ", actions):
            found |= {f"{service}:{action} on {resource}" for resource in re.split(", | and ", resources)}
    return found


async def test_the_help_lists_the_rights_that_are_used(traces: Traces, vhost: ProvisionedVHost) -> None:
    await traces.person(ANA, words="Words for Ana alone")
    await traces.person(BEN, referrer=ANA)
    await traces.speech("Words for Ana alone")
    await traces.request(ANA)
    called: set[str] = set()

    def noting(client: Any) -> Recorder:
        return Recorder(client, traces.prefix, called)

    await erase_requested(traces, vhost, noting)
    rows, work = eraser(traces, vhost, noting)
    unknown = await rows.request(BOT, 77, now())
    await work.erase([unknown], lambda _: None)
    assert await rows.request(BOT, 77, now()) == await rows.request(BOT, 77, 1), "the later one stands"

    assert called == listed()
