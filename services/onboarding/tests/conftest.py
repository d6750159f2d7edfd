"""Fixtures: tables on DynamoDB Local, the two stores, a publisher that remembers."""

from __future__ import annotations

import secrets
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parent))  # import-mode importlib leaves this folder off the path

from onboarding_world.edges import PREFIX, Outbox, dynamo_store, moving_clock
from onboarding_world.talk import Bot

from lbc_onboarding.adapters.memory import MemoryStore
from lbc_onboarding.adapters.tables import DynamoStore
from lbc_runtime.aws import client
from lbc_runtime.clock import Clock
from lbc_runtime.settings import AwsSettings
from lbc_testkit.dynamodb import DynamoDB
from lbcctl.provision.storage import provision_tables


@pytest.fixture(scope="session")
def credentials() -> Any:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        yield


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def tables_endpoint(dynamodb: DynamoDB, credentials: None) -> str:  # noqa: ARG001 - read by the AWS client
    async with client(AwsSettings(dynamodb_endpoint=dynamodb.endpoint), "dynamodb") as admin:
        await provision_tables(admin, PREFIX, backups=False)
    return dynamodb.endpoint


@pytest.fixture
def bot() -> str:
    """A bot of the test's own, so that tests share tables and see nothing of each other."""
    return f"bot_{secrets.token_hex(6)}"


@pytest.fixture
def clock() -> Clock:
    return moving_clock()


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
async def dynamo(tables_endpoint: str) -> AsyncIterator[DynamoStore]:
    async with dynamo_store(tables_endpoint, PREFIX) as store:
        yield store


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Any:
    """Both stores, so that what the suite says of one it says of the other."""
    return MemoryStore() if request.param == "memory" else request.getfixturevalue("dynamo")


@pytest.fixture
def talk(bot: str, store: Any, outbox: Outbox) -> Bot:
    """One person's dealings with onboarding, on both stores."""
    return Bot(bot, store, outbox)


@pytest.fixture
def quick(bot: str, outbox: Outbox) -> Bot:
    """On the store in memory alone, where the store makes no difference."""
    return Bot(bot, MemoryStore(), outbox)
