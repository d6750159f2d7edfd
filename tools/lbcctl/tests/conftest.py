from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from lbc_contracts.topology import Service
from lbc_testkit.dynamodb import DynamoDB
from lbc_testkit.fixtures import ProvisionedVHost
from lbc_testkit.rabbitmq import Broker
from lbcctl.provision.broker import provision_broker
from lbcctl.provision.storage import provision_tables

from .desk import PREFIX, Desk, desk_in
from .desk import client as desk_client
from .operating import Ground, Operator, client, operating


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ground(broker: Broker, dynamodb: DynamoDB) -> AsyncIterator[Ground]:
    """A vhost and tables for all tests of commands, provisioned once: that takes longest."""
    mark = secrets.token_hex(4)
    passwords = {service: secrets.token_urlsafe(12) for service in Service}
    async with broker.fresh_vhost() as fresh, client(dynamodb.endpoint) as tables:
        try:
            await provision_broker(fresh.amqp_url, broker.management_url, passwords, user_prefix=f"op-{mark}-")
            await provision_tables(tables, f"op-{mark}-", backups=False)
            users = {service: (f"op-{mark}-{service}", password) for service, password in passwords.items()}
            vhost = ProvisionedVHost(broker, fresh.name, users)
            await vhost.settled()
            yield Ground(vhost, dynamodb.endpoint, f"op-{mark}-")
        finally:
            for service in Service:
                await broker.management.delete_user(f"op-{mark}-{service}")


@pytest_asyncio.fixture
async def operator(ground: Ground, tmp_path: Path) -> AsyncIterator[Operator]:
    """`lbcctl` with real parts, in which nothing is left of the test before."""
    async with operating(ground, tmp_path) as ready:
        yield ready


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def links_tables(dynamodb: DynamoDB) -> str:
    """Address of tables that all desks share."""
    async with desk_client(dynamodb.endpoint) as admin:
        await provision_tables(admin, PREFIX, backups=False)
    return dynamodb.endpoint


@pytest.fixture
def desk(links_tables: str, tmp_path: Path) -> Desk:
    """`lbcctl` for links and campaigns."""
    return desk_in(tmp_path, links_tables)
