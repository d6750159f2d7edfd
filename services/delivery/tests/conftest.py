"""Fixtures: a delivery with doubles around it, and tables on DynamoDB Local."""

from __future__ import annotations

import secrets
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from lbc_contracts.tables import CONTROL, DELIVERIES, FILES, TOMBSTONES
from lbc_testkit.dynamodb import DynamoDB

sys.path.insert(0, str(Path(__file__).parent))  # import-mode importlib leaves this folder off the path

from delivery_world.bench import Bench
from delivery_world.edges import dynamodb_client


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest_asyncio.fixture
async def client(dynamodb: DynamoDB) -> AsyncIterator[Any]:
    async with dynamodb_client(dynamodb.endpoint) as made:
        yield made


@pytest_asyncio.fixture
async def prefix(client: Any) -> AsyncIterator[str]:
    drawn = f"test-{secrets.token_hex(4)}-"
    tables = (DELIVERIES, FILES, CONTROL, TOMBSTONES)
    for table in tables:
        await client.create_table(
            TableName=drawn + table.name,
            KeySchema=[{"AttributeName": table.hash.name, "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": table.hash.name, "AttributeType": table.hash.type}],
            BillingMode="PAY_PER_REQUEST",
        )
    yield drawn
    for table in tables:
        await client.delete_table(TableName=drawn + table.name)
