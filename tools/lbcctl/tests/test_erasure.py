"""A person is erased from real parts, whatever interrupts it, and nobody else is touched."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from erasure_world.running import erase_requested, eraser, graves_of, ground
from erasure_world.traces import ANA, BEN, BOT, CLEO, GREETING, Traces, names, send, update

from lbc_contracts import tables, topology
from lbc_contracts.ids import Step, session_key, user_key
from lbc_contracts.privacy import tombstone_key
from lbc_contracts.wire import Wire
from lbc_testkit.aws import Moto
from lbc_testkit.dynamodb import DynamoDB
from lbc_testkit.fixtures import ProvisionedVHost
from lbcctl.erasure.person import Person

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def traces(dynamodb: DynamoDB, aws: Moto, vhost: ProvisionedVHost) -> AsyncIterator[Traces]:
    async with ground(dynamodb, aws, vhost) as ready:
        yield ready


class DiedError(Exception):
    """Stands for the death of the process."""


class Fragile:
    """A client that dies before or after its n-th call: a later one never comes to be made."""

    def __init__(self, inner: Any, calls: Iterator[int], die_at: int, *, after: bool) -> None:
        self._inner = inner
        self._calls = calls
        self._die_at = die_at
        self._after = after

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self._inner, name)
        if name == "get_paginator":
            return inner

        async def call(**arguments: Any) -> Any:
            number = next(self._calls)
            if number == self._die_at and not self._after:
                raise DiedError
            answer = await inner(**arguments)
            if number == self._die_at:
                raise DiedError
            return answer

        return call


async def fill(traces: Traces) -> None:
    """Three people of whom the second was sent by the first, and letters of them all in turn."""
    await traces.person(ANA, words="Words for Ana alone")
    await traces.person(BEN, referrer=ANA)
    await traces.person(CLEO)
    for words in (GREETING, "Words for Ana alone"):
        await traces.speech(words)
    for number in range(3):
        for user_id in (ANA, BEN, CLEO):
            await traces.letters_of(user_id, 1000 + number)
    await traces.bury("onboarding.quarantine", Wire("update-received", "c", f'{{"from": {{"id": {ANA}'.encode(), {}))
    await traces.bury("onboarding.quarantine", Wire("update-received", "c", f'{{"from": {{"id": {ANA}1'.encode(), {}))


def as_if_never(texts: list[str], user_id: int) -> list[str]:
    """What there would be without the person: their own gone, and nobody sent by them."""
    unsaid = [
        text.replace(f"ref_{user_id}", "erased")
        .replace(f'"referrers": {{"L": [{{"N": "{user_id}"}}, ', '"referrers": {"L": [')
        .replace(f'"referrer": {{"S": "{user_id}"}}', '"referrer": {"S": "erased"}')
        for text in texts
    ]
    return [text for text in unsaid if not names(text, user_id)]


async def test_nothing_of_the_person_remains_and_nobody_else_is_touched(
    traces: Traces, vhost: ProvisionedVHost
) -> None:
    await fill(traces)
    await traces.request(ANA)
    before = await traces.everything()

    counts = (await erase_requested(traces, vhost)).counts

    assert await traces.naming(ANA) == []
    after = await traces.everything()
    assert len(after.pop("tombstones")) == 1
    assert len(before.pop("tombstones")) == 0
    assert [len(before.pop(where)) - len(after.pop(where)) for where in ("bucket", "files")] == [1, 1]
    expected = {where: as_if_never(texts, ANA) for where, texts in before.items()}
    expected["users"] = [
        text.replace('"version": {"N": "7"}', '"version": {"N": "8"}') if f"telegram_{BEN}" in text else text
        for text in expected["users"]
    ]
    reply = send(ANA, 10 * (1_000_000 + ANA) + 2).id
    expected["deliveries"] = [text for text in expected["deliveries"] if reply not in text]
    assert after == {where: texts for where, texts in expected.items() if where in after}
    assert counts == {
        "events": 4, "sessions": 2, "deliveries": 5, "letters": 10, "speech objects": 1, "referrers": 5,
    }  # fmt: skip


async def test_the_one_who_was_sent_keeps_all_else_and_decides_anew(traces: Traces, vhost: ProvisionedVHost) -> None:
    await fill(traces)
    await traces.request(ANA)
    await erase_requested(traces, vhost)

    key = {"userId": {"S": user_key(BOT, BEN)}}
    ben = (await traces.dynamodb.get_item(TableName=f"{traces.prefix}users", Key=key))["Item"]

    assert ben["firstTouch"]["M"]["referrer"] == ben["lastTouch"]["M"]["referrer"] == {"S": "erased"}
    assert ben["firstTouch"]["M"]["reason"] == {"S": "unverified"}
    assert ben["referrers"] == {"L": [{"N": "7"}]}
    assert ben["version"] == {"N": "8"}


async def test_a_tombstone_stands_until_the_last_row_that_tells_a_repetition(
    traces: Traces, vhost: ProvisionedVHost
) -> None:
    await fill(traces)
    await traces.request(ANA)
    began = datetime.now(UTC)
    await erase_requested(traces, vhost)

    (stone,) = (await traces.dynamodb.scan(TableName=f"{traces.prefix}tombstones"))["Items"]

    assert stone["personHash"]["S"] == tombstone_key(BOT, ANA)
    assert stone["session"]["N"] == "2"
    ends = datetime.fromtimestamp(int(stone["expiresAt"]["N"]), UTC)
    assert timedelta(days=91) - timedelta(minutes=1) < ends - began < timedelta(days=91, minutes=5)


@pytest.mark.parametrize("after", [False, True], ids=["before-the-call", "after-the-call"])
async def test_interrupted_at_any_call_it_is_ended_by_the_next_run(
    traces: Traces, vhost: ProvisionedVHost, *, after: bool
) -> None:
    """Each round has a person of its own, so that no round profits from the one before."""
    await traces.person(BEN)
    await traces.person(CLEO)
    await traces.speech(GREETING)
    others = await traces.everything()
    died = 0
    for die_at in range(1, 100):
        user_id = 700_000_000 + die_at
        await traces.person(user_id, words=f"Words for {user_id}")
        await traces.speech(f"Words for {user_id}")
        await traces.letters_of(user_id, 1)
        await traces.request(user_id)
        calls = iter(range(1, 1_000_000))
        try:
            await erase_requested(
                traces, vhost, lambda inner, at=die_at, calls=calls: Fragile(inner, calls, at, after=after)
            )
        except DiedError:
            died += 1
            await erase_requested(traces, vhost)
        assert await traces.naming(user_id) == []
        if died < die_at:
            break  # the run came to its end: it has no further calls
    else:
        pytest.fail("more calls than were tried")
    everything = await traces.everything()
    everything["tombstones"] = []
    assert everything == others
    assert died > 10


async def test_who_began_anew_since_keeps_the_new_life(traces: Traces, vhost: ProvisionedVHost) -> None:
    """The run died after the tombstone; before the next one the person wrote again."""
    await fill(traces)
    await traces.request(ANA)
    rows, work = eraser(traces, vhost)
    (person,) = await rows.requested(BOT)
    stone = await rows.bury(person, round(datetime.now(UTC).timestamp() * 1000))
    later = datetime.now(UTC) + timedelta(minutes=1)
    reborn = [send(ANA, 9001, stone.session + 1, Step.VIDEO), send(ANA, 9002, stone.session + 1)]
    await traces.put(tables.USERS, userId=user_key(BOT, ANA), telegramId=ANA, bot=BOT, version=1, session=3)
    key = session_key(BOT, ANA, 3)
    await traces.put(tables.SESSIONS, sessionId=key, userId=user_key(BOT, ANA), session=3)
    await traces.event(ANA, f"{BOT}:update:9001", reborn, at=later)
    await traces.event(ANA, f"{BOT}:update:9003", [], at=later)
    for command in reborn:
        await traces.put(tables.DELIVERIES, commandId=command.id, state="sent")

    await work.erase([person], lambda _: None)

    left = {text.partition(":")[0] for text in await traces.naming(ANA)}
    assert left == {"users", "sessions", "events", "deliveries"}
    everything = await traces.everything()
    assert len([text for text in everything["events"] if f'telegram_{ANA}"' in text]) == 2
    assert len([text for text in everything["deliveries"] if ":3:video" in text or "9002" in text]) == 2
    assert [text for text in everything["sessions"] if f":{ANA}:" in text] != []
    assert everything["requests"] == []


async def test_an_open_request_of_a_later_life_erases_that_too(traces: Traces, vhost: ProvisionedVHost) -> None:
    await fill(traces)
    await traces.request(ANA)
    await erase_requested(traces, vhost)
    await traces.person(ANA, words="Words for Ana alone")
    await traces.request(ANA)

    await erase_requested(traces, vhost)

    assert await traces.naming(ANA) == []


async def test_who_is_not_known_gets_a_tombstone_all_the_same(traces: Traces, vhost: ProvisionedVHost) -> None:
    rows, work = eraser(traces, vhost)
    person = await rows.request(BOT, 77, round(datetime.now(UTC).timestamp() * 1000))
    await traces.bury(topology.UPDATES.dead, update(77, 1))

    assert (await work.erase([person], lambda _: None)).counts == {"letters": 1}

    assert await rows.tombstone(person) is not None
    assert await rows.requested(BOT) == []


async def test_a_request_that_stands_is_meant_anew_but_never_for_less(traces: Traces, vhost: ProvisionedVHost) -> None:
    rows, _ = eraser(traces, vhost)
    await traces.request(ANA, at=1000)
    assert await rows.request(BOT, ANA, 2000) == Person(BOT, ANA, 2000)
    assert await rows.request(BOT, ANA, 1500) == Person(BOT, ANA, 2000)
    assert await rows.requested(BOT) == [Person(BOT, ANA, 2000)]
    (text,) = (await traces.everything())["requests"]
    assert '"eventId": {"S": "e"}' in text, "it stays the person's own"


async def test_letters_of_others_stay_in_their_order(traces: Traces, vhost: ProvisionedVHost) -> None:
    dead = topology.DELIVERY.dead
    await traces.bury(dead, *(send(ANA if number % 3 else BEN, number) for number in range(200)))
    before = (await traces.letters())[dead]

    ana = Person(BOT, ANA, 1000)
    assert await graves_of(vhost)(lambda letter: ana if letter.user == ANA else None) == {ana: 133}

    assert (await traces.letters())[dead] == [body for body in before if f'"user_id":{BEN},' in body]
