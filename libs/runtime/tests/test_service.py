"""A whole process from its start to its exit status."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp
import pytest

from lbc_testkit import wait_until
from lbc_testkit.ports import free_port

_PROGRAM = """
import asyncio, contextlib, os
from lbc_contracts.topology import Service
from lbc_runtime.service import main
from lbc_runtime.settings import ServiceSettings

class Work:
    async def run(self, stop):
        if os.environ.get("MODE") == "falls":
            raise ValueError("amqp://user:hunter2@broker")
        if os.environ.get("MODE") == "ends":
            return
        await stop.wait()
        print('{"message": "finishing"}', flush=True)
        if os.environ.get("MODE") == "hangs":
            await asyncio.Event().wait()
    def ready(self):
        return True

@contextlib.asynccontextmanager
async def bootstrap(settings):
    yield Work()
    print('{"message": "closed"}', flush=True)

main(Service.MEDIA, ServiceSettings, bootstrap)
"""

_GOOD = {"LBC_BOT": "demo_bot", "LBC_BROKER__URL": "amqp://media@127.0.0.1:1/lbc"}


@asynccontextmanager
async def started(environment: Mapping[str, str], *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LBC_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _PROGRAM,
        *arguments,
        env={**clean, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def finished(environment: Mapping[str, str], *arguments: str) -> tuple[int, str, str]:
    async with started(environment, *arguments) as process:
        out, err = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_a_start_with_mistakes_lists_them_all_and_ends() -> None:
    status, _, err = await finished({"LBC_ADMIN_PORT": "none"})
    assert status == 2
    assert [line.partition(":")[0] for line in err.splitlines()] == ["LBC_BOT", "LBC_BROKER__URL", "LBC_ADMIN_PORT"]


async def test_settings_can_be_checked_and_shown_without_a_start() -> None:
    assert (await finished(_GOOD, "--check-config"))[0] == 0
    assert (await finished({}, "--check-config"))[0] == 2
    status, out, _ = await finished({}, "--settings")
    assert status == 0
    assert "`LBC_BROKER__URL`" in out


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_from_ready_to_a_clean_end(number: signal.Signals) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    async with (
        started({**_GOOD, "LBC_ADMIN_PORT": str(port)}) as process,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http,
    ):

        async def ready() -> bool:
            try:
                async with http.get(f"{base}/readyz") as response:
                    return response.status == 200
            except aiohttp.ClientError:
                return False

        await wait_until(ready, what="ready")
        async with http.get(f"{base}/healthz") as response:
            assert response.status == 200
        async with http.get(f"{base}/metrics") as response:
            assert "lbc_updates_total" in await response.text()
        process.send_signal(number)
        out, err = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0
    messages = [json.loads(line)["message"] for line in out.decode().splitlines()]
    assert messages.index("finishing") < messages.index("closed") < messages.index("stopped")
    assert err == b""


@pytest.mark.parametrize("mode", ["falls", "ends"])
async def test_work_that_does_not_go_on_is_a_failure(mode: str) -> None:
    status, out, err = await finished({**_GOOD, "MODE": mode, "LBC_ADMIN_PORT": "0"})
    assert status == 1
    assert json.loads(out.splitlines()[-1])["message"] == "the service fell"
    assert "hunter2" not in out + err


async def test_work_that_does_not_end_is_ended() -> None:
    environment = {**_GOOD, "MODE": "hangs", "LBC_ADMIN_PORT": "0", "LBC_STOP_TIMEOUT": "0.2"}
    async with started(environment) as process:
        assert process.stdout
        await asyncio.wait_for(process.stdout.readline(), 20)  # it has started
        process.terminate()
        await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1


async def test_a_taken_admin_port_is_a_failure_that_says_so() -> None:
    async def nothing(*_: object) -> None:
        return

    server = await asyncio.start_server(nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        status, out, _ = await finished({**_GOOD, "LBC_ADMIN_PORT": str(port)})
    finally:
        server.close()
        await server.wait_closed()
    assert status == 1
    assert str(port) in out
