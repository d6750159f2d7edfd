from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lbcctl.cli import app
from telegram_sim.server import serving
from telegram_sim.settings import Settings

from .answering import answering

TOKEN = "1234567890:abcdefghijklmnopqrstuvwxyz"
URL = "https://bot.example.com/telegram/webhook"


@dataclass(frozen=True)
class Command:
    """`lbcctl webhook` with the environment that a Job has."""

    environment: dict[str, str]

    async def run(self, *arguments: str, status: int = 0) -> str:
        """Its output; fails unless it ends with that status."""
        result = await asyncio.to_thread(CliRunner().invoke, app, ["webhook", *arguments], env=self.environment)
        assert result.exit_code == status, result.output
        assert TOKEN not in result.output
        return result.output


@pytest.fixture
async def command(tmp_path: Path) -> AsyncIterator[Command]:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    (tmp_path / "secret").write_text("s3cret")
    async with serving(Settings(token=TOKEN)) as base:
        yield Command(
            {
                "LBCCTL_TELEGRAM_API_URL": base,
                "LBCCTL_BOT_TOKEN_FILE": str(tmp_path / "token"),
                "LBCCTL_WEBHOOK_SECRET_FILE": str(tmp_path / "secret"),
                "LBCCTL_WEBHOOK_URL": URL,
                "LBCCTL_WAIT": "5",
            }
        )


async def test_set_status_and_delete(command: Command) -> None:
    assert "url: none" in await command.run("status")
    await command.run("status", "--check", status=1)
    assert URL in await command.run("set")
    assert f"url: {URL}" in await command.run("status", "--check")
    assert URL in await command.run("set"), "safe to repeat"
    await command.run("delete")
    assert "url: none" in await command.run("status")
    await command.run("delete")


@pytest.mark.parametrize(("ago", "status"), [(5, 1), (3600, 0)])
async def test_the_check_minds_a_complaint_of_late_and_no_old_one(command: Command, ago: int, status: int) -> None:
    info = {
        "url": URL,
        "pending_update_count": 3,
        "last_error_message": "SSL error",
        "last_error_date": time.time() - ago,
    }
    async with answering(200, {"ok": True, "result": info}) as base:
        command.environment.update(LBCCTL_TELEGRAM_API_URL=base)
        assert "last error: SSL error" in await command.run("status", "--check", status=status)


async def test_what_telegram_refuses_is_said(command: Command) -> None:
    assert "invalid webhook URL" in await command.run("set", "--url", "ftp://nonsense", status=1)


async def test_a_wrong_token_is_refused_without_being_shown(command: Command, tmp_path: Path) -> None:
    other = "987654321:zyxwvutsrqponmlkjihgfedcba"
    (tmp_path / "token").write_text(other)
    for arguments in (("status",), ("set",), ("delete",)):
        said = await command.run(*arguments, status=4)
        assert "wrong bot token" in said
        assert "--bot-token-file or LBCCTL_BOT_TOKEN_FILE" in said
        assert other not in said


async def test_an_api_that_is_down_ends_it_in_bounded_time(command: Command) -> None:
    command.environment.update(LBCCTL_TELEGRAM_API_URL="http://127.0.0.1:9", LBCCTL_WAIT="0.1")
    for arguments in (("status",), ("set",), ("delete",)):
        said = await command.run(*arguments, status=3)
        assert "the Bot API is down: tried http://127.0.0.1:9 for 0.1 s" in said
        assert "--api-url or LBCCTL_TELEGRAM_API_URL" in said


@pytest.mark.parametrize(
    ("code", "content", "status", "said"),
    [
        (502, "<html>Bad Gateway</html>", 3, "its answer is no JSON"),
        (429, {"ok": False, "error_code": 429, "description": "Too Many Requests"}, 3, "Try again"),
        (500, {"ok": False, "error_code": 500, "description": "Internal"}, 3, "Try again"),
        (400, {"ok": False, "error_code": 400, "description": "Bad Request: odd"}, 1, "odd"),
        (200, ["odd"], 1, "not an object"),
    ],
)
async def test_what_else_the_api_may_answer(
    command: Command, code: int, content: object, status: int, said: str
) -> None:
    async with answering(code, content) as url:
        command.environment.update(LBCCTL_TELEGRAM_API_URL=url, LBCCTL_WAIT="0.1")
        assert said in await command.run("set", status=status)


async def test_a_missing_token_is_named(command: Command) -> None:
    command.environment.update(LBCCTL_BOT_TOKEN_FILE="/nowhere/token")
    assert "/nowhere/token" in await command.run("status", status=2)


async def test_probe_wants_to_be_refused(command: Command) -> None:
    base = command.environment["LBCCTL_TELEGRAM_API_URL"]
    await command.run("probe", "--url", f"{base}/bot987654321:zyxwvutsrqponmlkjihgfedcba/getMe")  # a wrong token: 401
    await command.run("probe", "--url", f"{base}/health", status=1)
    assert "is no URL" in await command.run("probe", "--url", "nonsense", status=2)
