"""The reference of all commands, drawn from the commands themselves: `docs/lbcctl.md`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from lbc_runtime.settings import settings_table
from lbcctl import exits
from lbcctl.cli import app
from lbcctl.settings import OperatorSettings

_INHERITED = ("`LBC_BROKER__", "`LBC_AWS__")
_TOLD = ("`LBC_BROKER__URL`", "`LBC_BROKER__PASSWORD_FILE`", "`LBC_BROKER__CA_FILE`", "`LBC_AWS__REGION`")


def commands() -> Iterator[tuple[str, Any]]:
    """Each command that does something, by its whole name, in the order of the help."""
    yield from _commands("lbcctl", get_command(app))


def page(note: str) -> str:
    """The page.

    Args:
        note: that it is generated.
    """
    lines = [
        "# lbcctl",
        note,
        "All commands of the [operator's tool](../tools/lbcctl/README.md), from the commands themselves; `--help` says",
        "the same. *Needs* are the least rights that a command works with.",
        "",
        "## Exit codes",
        "",
        *exits.table().splitlines(),
        "",
        "## Settings",
        "",
        "The same variables as the services', from the environment or a file given by `--env-file` (or",
        "`LBCCTL_ENV_FILE`); the environment wins. A command needs only those of the parts that it uses. Timeouts and",
        "the like are in [settings](settings.md). AWS credentials come by AWS's own chain, such as `AWS_PROFILE`.",
        "",
        *(row for row in settings_table(OperatorSettings).splitlines() if _is_told(row)),
        "",
        "## Commands",
    ]
    for name, command in commands():
        lines += ["", f"### {name}", "", *_help(command), "", *_options(command)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _commands(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name, command
        return
    for own, each in inner.items():
        yield from _commands(f"{name} {own}", each)


def _help(command: Any) -> list[str]:
    lines = inspect.cleandoc(command.help or "").splitlines()
    return [_plain(line) for line in (*lines, "", command.epilog or "")]


def _options(command: Any) -> list[str]:
    shown = [parameter for parameter in command.params if parameter.name != "help" and not parameter.hidden]
    if not shown:
        return []
    return ["| argument | meaning |", "| --- | --- |", *(_option(parameter) for parameter in shown)]


def _option(parameter: Any) -> str:
    names = [name for name in (*parameter.opts, *parameter.secondary_opts) if name.startswith("-")]
    name = ", ".join(names) or parameter.metavar or parameter.name.upper()
    environment = parameter.envvar if isinstance(parameter.envvar, str) else ""
    told = " ".join([*(parameter.help or "").split(), *([f"(`{environment}`)"] if environment else [])])
    return f"| `{name}` | {_plain(told)} |"


def _plain(text: str) -> str:
    """Without what Markdown would take for its own; code stays as it is."""
    parts = text.split("`")
    parts[::2] = [re.sub(r"([*|_])", r"\\\1", part).replace("<", "&lt;") for part in parts[::2]]
    return "`".join(parts)


def _is_told(row: str) -> bool:
    cell = row.split("|")[1].strip()
    return cell in _TOLD or not cell.startswith(_INHERITED)
