from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lbc_contracts import tables
from lbc_contracts.ids import user_key
from lbcctl.events import Event, Seen

from .operating import BOT, Operator

pytestmark = pytest.mark.timeout(120)


async def happened(operator: Operator, name: str, user: int, *, ago: timedelta, bot: str = BOT, **extra: Any) -> None:
    """Write an event's row as onboarding does."""
    at = (datetime.now(UTC) - ago).isoformat(timespec="milliseconds")
    words = {"eventId": f"{bot}:{name}", "userId": user_key(bot, user), "timestamp": at, "kind": "start"}
    words |= {"result": "applied", "input": '{"said": "start"}', "commands": json.dumps([{"id": f"{name}-command"}])}
    item = {key: {"S": value} for key, value in (words | extra).items()}
    await operator.dynamodb.put_item(TableName=operator.prefix + tables.EVENTS.name, Item=item)


async def lines(operator: Operator, *arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (await operator.run("events", "tail", *arguments, "--json")).splitlines()]


async def test_events_of_one_or_of_all_the_oldest_first(operator: Operator) -> None:
    await operator.run("events", "tail", said="no events in that time")
    await happened(operator, "two", 7, ago=timedelta(minutes=1))
    await happened(operator, "one", 7, ago=timedelta(minutes=5))
    await happened(operator, "other", 70, ago=timedelta(minutes=2))
    await happened(operator, "old", 7, ago=timedelta(hours=2))
    await happened(operator, "foreign", 7, ago=timedelta(minutes=1), bot="another_bot")
    assert [event["id"] for event in await lines(operator)] == [f"{BOT}:one", f"{BOT}:other", f"{BOT}:two"]
    mine = await lines(operator, "--user", "7", "--since", "3h")
    assert [(event["id"], event["user"]) for event in mine] == [(f"{BOT}:{n}", 7) for n in ("old", "one", "two")]
    assert mine[0]["commands"] == ["old-command"]
    assert "-> one-command" in await operator.run("events", "tail", "--user", "7")


async def test_what_comes_while_it_follows_is_shown_once(operator: Operator) -> None:
    await happened(operator, "before", 7, ago=timedelta(seconds=30))
    for options in ((), ("--user", "7")):
        found = await lines(operator, "--follow", "--every", "1s", "--for", "3s", *options)
        assert [event["id"] for event in found] == [f"{BOT}:before"]


async def test_a_table_that_is_too_large_is_not_read(operator: Operator) -> None:
    for number in range(5):
        await happened(operator, f"{number}", 7, ago=timedelta(0), input=json.dumps("x" * 300_000))
    await operator.run("events", "tail", "--max-read", "1", status=2, said="Name a person by --user")
    assert len(await lines(operator, "--max-read", "2")) == 5


async def test_a_row_of_another_release_is_shown_all_the_same(operator: Operator) -> None:
    await happened(operator, "odd", 7, ago=timedelta(0), commands="{not json", input="[" * 5000, kind="\x1b[2J")
    assert "\x1b" not in await operator.run("events", "tail")
    assert (await lines(operator))[0]["commands"] == []


def test_what_was_shown_is_not_shown_again() -> None:
    one, two = (Event(name, name, 7, "start", None, "applied", ()) for name in ("1", "2"))
    seen = Seen()
    assert seen.new([two, one]) == [one, two]
    assert seen.new([one, two]) == []
