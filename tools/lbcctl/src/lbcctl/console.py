"""What a command shows and asks, and how it ends.

Results go to standard output, as a table for people or as JSON for machines; all else goes to standard error.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from lbc_runtime.settings import load
from lbcctl.durations import age
from lbcctl.errors import TOLD, explain
from lbcctl.exits import Exit, StopError
from lbcctl.parts import Parts
from lbcctl.settings import OperatorSettings

__all__ = ["Advance", "Cell", "DryRun", "Json", "Screen", "Yes", "age", "needs", "printable", "run"]

Json = Annotated[bool, typer.Option("--json", help="JSON on standard output, for machines.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]

Advance = Callable[[int], None]
Cell = str | int | Text


def needs(*, aws: Sequence[str] = (), amqp: str = "", management: str = "", telegram: str = "", files: str = "") -> str:
    """The last line of a command's help: the least rights that it works with.

    Args:
        aws: actions with their resource, such as ``dynamodb:GetItem on control``.
        amqp: rights of the operator's AMQP user.
        management: tag and rights for RabbitMQ's management API.
        telegram: methods of the Bot API, which need the bot's token.
        files: what is read or written on this machine.
    """
    parts = {
        "AWS": ", ".join(aws),
        "AMQP": amqp,
        "RabbitMQ management": management,
        "Bot API": telegram,
        "files": files,
    }
    found = [f"{name}: {what}" for name, what in parts.items() if what]
    return f"Needs {'; '.join(found)}." if found else "Needs nothing but this machine."


@dataclass(frozen=True)
class Screen:
    """Standard output and standard error of one command.

    Attributes:
        json: show documents instead of tables.
        yes: do not ask.
    """

    json: bool = False
    yes: bool = False

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
        """Show a table; columns that begin with ``>`` are right-aligned. Markup in cells stays text."""
        shown = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
        shown.show_header = any(columns)
        for column in columns:
            right = column.startswith(">")
            shown.add_column(column.removeprefix(">"), justify="right" if right else "left", overflow="fold")
        for row in rows:
            shown.add_row(*(cell if isinstance(cell, Text) else Text(printable(str(cell))) for cell in row))
        self.out.print(shown)

    def document(self, document: object) -> None:
        """Show one JSON document, keys in the order given."""
        sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False, default=_plain) + "\n")

    def line(self, document: object) -> None:
        """Show one line of JSON, at once: for what comes one after the other."""
        sys.stdout.write(json.dumps(document, ensure_ascii=False, default=_plain) + "\n")
        sys.stdout.flush()

    def text(self, text: str) -> None:
        """Show a line of a result, for people."""
        self.out.print(Text(text), soft_wrap=True)

    def say(self, text: str) -> None:
        """A remark beside the result."""
        self.err.print(Text(text), soft_wrap=True)

    def clear(self) -> None:
        """Empty the terminal before the next picture; nothing where there is none."""
        if self.out.is_terminal:
            self.out.clear()

    @contextmanager
    def progress(self, title: str, total: int | None = None, *, size: bool = False) -> Iterator[Advance]:
        """A bar on standard error if that is a terminal, else nothing; gives what moves it on.

        Args:
            title: before the bar.
            total: steps in all, if known.
            size: steps are bytes.
        """
        done = DownloadColumn() if size else MofNCompleteColumn()
        columns = (TextColumn("{task.description}"), BarColumn(), done, TimeRemainingColumn())
        err = self.err
        with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
            task = bar.add_task(title, total=total)
            yield lambda steps: bar.advance(task, steps)

    def confirm(self, question: str) -> None:
        """Go on only if the operator says yes.

        Raises:
            StopError: they said no, or there is nobody to ask and ``--yes`` was not given.
        """
        if self.yes:
            return
        if not sys.stdin.isatty():
            raise StopError(f"{question} Nobody to ask: there is no terminal. Give --yes to do it.", Exit.REFUSED)
        if not typer.confirm(question, err=True):
            raise StopError("Nothing was done.", Exit.REFUSED)

    @property
    def out(self) -> Console:
        """Standard output; as wide as needed where it is no terminal, so that no cell is cut."""
        return Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else 200)

    @property
    def err(self) -> Console:
        """Standard error."""
        return Console(file=sys.stderr, highlight=False)


def run(work: Callable[[Parts, Screen], Awaitable[Exit | None]], *, json: bool = False, yes: bool = False) -> None:
    """Do a command's work with the operator's settings, and end with its exit code.

    Args:
        work: the command; what it returns is the exit code, None means 0.
        json: whether ``--json`` was given.
        yes: whether ``--yes`` was given.

    Raises:
        typer.Exit: unless all went well; the sentence is on standard error.
    """
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)  # it logs what it also raises
    screen = Screen(json=json, yes=yes)
    settings: OperatorSettings | None = None
    try:
        settings = load(OperatorSettings)
        code = asyncio.run(_awaited(work(Parts(settings), screen)))
    except KeyboardInterrupt:
        screen.say("Interrupted; run it again to go on.")
        raise typer.Exit(Exit.INTERRUPTED) from None
    except TOLD as error:
        stop = explain(error, settings.aws if settings else None)
        screen.say(stop.text)
        raise typer.Exit(stop.code) from None
    if code:
        raise typer.Exit(code)


def printable(text: str) -> str:
    """Without what could steer the terminal: much of what is shown was written by strangers."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else "\N{REPLACEMENT CHARACTER}" for sign in text)


async def _awaited(work: Awaitable[Exit | None]) -> Exit | None:
    return await work


def _plain(value: Any) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value)
