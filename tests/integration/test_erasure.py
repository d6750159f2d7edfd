"""Someone asks to be forgotten: nothing in tables, buckets and queues names them any more, or brings them back."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from typing import Any

import aiormq
import pytest

from lbc_contracts.messages import Text
from lbc_contracts.privacy import tombstone_key
from lbc_contracts.tables import TABLES
from lbc_contracts.topology import DELIVERY, WORK_QUEUES, Service, graves
from lbc_contracts.wire import encode
from lbc_runtime import amqp
from lbc_testkit.stack import Stack
from lbc_testkit.stack.services import ASSETS_BUCKET, TABLES_PREFIX, TTS_BUCKET
from lbcctl.holding import holding
from support import platform
from telegram_sim.client import Person, Sim

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(300)]

SETTLE = "2"


async def lbcctl(stack: Stack, *arguments: str, user: Service = Service.OPERATOR) -> dict[str, Any]:
    """Run the operator's tool as a process of its own; gives the document that it printed."""
    variables = os.environ | stack.variables() | {"LBCCTL_SETTLE": SETTLE}
    broker = variables["LBC_BROKER__URL"].replace(f"-{Service.OPERATOR}@", f"-{user}@")
    variables |= {"LBC_BROKER__URL": broker, "LBC_BROKER__PASSWORD_FILE": str(stack.secrets.amqp(user).resolve())}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "lbcctl", *arguments, "--json",
        env=variables, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, err.decode()
    document: dict[str, Any] = json.loads(out)
    return document


async def places(stack: Stack) -> dict[str, list[str]]:
    """All that is kept anywhere, as text, by where it is; no message may be under way."""
    found: dict[str, list[str]] = {}
    async with stack.aws("dynamodb") as dynamodb:
        for table in TABLES:
            pages = dynamodb.get_paginator("scan").paginate(TableName=TABLES_PREFIX + table.name, ConsistentRead=True)
            found[table.name] = [json.dumps(item) async for page in pages for item in page["Items"]]
    async with stack.aws("s3") as s3:
        for bucket in (ASSETS_BUCKET, TTS_BUCKET):
            pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
            found[bucket] = [item["Key"] async for page in pages for item in page.get("Contents", ())]
    connection = await aiormq.connect(stack.broker.amqp_url)
    try:
        for grave in (grave for work in WORK_QUEUES for grave in graves(work)):
            async with holding(await connection.channel(), patience=10) as hold:
                letters = [letter async for letter in hold.letters(grave)]
            found[grave] = [f"{letter.body.decode()} {letter.header.properties.headers}" for letter in letters]
    finally:
        await connection.close()
    return found


async def naming(stack: Stack, person: Person) -> list[str]:
    """What has a person's id in it, as a number of its own."""
    number = re.compile(rf"(?<![0-9]){person.id}(?![0-9])")
    return [
        f"{where}: {text}" for where, texts in (await places(stack)).items() for text in texts if number.search(text)
    ]


async def bury(stack: Stack, person: Person) -> None:
    """Leave a letter about the person in each grave."""
    wire = encode(platform.command(stack, person.id, "buried", Text(html="never sent")))
    connection = await aiormq.connect(stack.broker.amqp_url)
    try:
        channel = await connection.channel(publisher_confirms=True)
        for grave in (grave for work in WORK_QUEUES for grave in graves(work)):
            await channel.basic_publish(wire.body, routing_key=grave, properties=amqp.properties(wire))
    finally:
        await connection.close()


async def onboard(person: Person, payload: str = "") -> None:
    await person.start(payload)
    await person.expects("video")
    await person.tap("play_audio")
    await person.expects("audio")
    await person.tap("continue")
    await person.expects("text")


async def ask_to_be_forgotten(person: Person) -> None:
    await person.say("/delete_me")
    await person.expects("text", button="delete_me")
    await person.tap("delete_me")
    await person.expects("text")


async def test_who_asks_to_be_forgotten_is_and_may_begin_anew(stack: Stack, sim: Sim) -> None:
    alice, ben = await sim.person("Alice"), await sim.person("Ben")
    await onboard(alice)
    await onboard(ben, f"ref_{alice.id}")
    first = (await alice.messages())[0]
    await ask_to_be_forgotten(alice)
    for person in (alice, ben):
        await bury(stack, person)
    await sim.idle()
    await platform.drained(stack)
    assert len(await naming(stack, alice)) > 10

    audit = await lbcctl(stack, "user", "erase", "--requested", "--yes", user=Service.ERASER)

    assert await naming(stack, alice) == []
    assert str(alice.id) not in json.dumps(audit)
    assert audit["removed"]["letters"] == 7
    row = await platform.user_row(stack, ben.id)
    assert row["firstTouch"]["M"]["referrer"] == {"S": "erased"}  # type: ignore[index] # a map
    letters = [
        text
        for where, texts in (await places(stack)).items()
        if where.endswith(("dead", "quarantine"))
        for text in texts
    ]
    assert len([text for text in letters if str(ben.id) in text]) == 7

    await sim.update({"message": first.raw})
    await sim.idle()
    await platform.drained(stack)
    assert await naming(stack, alice) == [], "a late redelivery brings nobody back"

    await alice.start()
    await alice.expects("video")
    row = await platform.user_row(stack, alice.id)
    assert row["session"] == {"N": "2"}
    await alice.tap("play_audio")
    await alice.expects("audio")


