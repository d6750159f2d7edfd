"""The command, as a process of its own."""

import asyncio
import re
import signal
from importlib.metadata import version
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from telegram_sim.settings import Settings, SettingsError, load

from .conftest import TOKEN
from .processes import start


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
        async with asyncio.timeout(30):
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
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use; end what listens there".encode() in err


async def test_it_tells_its_version() -> None:
    process = await start("--version")
    out, _ = await process.communicate()
    assert (process.returncode, out.decode()) == (0, f"telegram-sim {version('telegram-sim')}\n")


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as mistakes:
        load(
            {"TELEGRAM_SIM_PORT": "x", "TELEGRAM_SIM_TIMESCALE": "1", "TELEGRAM_SIM_STRICT_WEBHOOKS": "maybe"},
            {"token_file": "/does/not/exist", "time_scale": float("nan"), "max_people": 0, "bot_username": "@me"},
        )
    assert str(mistakes.value).splitlines() == [
        "TELEGRAM_SIM_TIMESCALE: there is no such setting; TELEGRAM_SIM_TIME_SCALE is meant?",
        "TELEGRAM_SIM_PORT: a whole number is expected, not 'x'",
        "bot_username: 4 to 32 of A-Z a-z 0-9 _, a letter first and no @, is expected, not '@me'",
        "time_scale: 1e-06 to 1e+06 is expected, not nan",
        "max_people: 1 or more is expected, not 0",
        "TELEGRAM_SIM_STRICT_WEBHOOKS: true or false is expected, not 'maybe'",
        "TELEGRAM_SIM_TOKEN_FILE (--token-file): No such file or directory: /does/not/exist",
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty; a token is expected"),
        (b"\xff\xfe", "no text"),
        (b"123456789:short-secret", "no token, which is a number"),
    ],
)
def test_a_token_file_that_holds_no_token(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=words) as mistake:
        load({}, {"token_file": str(file)})
    assert str(file) in str(mistake.value)
    assert "short-secret" not in str(mistake.value)


def test_a_token_in_place_of_its_file_is_not_repeated() -> None:
    with pytest.raises(SettingsError, match="write it into a file") as mistake:
        load({}, {"token_file": TOKEN})
    assert TOKEN not in str(mistake.value)


def test_an_empty_variable_is_not_given() -> None:
    environment = {"TELEGRAM_SIM_TOKEN": TOKEN, "TELEGRAM_SIM_HOST": "", "TELEGRAM_SIM_PORT": ""}
    assert load(environment, {}) == Settings(token=TOKEN)


@pytest.mark.parametrize("values", [{"token": "123"}, {"time_scale": 0.0}, {"max_files": 0}, {"bot_name": ""}])
def test_settings_that_are_made_by_hand_are_checked_too(values: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=f"^{next(iter(values))}: "):
        Settings(**{"token": TOKEN, **values})


@pytest.mark.parametrize("value", ["fast", [], True])
def test_a_value_of_another_type_is_told(value: Any) -> None:
    with pytest.raises(SettingsError, match=r"^time_scale: a number is expected"):
        load({"TELEGRAM_SIM_TOKEN": TOKEN}, {"time_scale": value})


def test_options_win_over_the_environment() -> None:
    environment = {"TELEGRAM_SIM_TOKEN": TOKEN, "TELEGRAM_SIM_PORT": "1", "TELEGRAM_SIM_ENFORCE_LIMITS": "yes"}
    settings = load(environment, {"port": 2, "host": None})
    assert (settings.port, settings.enforce_limits, settings.bot_id) == (2, True, 123456789)
    assert TOKEN not in repr(settings)


async def test_it_refuses_connections_for_a_while_and_gets_its_port_back(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    process = await start("--token-file", str(file))
    assert process.stdout is not None
    assert process.stderr is not None
    found = re.search(r"http://127.0.0.1:(\d+)/", (await process.stdout.readline()).decode())
    assert found is not None

    async def until(state: str) -> None:
        met = ""
        while met != state:
            try:
                async with session.get(f"{found.group()}health") as answer:
                    met = "healthy" if answer.status == 200 else "ill"
            except aiohttp.ClientConnectorError:
                met = "refused"
            except aiohttp.ClientError:
                met = "cut off"

    async with aiohttp.ClientSession() as session, asyncio.timeout(60):
        async with session.post(f"{found.group()}sim/faults", json={"kind": "refuse", "seconds": 1}) as answer:
            assert answer.status == 201
        await until("refused")
        squatter = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", int(found.group(1)))
        async with squatter:
            assert b"trying on: Address already in use" in await process.stderr.readline()
        await until("healthy")
    process.terminate()
    await process.communicate()
    assert process.returncode == 0
