"""What holds for every command, and for the tool as a person starts it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lbc_testkit import wait_until
from lbcctl import exits
from lbcctl.cli import app
from lbcctl.console import Screen
from lbcctl.exits import Exit, StopError
from lbcctl.reference import commands, page

from .operating import Operator

README = Path(__file__).parents[1] / "README.md"
ALL = dict(commands())
DESTROYS = ("drop", "erase", "reset")


async def lbcctl(*arguments: str, **environment: str) -> tuple[int | None, str, str]:
    """As in a terminal: exit code, standard output, standard error."""
    process = await started(*arguments, **environment)
    out, said = await process.communicate()
    return process.returncode, out.decode(), said.decode()


async def started(*arguments: str, **environment: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    known = {name: value for name, value in os.environ.items() if not name.startswith(("LBC_", "LBCCTL_", "AWS_"))}
    command = (sys.executable, "-m", "lbcctl", *arguments)
    return await asyncio.create_subprocess_exec(*command, env=known | environment, stdout=pipe, stderr=pipe)


@pytest.mark.parametrize("name", ALL)
def test_every_help_says_what_the_command_needs(name: str) -> None:
    result = CliRunner().invoke(app, [*name.split()[1:], "--help"])
    assert result.exit_code == 0
    assert "Needs" in result.output
    assert (ALL[name].help or "").strip(), "and what it does"


@pytest.mark.parametrize("name", [name for name in ALL if name.split()[-1] in DESTROYS])
def test_what_destroys_can_be_told_not_to_ask(name: str) -> None:
    assert "--yes" in {option for parameter in ALL[name].params for option in parameter.opts}


def test_the_exit_codes_are_documented() -> None:
    text = "\n".join(line.strip() for line in README.read_text().splitlines())
    assert exits.table() in text
    assert exits.table() in page("")


async def test_a_file_of_variables_is_enough(operator: Operator, tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("".join(f"{name}='{value}'\n" for name, value in operator.environment.items()))
    assert await lbcctl("--env-file", str(file), "dlq", "list") == (0, "no letters\n", "")
    assert (await lbcctl("dlq", "list", LBCCTL_ENV_FILE=str(file)))[0] == 0
    code, _, said = await lbcctl("--env-file", str(file), "pause", LBC_TABLES_PREFIX="elsewhere-")
    assert (code, "wrong LBC_TABLES_PREFIX" in said) == (Exit.DENIED, True), "the environment wins"
    code, _, said = await lbcctl("--env-file", "/nowhere", "dlq", "list")
    assert (code, said) == (Exit.USAGE, "--env-file /nowhere: No such file or directory\n")


async def test_ctrl_c_ends_it_without_a_stack(operator: Operator) -> None:
    process = await started("events", "tail", "--follow", "--json", **operator.environment)

    async def asked() -> bool:
        return any(file.startswith("socket:") for file in await asyncio.to_thread(files_of, process.pid))

    await wait_until(asked, what="a connection")
    process.send_signal(signal.SIGINT)
    out, said = await process.communicate()
    assert (process.returncode, out) == (Exit.INTERRUPTED, b"")
    assert said == b"Interrupted; run it again to go on.\n"


def files_of(pid: int) -> list[str]:
    """What a process has open."""
    found = []
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.append(str(file.readlink()))
    return found


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("lbcctl dl", "dlq"),
        ("lbcctl dlq re", "redrive"),
        ("lbcctl dlq redrive --que", "--queue"),
        ("lbcctl dlq redrive --queue media", "media.commands"),
        ("lbcctl dlq redrive --service onb", "onboarding"),
    ],
)
async def test_the_shell_completes(typed: str, offered: str) -> None:
    words = str(len(typed.split()) - 1)
    told = {"_LBCCTL_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": words}
    entry = Path(sys.executable).with_name("lbcctl")
    process = await asyncio.create_subprocess_exec(entry, env=os.environ | told, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert offered in out.decode().split()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
async def test_completion_is_a_script_for_each_shell(shell: str) -> None:
    entry, told = Path(sys.executable).with_name("lbcctl"), {"_LBCCTL_COMPLETE": f"source_{shell}"}
    process = await asyncio.create_subprocess_exec(entry, env=os.environ | told, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert f"complete_{shell}" in out.decode()


def test_a_question_is_answered_by_yes_or_by_nobody() -> None:
    Screen(yes=True).confirm("Really?")
    with pytest.raises(StopError, match="Nobody to ask") as stopped:
        Screen().confirm("Really?")
    assert stopped.value.code is Exit.REFUSED


def test_markup_and_controls_in_cells_stay_text(capsys: pytest.CaptureFixture[str]) -> None:
    Screen().table("[b]title", ["a", ">b"], [("[red]x[/red]", 1), ("\x1b[2J", 22)])
    Screen().document({"a": "ñ\x1b"})
    shown: Any = capsys.readouterr().out
    assert "[red]x[/red]" in shown
    assert "\x1b" not in shown
    assert "ñ" in shown
