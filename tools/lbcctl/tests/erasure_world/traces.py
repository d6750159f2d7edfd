"""Rows, objects and letters as the services write them, by hand: so that a test can count what is left of whom."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiormq

from lbc_contracts import tables, topology
from lbc_contracts.ids import Step, command_key, reply_key, session_key, update_event, user_key
from lbc_contracts.messages import Message, Send, Speech, StepDue, Text, UpdateReceived
from lbc_contracts.topology import WORK_QUEUES, graves
from lbc_contracts.wire import Wire, encode
from lbc_runtime import amqp
from lbcctl.holding import holding

BOT = "demo_bot"
GREETING = 'Welcome! This is "the" greeting.'
NOW = datetime.now(UTC)
ANA, BEN, CLEO, DAN = 70_000_042, 700_000_420, 7_000_004, 8_000_007
"""The first is the beginning of the second, and the third of both: as texts, never as numbers.

They are as long as Telegram's own, and so of every person in these tests: a short one is sooner or later a minute, a
millisecond or a part of a hash, and is found where nobody is named.
"""


def row(**attributes: Any) -> dict[str, Any]:
    """A DynamoDB item from plain values."""
    return {name: value(attribute) for name, attribute in attributes.items() if attribute is not None}


def value(plain: Any) -> dict[str, Any]:
    match plain:
        case bool():
            return {"BOOL": plain}
        case int():
            return {"N": str(plain)}
        case dict():
            return {"M": {name: value(inner) for name, inner in plain.items()}}
        case list():
            return {"L": [value(inner) for inner in plain]}
    return {"S": plain}


def send(user_id: int, number: int, session: int = 1, step: Step | None = None, words: str = "") -> Send:
    event = update_event(BOT, number)
    return Send(
        id=command_key(BOT, user_id, session, step, 1) if step else reply_key(event, 1),
        correlation_id=event,
        time=NOW,
        bot=BOT,
        user_id=user_id,
        chat_id=user_id,
        session=session,
        step=step,
        content=Speech(words=words, language="en-US", voice="Matthew", title="t", caption=f"Hi {user_id}")
        if words
        else Text(html=f"Hi {user_id}"),
    )


def update(user_id: int, number: int, text: str = "/start") -> UpdateReceived:
    message = {"message_id": 1, "date": 1, "chat": {"id": user_id}, "from": {"id": user_id}, "text": text}
    body = json.dumps({"update_id": number, "message": message}).encode()
    event = update_event(BOT, number)
    return UpdateReceived(id=event, correlation_id=event, time=NOW, bot=BOT, update_id=number, body=body)


@dataclass
class Traces:
    """Everything that there is to be erased, in real parts.

    Attributes:
        people: who has rows; the n-th has sessions 1 and 2.
    """

    dynamodb: Any
    s3: Any
    prefix: str
    bucket: str
    amqp_url: str

    async def put(self, table: tables.Table, **attributes: Any) -> None:
        await self.dynamodb.put_item(TableName=self.prefix + table.name, Item=row(**attributes))

    async def person(self, user_id: int, *, referrer: int | None = None, words: str = GREETING) -> None:
        """A whole person: row, two sessions, three events with commands, deliveries, two letters."""
        touch = {"referrer": str(referrer) if referrer else "", "reason": "unverified"}
        await self.put(
            tables.USERS,
            userId=user_key(BOT, user_id),
            telegramId=user_id,
            bot=BOT,
            version=7,
            session=2,
            name=f"Name {user_id}",
            firstTouch=touch,
            lastTouch=touch,
            referrers=[referrer, 7] if referrer else None,
        )
        other = {"referrer": "7", "reason": "verified"}
        for session in (1, 2):
            key = session_key(BOT, user_id, session)
            visits = [other, touch] if session == 2 else None
            await self.put(
                tables.SESSIONS, sessionId=key, userId=user_key(BOT, user_id), session=session, visits=visits
            )
        first = 10 * (1_000_000 + user_id)
        steps = [
            send(user_id, first, 1, Step.VIDEO),
            send(user_id, first + 1, 2, Step.GREETING, words=words),
            send(user_id, first + 2, 2),
        ]
        for command in steps:
            said = f"ref_{referrer}" if referrer else ""
            await self.event(user_id, command.correlation_id, [command], said)
            await self.put(tables.DELIVERIES, commandId=command.id, state="sent", messageId=5)
        await self.event(user_id, f"{steps[0].id}:delivered", [])
        await self.put(tables.DELIVERIES, commandId=f"{steps[0].id}:failed:x/1", state="claimed", owner="me")
        await self.put(tables.DELIVERIES, commandId=command_key(BOT, user_id, 1, Step.DONE, 3), state="sent")

    async def event(
        self, user_id: int, event_id: str, commands: list[Send], payload: str = "", at: datetime = NOW
    ) -> None:
        await self.put(
            tables.EVENTS,
            eventId=event_id,
            userId=user_key(BOT, user_id),
            timestamp=at.isoformat(timespec="milliseconds"),
            kind="start",
            input=json.dumps({"said": "start", "payload": payload}, separators=(",", ":")),
            commands="[" + ",".join(command.model_dump_json(exclude_none=True) for command in commands) + "]",
        )

    async def request(self, user_id: int, at: int | None = None) -> None:
        moment = at or round(datetime.now(UTC).timestamp() * 1000)
        key = user_key(BOT, user_id)
        await self.put(tables.REQUESTS, userId=key, bot=BOT, telegramId=user_id, requestedAt=moment, eventId="e")

    async def speech(self, words: str) -> str:
        key = f"{BOT}/en-US/Matthew/neural/{hashlib.sha256(words.encode()).hexdigest()}.mp3"
        await self.s3.put_object(Bucket=self.bucket, Key=key, Body=b"mp3")
        await self.put(tables.FILES, fileKey=f"{BOT}:{self.bucket}/{key}:etag", fileId="f")
        return key

    async def bury(self, grave: str, *messages: Message | Wire) -> None:
        """Put letters into a grave, in this order."""
        connection = await aiormq.connect(self.amqp_url)
        try:
            channel = await connection.channel(publisher_confirms=True)
            for message in messages:
                wire = encode(message) if isinstance(message, Message) else message
                await channel.basic_publish(wire.body, routing_key=grave, properties=amqp.properties(wire))
        finally:
            await connection.close()

    async def letters_of(self, user_id: int, number: int) -> None:
        """A letter of each kind in each of three graves."""
        due = StepDue(
            id=f"{BOT}:{user_id}:1:video:1:due:{number}", correlation_id="c", time=NOW, bot=BOT, user_id=user_id,
            session=1, step=Step.VIDEO, attempt=1, wake=0,
        )  # fmt: skip
        await self.bury(topology.DUE.dead, due)
        await self.bury(topology.DELIVERY.dead, send(user_id, number))
        await self.bury("onboarding.quarantine", update(user_id, number))

    async def letters(self) -> dict[str, list[str]]:
        """Bodies in each grave, in their order; they stay."""
        found: dict[str, list[str]] = {}
        connection = await aiormq.connect(self.amqp_url)
        try:
            for grave in (grave for work in WORK_QUEUES for grave in graves(work)):
                async with holding(await connection.channel(), patience=10) as hold:
                    bodies = [message.body.decode() async for message in hold.letters(grave)]
                if bodies:
                    found[grave] = bodies
        finally:
            await connection.close()
        return found

    async def everything(self) -> dict[str, list[str]]:
        """All rows, keys of objects and letters, as text, by where they are."""
        found = {f"queue {grave}": bodies for grave, bodies in (await self.letters()).items()}
        for table in tables.TABLES:
            pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.prefix + table.name)
            items = [item async for page in pages for item in page["Items"]]
            found[table.name] = sorted(json.dumps(item, sort_keys=True) for item in items)
        listed = await self.s3.list_objects_v2(Bucket=self.bucket)
        found["bucket"] = [item["Key"] for item in listed.get("Contents", [])]
        return found

    async def naming(self, user_id: int) -> list[str]:
        """Everything that has a person's id as a number of its own; a tombstone's hash may have any digits."""
        everything = await self.everything()
        everything.pop(tables.TOMBSTONES.name)
        return [f"{where}: {text}" for where, texts in everything.items() for text in texts if names(text, user_id)]


def names(text: str, user_id: int) -> bool:
    """Whether ``user_id`` stands in ``text``, and not as a part of a longer number."""
    return any(run == str(user_id) for run in _numbers(text))


def _numbers(text: str) -> Iterator[str]:
    run = ""
    for char in f"{text} ":
        if char.isdecimal():
            run += char
        else:
            if run:
                yield run
            run = ""
