"""The command, as a process of its own."""

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

from telegram_sim.settings import SettingsError, load

from .conftest import TOKEN


async def start(*options: str, **environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "telegram_sim", "--port", "0", *options,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env={**os.environ, **environment},
    )  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_ends_cleanly_with_streams_open_and_never_names_the_token(
    tmp_path: Path, number: signal.Signals
) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    process = await start("--token-file", str(file))
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    found = re.search(r"http://\S+/", line)
    assert found is not None, line
    async with aiohttp.ClientSession() as session, session.get(f"{found.group()}sim/events") as stream:
        await stream.content.readline()
        async with session.get(f"{found.group()}bot{TOKEN}/getMe") as answer:
            assert answer.status == 200
        process.send_signal(number)
        async with asyncio.timeout(2):
            out, err = await process.communicate()
    assert process.returncode == 0
    assert TOKEN.encode() not in out + err + line.encode()
    assert err == b""


async def test_a_new_token_in_the_file_revokes_the_old_one(tmp_path: Path) -> None:
    file, newer = tmp_path / "token", f"{TOKEN[:-4]}next"
    file.write_text(TOKEN)
    process = await start("--token-file", str(file))
    assert process.stdout is not None
    found = re.search(r"http://\S+/", (await process.stdout.readline()).decode())
    assert found is not None

    async def status(session: aiohttp.ClientSession, token: str) -> int:
        async with session.get(f"{found.group()}bot{token}/getMe") as answer:
            return answer.status

    async with aiohttp.ClientSession() as session:
        assert [await status(session, token) for token in (TOKEN, newer)] == [200, 401]
        for text in ("no token", f"9{newer}", newer):  # what is no token of this bot changes nothing
            (tmp_path / "fresh").write_text(text)
            (tmp_path / "fresh").rename(file)
            expected = [401, 200] if text == newer else [200, 401]
            assert [await status(session, token) for token in (TOKEN, newer)] == expected
    process.terminate()
    await process.communicate()


async def test_a_taken_port_and_missing_settings_are_told() -> None:
    process = await start(TELEGRAM_SIM_TOKEN="short")
    _, err = await process.communicate()
    assert process.returncode == 2
    assert b"TELEGRAM_SIM_TOKEN" in err
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        process = await start("--port", str(port), TELEGRAM_SIM_TOKEN=TOKEN)
        _, err = await process.communicate()
    assert process.returncode == 1
    assert str(port).encode() in err


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as mistakes:
        load({"TELEGRAM_SIM_PORT": "x", "TELEGRAM_SIM_TIME_SCALE": "0"}, {"token_file": "/does/not/exist"})
    assert [line.partition(":")[0] for line in str(mistakes.value).splitlines()] == [
        "TELEGRAM_SIM_PORT", "TELEGRAM_SIM_TOKEN_FILE", "TELEGRAM_SIM_TIME_SCALE",
    ]  # fmt: skip


def test_options_win_over_the_environment() -> None:
    environment = {"TELEGRAM_SIM_TOKEN": TOKEN, "TELEGRAM_SIM_PORT": "1", "TELEGRAM_SIM_ENFORCE_LIMITS": "yes"}
    settings = load(environment, {"port": 2, "host": None})
    assert (settings.port, settings.enforce_limits, settings.bot_id) == (2, True, 123456789)
    assert TOKEN not in repr(settings)


async def test_it_refuses_connections_for_a_while_and_listens_again(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    process = await start("--token-file", str(file))
    assert process.stdout is not None
    found = re.search(r"http://\S+/", (await process.stdout.readline()).decode())
    assert found is not None
    async with aiohttp.ClientSession() as session, asyncio.timeout(20):
        async with session.post(f"{found.group()}sim/faults", json={"kind": "refuse", "seconds": 1}) as answer:
            assert answer.status == 201
        answers = []
        while answers[-1:] != ["200"] or "refused" not in answers:
            try:
                async with session.get(f"{found.group()}health") as answer:
                    answers.append(str(answer.status))
            except aiohttp.ClientConnectorError:
                answers.append("refused")
            except aiohttp.ClientError:
                answers.append("cut")
            await asyncio.sleep(0.05)
        process.terminate()
        await process.communicate()
    assert process.returncode == 0
