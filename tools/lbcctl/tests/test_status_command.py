from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbc_contracts import tables
from lbc_contracts.ids import user_key
from lbc_contracts.topology import MEDIA, UPDATES, WORK_QUEUES, Service
from lbc_testkit import wait_until
from lbcctl.queues import oldest_at_most

from .operating import BOT, Operator, command, update

pytestmark = pytest.mark.timeout(120)


async def waits(operator: Operator, user: int, due: float) -> None:
    """A person's row as the sweeper's index has it."""
    item = {
        "userId": {"S": user_key(BOT, user)},
        "telegramId": {"N": str(user)},
        "dueBucket": {"S": BOT},
        "dueAt": {"N": str(int(due * 1000))},
    }
    await operator.dynamodb.put_item(TableName=operator.prefix + tables.USERS.name, Item=item)


async def test_one_screen_has_it_all(operator: Operator) -> None:
    await operator.bury(MEDIA, command(1, days=2))
    await operator.bury(UPDATES, update(5, b"{}"), quarantine=True)
    await waits(operator, 1, time.time() - 3600)
    await waits(operator, 2, time.time() + 3600)

    async def counted() -> bool:
        queues = (await operator.json("status", status=1))["queues"]
        return any(queue["name"] == MEDIA.dead and queue["ready"] for queue in queues)

    await wait_until(counted, what="the broker's statistics")
    found = await operator.json("status", status=1)
    queues = {queue["name"]: queue for queue in found["queues"]}
    assert {work.name for work in WORK_QUEUES} <= set(queues)
    assert queues[MEDIA.dead]["oldest_letter_seconds"] > 86_400
    assert (found["waiting"]["people"], found["waiting"]["overdue"]) == (2, 1)
    assert found["troubles"] == []
    assert f"nobody consumes {MEDIA.name}" in found["problems"]
    assert "the bot has no webhook: `lbcctl webhook set`" in found["problems"]
    shown = await operator.run("status", status=1)
    for words in ("media.commands.dead", "2d", "goes on", "2 people wait for a step, 1 of them overdue"):
        assert words in shown


async def test_nothing_to_look_at_is_exit_0(operator: Operator) -> None:
    known = operator.environment
    hook = ("--url", "https://bot.example.com/w", "--secret-file", known["LBC_BROKER__PASSWORD_FILE"])
    known |= {
        "LBCCTL_TELEGRAM_API_URL": known["LBC_TELEGRAM_API_URL"],
        "LBCCTL_BOT_TOKEN_FILE": known["LBC_BOT_TOKEN_FILE"],
    }
    await operator.run("webhook", "set", *hook)
    async with operator.admin() as channel:
        for work in WORK_QUEUES:
            await channel.basic_consume(work.name, nobody)

        async def consumed() -> bool:
            found = await operator.result("status")
            return found.exit_code == 0 and "all is well" in found.stdout

        await wait_until(consumed, what="consumers of each queue")


async def nobody(_: object) -> None:
    """Takes nothing, since nothing comes."""


async def test_a_part_that_is_down_does_not_hide_the_others(operator: Operator) -> None:
    found = await operator.but(LBC_AWS__DYNAMODB_ENDPOINT="http://127.0.0.1:9").json("status", status=3)
    assert (found["sending"], found["waiting"]) == (None, None)
    assert len(found["queues"]) > 20
    assert [trouble.partition(":")[0] for trouble in found["troubles"]] == ["DynamoDB is down"]

    found = await operator.but(LBC_TELEGRAM_API_URL="http://127.0.0.1:9").json("status", status=3)
    assert found["webhook"] is None
    assert found["sending"]["paused"] is False

    found = await operator.but(LBC_MANAGEMENT_URL="http://127.0.0.1:9").json("status", status=3)
    assert found["queues"] is None
    assert "tried http://127.0.0.1:9" in found["troubles"][0]


async def test_it_looks_again_and_again_but_not_for_ever(operator: Operator) -> None:
    out = await operator.run("status", "--watch", "--every", "1s", "--for", "2s", "--json", status=1)
    assert len(out.splitlines()) == 2


async def test_the_operator_may_ask_and_a_service_may_not(operator: Operator) -> None:
    await operator.bury(MEDIA, command(1))
    user, password = operator.vhost.users[Service.MEDIA]
    url = operator.vhost.broker.url(vhost=operator.vhost.name, user=user, password=password)
    other = operator.but(LBC_BROKER__URL=url, LBC_BROKER__PASSWORD_FILE=None)
    found = await other.json("status", status=4)
    assert any("has not the tag `management`" in trouble for trouble in found["troubles"])
    assert any("missing right" in trouble for trouble in found["troubles"])


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=60))
def test_no_message_is_older_than_is_said(steps: list[tuple[int, int]]) -> None:
    """A queue in which ``n`` messages are put and up to ``m`` taken each second, told by its history."""
    inside: list[int] = []
    lengths, published = [(0.0, 0)], [(0.0, 0)]
    for second, (put, taken) in enumerate(steps, start=1):
        inside = [*inside, *[second] * put][taken:]
        lengths.insert(0, (float(second), len(inside)))
        published.insert(0, (float(second), published[0][1] + put))
    bound = oldest_at_most(len(inside), lengths, published)
    assert bound is not None
    assert not inside or len(steps) - inside[0] <= bound


def test_what_was_never_seen_empty_has_no_bound() -> None:
    assert oldest_at_most(5, [(10.0, 5), (5.0, 7)], []) is None
    assert oldest_at_most(5, [], []) is None
