"""`lbcctl people` and `lbcctl user` as an operator types them."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiormq
import pytest
from aiobotocore.session import get_session
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parent))

from erasure_world.traces import ANA, BEN, BOT, CLEO, DAN, Traces

from lbc_contracts import tables, topology
from lbc_contracts.ids import user_key
from lbc_contracts.messages import Order, OrderKind
from lbc_contracts.topology import Service
from lbc_contracts.wire import decode
from lbc_runtime import amqp
from lbc_testkit.aws import Moto
from lbc_testkit.dynamodb import DynamoDB
from lbc_testkit.fixtures import ProvisionedVHost
from lbcctl.cli import app
from lbcctl.exits import Exit
from lbcctl.provision.buckets import provision_bucket
from lbcctl.provision.storage import provision_tables

pytestmark = pytest.mark.timeout(180)


@dataclass(frozen=True)
class Desk:
    """An operator's terminal in front of a deployment, and what is in it."""

    traces: Traces
    vhost: ProvisionedVHost
    environment: dict[str, str]

    async def run(self, *arguments: str, status: Exit = Exit.OK, **environment: str) -> Any:
        """What the command printed: its document, if it was asked for one."""
        variables = self.environment | environment
        result = await asyncio.to_thread(CliRunner().invoke, app, arguments, env=variables)
        assert result.exit_code == status, result.output
        return json.loads(result.stdout) if "--json" in arguments else result.output

    async def waits(self, user_id: int, state: str, *, minutes: int, given_up: bool = False, **more: Any) -> None:
        """Somebody who has waited for so long, or was given up so long ago."""
        since = round((datetime.now(UTC) - timedelta(minutes=minutes)).timestamp() * 1000)
        row = {
            "userId": user_key(BOT, user_id), "telegramId": user_id, "bot": BOT, "state": state, "session": 2,
            "attempt": 3, "wakes": 1, "pending": not given_up, "reachable": True, "version": 9, "messageAt": since,
        }  # fmt: skip
        row |= {"givenUpAt": since} if given_up else {"dueAt": since + 60_000, "dueBucket": BOT}
        await self.traces.put(tables.USERS, **(row | more))

    async def ordered(self) -> list[Order]:
        """Orders in onboarding's queue, taken out of it."""
        connection = await aiormq.connect(self.vhost.amqp_url)
        try:
            channel = await connection.channel()
            found: list[Order] = []
            while (message := await channel.basic_get(topology.DUE.name, no_ack=True)).delivery_tag:
                order = decode(amqp.wire_of(message.body, message.header.properties))
                assert isinstance(order, Order)
                found.append(order)
        finally:
            await connection.close()
        return found


@pytest.fixture
async def desk(dynamodb: DynamoDB, aws: Moto, vhost: ProvisionedVHost) -> AsyncIterator[Desk]:
    """Ana waits for the video, Ben for the greeting, Cleo was given up, Dan is done."""
    name = f"desk-{secrets.token_hex(4)}"
    keys = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    environment = keys | {
        "LBC_BOT": BOT,
        "LBC_TABLES_PREFIX": f"{name}-",
        "LBC_TTS_BUCKET": name,
        "LBC_AWS__DYNAMODB_ENDPOINT": dynamodb.endpoint,
        "LBC_AWS__S3_ENDPOINT": aws.endpoint,
        "LBC_BROKER__URL": vhost.url(Service.OPERATOR),
        "LBCCTL_SETTLE": "0",
    }

    def client(service: str, endpoint: str) -> Any:
        lower = {key.lower(): value for key, value in keys.items()}
        return get_session().create_client(service, region_name="us-east-1", endpoint_url=endpoint, **lower)

    async with client("dynamodb", dynamodb.endpoint) as rows, client("s3", aws.endpoint) as s3:
        await provision_tables(rows, f"{name}-", backups=False)
        await provision_bucket(s3, name, region="us-east-1", kms=False, infrequent_access=False)
        made = Desk(Traces(rows, s3, f"{name}-", name, vhost.amqp_url), vhost, environment)
        await made.waits(ANA, "NEW", minutes=10)
        await made.waits(BEN, "WELCOME_VIDEO_SENT", minutes=90)
        await made.waits(CLEO, "WELCOME_VIDEO_SENT", minutes=200, given_up=True)
        await made.waits(DAN, "DONE", minutes=500, given_up=True)
        yield made


async def test_who_is_stuck_is_counted_and_listed_the_longest_first(desk: Desk) -> None:
    seen = await desk.run("people", "stuck", "--json")
    assert [one["user"] for one in seen["people"]] == [CLEO, BEN, ANA]
    assert seen["counts"] == [
        {"step": "greeting", "kind": "given up", "people": 1},
        {"step": "greeting", "kind": "overdue", "people": 1},
        {"step": "video", "kind": "overdue", "people": 1},
    ]
    assert seen["people"][0]["given_up"] is True
    assert seen["people"][1]["attempt"] == 3
    assert [one["user"] for one in (await desk.run("people", "stuck", "--step", "video", "--json"))["people"]] == [ANA]
    older = await desk.run("people", "stuck", "--longer-than", "60", "--json")
    assert [one["user"] for one in older["people"]] == [CLEO, BEN]
    few = await desk.run("people", "stuck", "--limit", "1", "--json")
    assert (few["total"], len(few["people"])) == (3, 1)

    screen = await desk.run("people", "stuck")
    assert "given up" in screen
    assert "1h 30m" in screen
    assert "Nobody is stuck." in await desk.run("people", "stuck", "--step", "done")


