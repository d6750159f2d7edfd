"""Provisioning while DynamoDB builds an index, for minutes to hours on a real table: it waits, or says what goes on."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiobotocore.session import get_session

from lbc_contracts.tables import REQUESTS, TABLES, USERS
from lbc_testkit.dynamodb import DynamoDB
from lbcctl.provision.storage import StillBuildingError, provision_tables

pytestmark = pytest.mark.timeout(120)


class Slow:
    """A DynamoDB whose tables have indexes that are still being built, until it is told otherwise.

    Attributes:
        building: names of indexes, by table.
        looked: somebody saw one that is being built.
    """

    def __init__(self, dynamodb: Any, building: dict[str, set[str]]) -> None:
        self._dynamodb = dynamodb
        self.building = building
        self.looked = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._dynamodb, name)

    async def describe_table(self, **arguments: Any) -> Any:
        answer = await self._dynamodb.describe_table(**arguments)
        for index in answer["Table"].get("GlobalSecondaryIndexes", ()):
            if index["IndexName"] in self.building.get(arguments["TableName"], ()):
                index["IndexStatus"] = "CREATING"
                answer["Table"]["TableStatus"] = "UPDATING"
                self.looked.set()
        return answer


@pytest.fixture
async def dynamo(dynamodb: DynamoDB) -> AsyncIterator[Any]:
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    async with get_session().create_client(
        "dynamodb", region_name="us-east-1", endpoint_url=dynamodb.endpoint, **keys
    ) as client:
        yield client


@pytest.fixture
def prefix() -> str:
    return f"test-{secrets.token_hex(4)}-"


async def test_what_is_built_longer_than_we_wait_is_named_and_all_else_is_done(dynamo: Any, prefix: str) -> None:
    slow = Slow(dynamo, {prefix + USERS.name: {"due"}, prefix + REQUESTS.name: {"pending"}})
    with pytest.raises(StillBuildingError) as caught:
        await provision_tables(slow, prefix, backups=False, ready_within=0)
    said = str(caught.value)
    assert f"index due of table {prefix}users, index pending of table {prefix}requests" in said
    assert "goes on by itself" in said
    assert "run this again, which waits for it" in said
    assert {f"table {prefix}{table.name}: created" for table in TABLES} <= set(caught.value.changes)


async def test_a_second_run_does_not_take_an_index_that_is_being_built_for_ready(dynamo: Any, prefix: str) -> None:
    await provision_tables(dynamo, prefix, backups=False)
    slow = Slow(dynamo, {prefix + USERS.name: {"due"}})
    with pytest.raises(StillBuildingError, match="index due of table"):
        await provision_tables(slow, prefix, backups=False, ready_within=0)

    waiting = asyncio.create_task(provision_tables(slow, prefix, backups=False, ready_within=60))
    slow.looked.clear()
    await slow.looked.wait()
    assert not waiting.done()
    slow.building.clear()
    assert await waiting == []


async def test_a_plan_tells_of_it_and_does_not_wait(dynamo: Any, prefix: str) -> None:
    await provision_tables(dynamo, prefix, backups=False)
    slow = Slow(dynamo, {prefix + USERS.name: {"due"}})
    told = await provision_tables(slow, prefix, backups=False, dry=True)
    assert told == [f"index due of table {prefix}users: is still being built, and waited for"]


async def test_an_index_of_somebody_else_keeps_nobody_waiting(dynamo: Any, prefix: str) -> None:
    await provision_tables(dynamo, prefix, backups=False)
    name = prefix + USERS.name
    own = {"IndexName": "own", "KeySchema": [{"AttributeName": "userId", "KeyType": "HASH"}]}
    own["Projection"] = {"ProjectionType": "KEYS_ONLY"}
    there = (await dynamo.describe_table(TableName=name))["Table"]

    class Theirs(Slow):
        async def describe_table(self, **arguments: Any) -> Any:
            answer = await super().describe_table(**arguments)
            if arguments["TableName"] == name:
                answer["Table"]["GlobalSecondaryIndexes"].append(own | {"IndexStatus": "CREATING"})
                answer["Table"]["TableStatus"] = "UPDATING"
            return answer

    assert there["TableStatus"] == "ACTIVE"
    assert await provision_tables(Theirs(dynamo, {}), prefix, backups=False, ready_within=0) == []
