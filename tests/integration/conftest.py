"""The whole platform on real parts, in which a minute of production passes in about a second."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
import pytest_asyncio

from lbc_contracts.topology import Rung
from lbc_testkit.dynamo_faults import DynamoFaults, dynamo_faults
from lbc_testkit.ports import free_port
from lbc_testkit.stack import Pace, Stack, running_stack
from support import platform
from telegram_sim.client import Sim

PACE = Pace(
    rungs={Rung.SHORT: 0.1, Rung.MEDIUM: 0.3, Rung.LONG: 1.0},
    step_due=2,
    sweep_every=0.3,
    telegram_time_scale=0.2,
    lease=4,
)


@pytest.fixture(scope="session")
def dynamodb_port() -> int:
    return free_port()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def tables(dynamodb_port: int) -> AsyncIterator[DynamoFaults]:
    """What stands between the services and DynamoDB Local, to give the answers that one never gives."""
    async with dynamo_faults(f"http://127.0.0.1:{dynamodb_port}") as faults:
        yield faults


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack(
    tmp_path_factory: pytest.TempPathFactory, tables: DynamoFaults, dynamodb_port: int
) -> AsyncIterator[Stack]:
    """One stack for all tests; at its end no secret may be in any log or metric."""
    run_dir = tmp_path_factory.mktemp("stack")
    logs = run_dir / "log"
    ports = platform.ANY_PORTS.model_copy(update={"dynamodb": dynamodb_port})
    settings = platform.settings(run_dir, PACE, ports=ports)
    through = {"dynamodb": urlsplit(tables.endpoint).port or 0}
    async with running_stack(settings, through=through) as running:
        yield running
        await platform.heal(running)
        async with aiohttp.ClientSession() as session:
            for service, port in running.admin_ports.items():
                async with session.get(f"http://127.0.0.1:{port}/metrics") as answer:
                    text = await answer.text()
                await asyncio.to_thread((logs / f"{service}.metrics.log").write_text, text)
        found = await asyncio.to_thread(leaked, running, logs)
    assert not found, f"secrets in logs or metrics: {found}"


def leaked(stack: Stack, folder: Path) -> list[str]:
    """Every secret of the stack that is found in a log, with the file's name."""
    secrets = {path.name: path.read_text() for path in stack.secrets.folder.iterdir()}
    return [
        f"{name} in {log.name}"
        for log in folder.glob("*.log")
        for name, secret in secrets.items()
        if secret in log.read_text(errors="replace")
    ]


@pytest_asyncio.fixture(loop_scope="session")
async def sim(stack: Stack) -> AsyncIterator[Sim]:
    """The simulator, with every service up before, and every fault gone after."""
    await platform.heal(stack)
    async with Sim(stack.addresses.telegram) as client:
        yield client
        await client.clear_faults()
        await client.switch(hold_updates=False, duplicate_updates=False, enforce_limits=False)
        await platform.purge_graves(stack)


@pytest.fixture
def crash_log(tmp_path: Path) -> Path:
    """Where a killed service names the point at which it died."""
    return tmp_path / "crashes"