async def test_sending_again_orders_each_one_once_and_says_who_is_left(desk: Desk) -> None:
    assert (await desk.run("people", "resend", "--stuck", "--dry-run", "--json"))["dry_run"] is True
    assert await desk.ordered() == []

    said = await desk.run("people", "resend", str(BEN), str(BEN), str(DAN), "99", "--yes", status=Exit.FAILED)
    assert f"{DAN}: at DONE, waits for nothing" in said
    assert "99: not known" in said
    (order,) = await desk.ordered()
    assert (order.kind, order.user_id, order.session, order.step, order.attempt) == (
        OrderKind.RESEND, BEN, 2, "greeting", 3,
    )  # fmt: skip
    assert order.id == f"{BOT}:{BEN}:2:greeting:3:resend"

    await desk.run("people", "resend", "--stuck", "--step", "greeting", "--yes")
    assert [order.user_id for order in await desk.ordered()] == [CLEO, BEN]


async def test_nothing_is_done_without_a_yes(desk: Desk) -> None:
    for command in (("people", "resend", str(BEN)), ("user", "reset", str(BEN)), ("user", "erase", str(BEN))):
        assert "--yes" in await desk.run(*command, status=Exit.REFUSED)
    assert await desk.ordered() == []
    assert len(await desk.traces.naming(BEN)) == 1


@pytest.mark.parametrize(
    "mistake",
    [
        ("people", "resend"),
        ("people", "resend", "--stuck", "1"),
        ("people", "stuck", "--step", "vdieo"),
        ("people", "stuck", "--longer-than", "-1"),
        ("user", "erase"),
        ("user", "erase", "1", "--requested"),
        ("user", "show", "ana"),
    ],
)
async def test_a_mistaken_command_line_says_so(desk: Desk, mistake: tuple[str, ...]) -> None:
    assert "Usage:" in await desk.run(*mistake, status=Exit.USAGE)


async def test_a_person_is_shown_with_all_that_is_known(desk: Desk) -> None:
    await desk.traces.person(ANA, referrer=BEN)
    await desk.waits(
        ANA, "NEW", minutes=10, name="Ana [bold]x[/bold]", firstTouch={"referrer": str(BEN), "reason": "unverified"}
    )
    shown = await desk.run("user", "show", str(ANA), "--json")
    assert shown["user"]["state"] == "NEW"
    assert [row["session"] for row in shown["sessions"]] == [2, 1]
    assert len(shown["events"]) == 4
    assert {row["commandId"] for row in shown["deliveries"]} >= {f"{BOT}:{ANA}:1:video:1"}
    assert len((await desk.run("user", "show", str(ANA), "--events", "2", "--json"))["events"]) == 2

    screen = await desk.run("user", "show", str(ANA))
    assert "Ana [bold]x[/bold]" in screen
    assert re.search("waits for +video, asked for 1[0-9]m", screen)
    assert str(BEN) in screen
    assert f"knows nobody of id {77}" in await desk.run("user", "show", "77", status=Exit.FAILED)


async def test_a_reset_is_an_order_about_the_row_that_was_seen(desk: Desk) -> None:
    await desk.run("user", "reset", str(BEN), "--dry-run")
    await desk.run("user", "reset", str(BEN), "--yes")
    (order,) = await desk.ordered()
    assert (order.kind, order.user_id, order.session) == (OrderKind.RESET, BEN, 2)
    assert order.id == f"{BOT}:{BEN}:2:reset:9"
    await desk.run("user", "reset", "77", "--yes", status=Exit.FAILED)


async def test_erasing_by_hand_says_how_much_and_not_whom(desk: Desk) -> None:
    await desk.traces.person(ANA)
    assert "would be erased: 1 person" in await desk.run("user", "erase", str(ANA), "--dry-run")
    found = await desk.run("user", "erase", str(ANA), "--dry-run", "--json")
    assert found == {"dry_run": True, "people": 1, "found": {"events": 4, "sessions": 2}}
    assert len(await desk.traces.naming(ANA)) > 3
    screen = await desk.run("user", "erase", str(ANA), "--yes")
    assert await desk.traces.naming(ANA) == []
    assert "events" in screen

    assert "Nobody asks to be erased." in await desk.run("user", "erase", "--requested", "--yes")
    await desk.traces.request(BEN)
    audit = await desk.run("user", "erase", "--requested", "--yes", "--json")
    assert audit["people"] == 1
    assert str(BEN) not in json.dumps(audit)


async def test_what_is_down_is_named(desk: Desk) -> None:
    away = "amqp://operator:x@127.0.0.1:9/lbc"
    said = await desk.run("people", "resend", str(BEN), "--yes", status=Exit.DOWN, LBC_BROKER__URL=away)
    assert re.match("RabbitMQ.* is down", said)
    said = await desk.run("people", "stuck", status=Exit.DOWN, LBC_AWS__DYNAMODB_ENDPOINT="http://127.0.0.1:9")
    assert re.match("DynamoDB.* is down", said)
    await desk.traces.request(BEN)
    said = await desk.run("user", "erase", "--requested", "--yes", status=Exit.DOWN, LBC_BROKER__URL=away)
    assert "0 erased, 1 left; run it again" in said
    assert (await desk.run("user", "erase", "--requested", "--yes", "--json"))["people"] == 1
    assert await desk.traces.naming(BEN) == []