async def test_what_was_under_way_is_not_sent_and_leaves_nothing(stack: Stack, sim: Sim) -> None:
    alice = await sim.person("Alice")
    await alice.start()
    await alice.expects("video")
    await ask_to_be_forgotten(alice)
    await platform.drained(stack)
    await stack.services[Service.DELIVERY].stop()
    await alice.tap("play_audio")
    await sim.idle()

    async def waits() -> bool:
        return (await stack.depths()).get(DELIVERY.name, 0) > 0

    await platform.until(waits, "the greeting before delivery")
    await lbcctl(stack, "user", "erase", str(alice.id), "--yes")

    await stack.restart(Service.DELIVERY)
    await platform.drained(stack)
    await alice.expects_nothing()
    assert await platform.metric(stack, Service.DELIVERY, "lbc_sends_total", result="erased") >= 1
    assert await naming(stack, alice) == []
    tombstone = {"personHash": {"S": tombstone_key(stack.settings.bot, alice.id)}}
    async with stack.aws("dynamodb") as dynamodb:
        assert "Item" in await dynamodb.get_item(TableName=f"{TABLES_PREFIX}tombstones", Key=tombstone)


async def test_who_keeps_writing_while_they_are_erased_begins_anew(stack: Stack, sim: Sim) -> None:
    alice = await sim.person("Alice")
    await onboard(alice)
    await ask_to_be_forgotten(alice)
    erasing = asyncio.create_task(lbcctl(stack, "user", "erase", str(alice.id), "--yes"))
    while not erasing.done():
        await alice.say("hello?")
        await alice.tap("play_audio")
        await asyncio.wait({erasing}, timeout=1)
    await erasing
    await alice.start()
    await alice.expects("video")
    await sim.idle()
    await platform.drained(stack, within=150)

    row = await platform.user_row(stack, alice.id)
    assert row["session"] == {"N": "2"}
    kept = await places(stack)
    assert [text for text in kept["sessions"] + kept["deliveries"] if f":{alice.id}:1" in text] == []
    events = [json.loads(text) for text in kept["events"] if f"telegram_{alice.id}" in text]
    sessions = [command["session"] for event in events for command in json.loads(event["commands"]["S"])]
    assert set(sessions) == {2}, "nothing of the session that was erased"
    assert [text for text in kept["requests"] if str(alice.id) in text] == []


async def test_an_operator_sees_resends_and_resets(stack: Stack, sim: Sim) -> None:
    alice = await sim.person("Alice")
    await alice.start()
    await alice.expects("video")
    await stack.services[Service.TTS].stop()
    await alice.tap("play_audio")
    await sim.idle()

    async def was_overdue() -> bool:
        return int((await platform.user_row(stack, alice.id))["wakes"]["N"]) > 0

    await platform.until(was_overdue, "a step that was overdue once")
    seen = await lbcctl(stack, "people", "stuck", "--step", "greeting")
    assert alice.id in [one["user"] for one in seen["people"]]
    shown = await lbcctl(stack, "user", "show", str(alice.id))
    assert (shown["user"]["state"], shown["user"]["pending"]) == ("WELCOME_VIDEO_SENT", True)
    assert shown["events"][0]["kind"] in {"tap", "due"}

    sent = await lbcctl(stack, "people", "resend", str(alice.id), "--yes", "--force")
    assert [one["user"] for one in sent["sent_again"]] == [alice.id]
    await stack.broker.management.purge(stack.broker.vhost, "tts.commands")
    await lbcctl(stack, "people", "resend", "--stuck", "--step", "greeting", "--yes", "--force")
    await stack.restart(Service.TTS)
    await alice.expects("audio")
    await platform.drained(stack)
    row = await platform.user_row(stack, alice.id)
    assert (row["state"], row["attempt"]) == ({"S": "TTS_SENT"}, {"N": "1"})

    await lbcctl(stack, "user", "reset", str(alice.id), "--yes")
    await alice.expects("video")
    await platform.drained(stack)
    row = await platform.user_row(stack, alice.id)
    assert (row["state"], row["session"]) == ({"S": "WELCOME_VIDEO_SENT"}, {"N": "2"})
