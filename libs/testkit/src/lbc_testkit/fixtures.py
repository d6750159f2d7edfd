"""Pytest fixtures over the real parts; the root ``conftest.py`` makes them known to every test.

A part that cannot be had here skips the tests that need it, and is named at the end of the run. In CI (``CI`` is set)
that is a failure, since there nobody would notice.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TypeVar

import pytest
import pytest_asyncio

from lbc_contracts.topology import Rung, Service
from lbc_testkit.aws import Moto, VersityGw, moto, versitygw
from lbc_testkit.browser import Browser, chromium
from lbc_testkit.dynamodb import DynamoDB
from lbc_testkit.dynamodb import dynamodb as start_dynamodb
from lbc_testkit.errors import PartUnavailableError
from lbc_testkit.rabbitmq import Broker, rabbitmq
from lbc_testkit.waiting import wait_until
from lbcctl.provision.broker import provision_broker

FAST_RUNGS: Mapping[Rung, float] = {Rung.SHORT: 0.1, Rung.MEDIUM: 0.2, Rung.LONG: 0.4}
"""Seconds in the delay rungs of a test's vhost."""

_YOUNG_MILLISECONDS = 20_000

_missing = pytest.StashKey[dict[str, str]]()

Part = TypeVar("Part")


@dataclass(frozen=True)
class ProvisionedVHost:
    """A vhost of a test's own, with the whole topology and a user for each service.

    Attributes:
        broker: it is on.
        name: of the vhost.
        users: user name and password by service.
    """

    broker: Broker
    name: str
    users: Mapping[Service, tuple[str, str]] = field(repr=False)

    @property
    def amqp_url(self) -> str:
        """Its address for the administrator."""
        return self.broker.url(vhost=self.name)

    @property
    def management_url(self) -> str:
        """The management API, with the administrator's credentials."""
        return self.broker.management_url

    async def settled(self, *, within: float = 30) -> None:
        """Wait until each queue has told its statistics, which takes a second or two.

        A queue that is younger does not survive the death of its broker, so a test that kills it waits for this first.

        Raises:
            TimeoutError: some queue did not.
        """

        async def told() -> bool:
            return all("messages" in queue for queue in await self.broker.management.queues(self.name))

        await wait_until(told, what="statistics of each queue", timeout=within)

    def url(self, service: Service) -> str:
        """Its address for one service, password included."""
        user, password = self.users[service]
        return self.broker.url(vhost=self.name, user=user, password=password)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Broker]:
    """A real RabbitMQ for the whole run."""
    async with _part(request, rabbitmq(tmp_path_factory.mktemp("rabbitmq"))) as running:
        yield running


@pytest_asyncio.fixture
async def vhost(broker: Broker) -> AsyncIterator[ProvisionedVHost]:
    """A fresh vhost with the topology declared, delay rungs of fractions of a second, and a user for each service."""
    prefix = f"test-{secrets.token_hex(4)}-"
    passwords = {service: secrets.token_urlsafe(12) for service in Service}
    async with broker.fresh_vhost() as fresh:
        try:
            await provision_broker(fresh.amqp_url, broker.management_url, passwords, FAST_RUNGS, user_prefix=prefix)
            users = {service: (f"{prefix}{service}", password) for service, password in passwords.items()}
            provisioned = ProvisionedVHost(broker, fresh.name, users)
            yield provisioned
            await _until_deletable(provisioned)
        finally:
            for service in Service:
                await broker.management.delete_user(f"{prefix}{service}")


async def _until_deletable(vhost: ProvisionedVHost) -> None:
    """Wait, if the broker was restarted just now, until its queues are at work.

    To delete a queue while its at-least-once dead-lettering is just starting ends the supervisor of that on the whole
    node, and no such queue can be declared any more (rabbitmq-server#16652).
    """
    nodes = await vhost.broker.management.request("GET", "nodes")
    if min(node.get("uptime", 0) for node in nodes) < _YOUNG_MILLISECONDS:
        with contextlib.suppress(TimeoutError):  # a queue may be lost for good, if it was killed too young
            await vhost.settled(within=5)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def dynamodb(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DynamoDB]:
    """DynamoDB Local in memory, for the whole run; a test takes a table prefix of its own."""
    async with _part(request, start_dynamodb(tmp_path_factory.mktemp("dynamodb"))) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def aws(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Moto]:
    """S3, STS and KMS by moto, for the whole run; a test takes a bucket of its own."""
    async with _part(request, moto(tmp_path_factory.mktemp("moto"))) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def strict_s3(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[VersityGw]:
    """An S3 that checks signatures, for the whole run."""
    async with _part(request, versitygw(tmp_path_factory.mktemp("versitygw"))) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(request: pytest.FixtureRequest) -> AsyncIterator[Browser]:
    """A real Chromium for the whole run; each test opens pages of an origin of its own."""
    async with _part(request, chromium()) as running:
        yield running


@contextlib.asynccontextmanager
async def _part(request: pytest.FixtureRequest, starting: AbstractAsyncContextManager[Part]) -> AsyncIterator[Part]:
    async with contextlib.AsyncExitStack() as stack:
        try:
            running = await stack.enter_async_context(starting)
        except PartUnavailableError as error:
            request.config.stash.setdefault(_missing, {})[error.part] = str(error)
            if os.environ.get("CI"):
                pytest.fail(str(error), pytrace=False)
            pytest.skip(str(error))
        yield running


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name the parts that were missing."""
    for part, message in config.stash.get(_missing, {}).items():
        terminalreporter.section(f"not tested for lack of {part}", yellow=True)
        terminalreporter.line(message)
