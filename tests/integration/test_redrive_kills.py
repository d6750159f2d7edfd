"""A redrive that is killed again and again: each letter arrives, and each has its effect once.

``REDRIVE_LETTERS`` and ``REDRIVE_KILLS`` set how many; the suite takes few, a release 5,000 and 50.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiormq
import pytest
from aiormq.abc import AbstractChannel

from lbc_contracts.messages import Send, Text
from lbc_contracts.tables import DELIVERIES
from lbc_contracts.topology import DELIVERY, dead_exchange
from lbc_contracts.wire import encode
from lbc_runtime import amqp
from lbc_runtime.verdict import ERROR, QUEUE, REASON
from lbc_testkit.stack import Stack
from support import platform
from support.operators import lbcctl, started
from telegram_sim.client import Sim

LETTERS = int(os.environ.get("REDRIVE_LETTERS", "150"))
KILLS = int(os.environ.get("REDRIVE_KILLS", "6"))
PEOPLE = 25
REDRIVE = ("dlq", "redrive", "--queue", DELIVERY.name)

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(600 + LETTERS)]


@asynccontextmanager
async def channel(stack: Stack) -> AsyncIterator[AbstractChannel]:
    connection = await aiormq.connect(stack.broker.amqp_url)
    try:
        yield await connection.channel(publisher_confirms=True)
    finally:
        await connection.close()


async def count(broker: AbstractChannel, queue: str) -> int:
    return (await broker.queue_declare(queue, passive=True)).message_count or 0


async def bury(broker: AbstractChannel, letters: list[Send]) -> None:
    """As delivery gives them up."""
    headers = {REASON: "no-answer", ERROR: "of the test", QUEUE: DELIVERY.name}
    for letter in letters:
        wire = amqp.with_headers(encode(letter), headers)
        where, grave = dead_exchange(DELIVERY.consumer), DELIVERY.dead
        await broker.basic_publish(wire.body, exchange=where, routing_key=grave, properties=amqp.properties(wire))


async def killed_after(process: asyncio.subprocess.Process, broker: AbstractChannel, moved: int) -> bool:
    """Kill it once it has taken ``moved`` letters, some of them perhaps only held; whether it was still at work."""
    before = await count(broker, DELIVERY.dead)
    while process.returncode is None and await count(broker, DELIVERY.dead) > max(0, before - moved):  # noqa: ASYNC110
        await asyncio.sleep(0)
    await asyncio.sleep(random.uniform(0, 0.02))  # noqa: S311 - any point will do
    if process.returncode is None:
        process.send_signal(signal.SIGKILL)
    return await process.wait() == -signal.SIGKILL


async def test_each_letter_has_its_effect_once_however_often_the_redrive_is_killed(sim: Sim, stack: Stack) -> None:
    await platform.purge_graves(stack)
    people = [await sim.person(known=True) for _ in range(PEOPLE)]
    chosen = [people[number % PEOPLE].id for number in range(LETTERS)]
    letters = [
        platform.command(stack, user, f"redrive-{number}", Text(html=f"letter {number}"))
        for number, user in enumerate(chosen)
    ]
    kills = 0
    async with channel(stack) as broker:
        await bury(broker, letters)
        for _ in range(KILLS):
            moved = random.randint(1, max(1, LETTERS // KILLS))  # noqa: S311 - as above
            kills += await killed_after(await started(stack, *REDRIVE), broker, moved)

        async def brought_back() -> bool:
            """What a killed one held comes back to the grave a moment after its death, so an operator looks again."""
            assert (await lbcctl(stack, *REDRIVE))["too_old"] == 0
            return not await count(broker, DELIVERY.dead)

        await platform.until(brought_back, "an empty grave", within=120)

        async def shown() -> Counter[str]:
            texts = [[message.text for message in await person.messages() if message.from_bot] for person in people]
            return Counter(text for of_one in texts for text in of_one)

        async def arrived() -> bool:
            """All there, and no second copy under way that could still have its effect."""
            return len(await shown()) == LETTERS and not await count(broker, DELIVERY.name)

        await platform.until(arrived, "each letter at its person", within=60 + LETTERS)
        await platform.drained(stack)
        assert await shown() == Counter({f"letter {number}": 1 for number in range(LETTERS)})
    async with stack.aws("dynamodb") as dynamodb:
        for letter in letters[:: max(1, LETTERS // 100)]:
            row = await dynamodb.get_item(
                TableName=f"lbc-{DELIVERIES.name}", Key={"commandId": {"S": letter.id}}, ConsistentRead=True
            )
            assert row["Item"]["state"] == {"S": "sent"}
    assert kills >= min(KILLS, max(1, LETTERS // 100)), "too often it was done before it could be killed"
