"""The whole service as a process of its own, on a real RabbitMQ."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import aiormq
import pytest
from aiormq.abc import AbstractChannel

from lbc_contracts.messages import UpdateReceived
from lbc_contracts.topology import UPDATES, Service
from lbc_contracts.wire import decode
from lbc_ingress.adapters.http import PATH
from lbc_runtime.amqp import wire_of
from lbc_testkit import wait_until
from lbc_testkit.fixtures import ProvisionedVHost
from lbc_testkit.http import answers
from lbc_testkit.ports import free_port
from lbc_testkit.process import Launch, Process

from .conftest import SECRET


@dataclass
class Running:
    """The service and what it can be asked."""

    process: Process
    http: aiohttp.ClientSession
    queue: AbstractChannel
    url: str
    admin: str

    async def post(self, body: bytes) -> int:
        async with self.http.post(self.url, data=body, headers={"X-Telegram-Bot-Api-Secret-Token": SECRET}) as answer:
            await answer.read()
            return answer.status

    async def stored(self) -> list[UpdateReceived]:
        """Everything in the queue, taken out."""
        found: list[UpdateReceived] = []
        while (got := await self.queue.basic_get(UPDATES.name, no_ack=True)).delivery_tag:
            message = decode(wire_of(got.body, got.header.properties))
            assert isinstance(message, UpdateReceived)
            found.append(message)
        return found


@pytest.fixture
async def start(vhost: ProvisionedVHost, tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Running]]]:
    secret = tmp_path / "secret"
    await asyncio.to_thread(secret.write_text, SECRET, encoding="utf-8")
    port, admin_port = free_port(), free_port()
    admin = f"http://127.0.0.1:{admin_port}"
    settings = {
        "LBC_BOT": "demo",
        "LBC_BROKER__URL": vhost.url(Service.INGRESS),
        "LBC_PORT": str(port),
        "LBC_ADMIN_PORT": str(admin_port),
        "LBC_WEBHOOK_SECRET_FILE": str(secret),
    }
    argv = [sys.executable, "-m", "lbc_ingress"]
    processes: list[Process] = []
    connection = await aiormq.connect(vhost.amqp_url)
    channel = await connection.channel()

    async def ready() -> bool:
        return await answers(f"{admin}/readyz", status=200)

    async with aiohttp.ClientSession() as http:

        async def start(**extra: str) -> Running:
            process = Process(Launch("ingress", argv, tmp_path, env=inherited() | settings | extra, ready=ready))
            processes.append(process)
            await process.start()
            return Running(process, http, channel, f"http://127.0.0.1:{port}{PATH}", admin)

        yield start
    for process in processes:
        await process.stop()
    await connection.close()


@pytest.fixture
async def running(start: Callable[..., Awaitable[Running]]) -> Running:
    return await start()


def inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("LBC_")}


def update(number: int) -> bytes:
    return json.dumps({"update_id": number, "message": {"from": {"id": number}}}).encode()


async def test_what_was_answered_200_is_in_the_queue(running: Running) -> None:
    bodies = [update(1), b' {"update_id": "2", "x": NaN, "y": "\xff"} ']
    assert [await running.post(body) for body in bodies] == [200, 200]
    assert await running.post(b"[]") == 400
    stored = await running.stored()
    assert [(message.update_id, message.body) for message in stored] == [(1, bodies[0]), (2, bodies[1])]
    assert [message.id for message in stored] == ["demo:update:1", "demo:update:2"]
    async with running.http.get(f"{running.admin}/metrics") as answer:
        metrics = await answer.text()
    assert 'lbc_updates_total{result="accepted"} 2.0' in metrics
    assert 'lbc_updates_total{result="not-an-update"} 1.0' in metrics


async def test_a_stop_under_load_loses_nothing(running: Running) -> None:
    accepted: set[int] = set()

    async def press_on(first: int) -> None:
        for number in range(first, first + 10_000):
            try:
                if await running.post(update(number)) == 200:
                    accepted.add(number)
            except aiohttp.ClientConnectionError:
                return

    pressing = [asyncio.create_task(press_on(first * 10_000)) for first in range(8)]
    await wait_until(lambda: len(accepted) > 50, what="some load")
    assert await running.process.stop() == 0
    await asyncio.gather(*pressing)
    assert accepted <= {message.update_id for message in await running.stored()}
    assert SECRET not in running.process.log_tail(10_000)


async def test_without_a_queue_behind_it_nothing_is_answered_200(running: Running) -> None:
    await running.queue.queue_delete(UPDATES.name)
    assert await running.post(update(1)) == 503


@pytest.mark.parametrize("point", ["ingress.before_publish", "ingress.after_confirm"])
async def test_killed_around_the_confirm_it_has_not_said_200(
    start: Callable[..., Awaitable[Running]], tmp_path: Path, point: str
) -> None:
    log = tmp_path / "crashes"
    crashing = await start(LBC_CRASH_AT=point, LBC_CRASH_LOG=str(log))
    with pytest.raises(aiohttp.ClientConnectionError):
        await crashing.post(update(1))
    assert await crashing.process.wait() == -9
    assert await asyncio.to_thread(log.read_text) == f"{point}\n"
    again = await start()
    assert await again.post(update(1)) == 200  # as Telegram does, having got no answer
    copies = 2 if point == "ingress.after_confirm" else 1
    assert [message.id for message in await again.stored()] == ["demo:update:1"] * copies


async def test_every_mistake_in_the_settings_is_told_at_once(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    await asyncio.to_thread(empty.touch)
    settings = {"LBC_BOT": "no bot!", "LBC_WEBHOOK_SECRET_FILE": str(empty), "LBC_PORT": "99999"}
    process = Process(
        Launch("ingress", [sys.executable, "-m", "lbc_ingress"], tmp_path, env={**inherited(), **settings})
    )
    await process.start()
    assert await process.wait() == 2
    said = process.log_tail()
    for name in ("LBC_BOT", "LBC_BROKER__URL", "LBC_WEBHOOK_SECRET_FILE", "LBC_PORT"):
        assert f"{name}: " in said
