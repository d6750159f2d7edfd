"""Erasure killed with -9 at random points, and run again."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from erasure_world.running import ground
from erasure_world.traces import BOT, Traces

from lbc_contracts.topology import Service
from lbc_testkit.aws import Moto
from lbc_testkit.dynamodb import DynamoDB
from lbc_testkit.fixtures import ProvisionedVHost

pytestmark = pytest.mark.timeout(300)

KEYS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
PEOPLE = range(700_000_100, 700_000_112)
STAYS = 700_000_077
KILLS = 6
LETTERS = 15


@pytest.fixture
async def traces(dynamodb: DynamoDB, aws: Moto, vhost: ProvisionedVHost) -> AsyncIterator[Traces]:
    async with ground(dynamodb, aws, vhost) as ready:
        yield ready


@pytest.fixture
def environment(traces: Traces, dynamodb: DynamoDB, aws: Moto, vhost: ProvisionedVHost) -> dict[str, str]:
    """Of the CronJob's pod."""
    return {
        **os.environ,
        **KEYS,
        "LBC_BOT": BOT,
        "LBC_TABLES_PREFIX": traces.prefix,
        "LBC_TTS_BUCKET": traces.bucket,
        "LBC_AWS__DYNAMODB_ENDPOINT": dynamodb.endpoint,
        "LBC_AWS__S3_ENDPOINT": aws.endpoint,
        "LBC_BROKER__URL": vhost.url(Service.ERASER),
        "LBCCTL_SETTLE": "0.2",
    }


async def start(environment: dict[str, str]) -> asyncio.subprocess.Process:
    arguments = ("user", "erase", "--requested", "--yes", "--json")
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "lbcctl", *arguments, env=environment, stdout=asyncio.subprocess.DEVNULL
    )


async def under_way(traces: Traces, before: int) -> None:
    """Return when a run has begun to remove rows."""
    while (await traces.dynamodb.scan(TableName=f"{traces.prefix}events", Select="COUNT"))["Count"] >= before:  # noqa: ASYNC110 - the table sends no event
        await asyncio.sleep(0.02)


async def test_killed_again_and_again_it_is_ended_in_the_end(traces: Traces, environment: dict[str, str]) -> None:
    dice = random.Random(5)  # noqa: S311 - draws moments, no secrets
    for user_id in (*PEOPLE, STAYS):
        await traces.person(user_id, words=f"Words for {user_id}")
        await traces.speech(f"Words for {user_id}")
    for number in range(LETTERS):
        for user_id in (*PEOPLE, STAYS):
            await traces.letters_of(user_id, 1000 + number)
    stays = await traces.naming(STAYS)
    killed = 0
    for round_ in range(KILLS):
        for user_id in (PEOPLE[2 * round_], PEOPLE[2 * round_ + 1]):
            await traces.request(user_id)
        events = (await traces.dynamodb.scan(TableName=f"{traces.prefix}events", Select="COUNT"))["Count"]
        process = await start(environment)
        try:
            async with asyncio.timeout(60):
                await under_way(traces, events)
            await asyncio.wait_for(process.wait(), round_ * dice.uniform(0, 0.3))  # the first one at once
        except TimeoutError:
            process.kill()
            await process.wait()
            killed += 1

    process = await start(environment)
    assert await asyncio.wait_for(process.wait(), 120) == 0

    for user_id in PEOPLE:
        assert await traces.naming(user_id) == []
    # A run that dies while it gives letters back leaves them in another order, and all of them.
    assert sorted(await traces.naming(STAYS)) == sorted(stays)
    assert killed > 0
