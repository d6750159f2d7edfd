"""``lbcctl dlq`` and ``lbcctl quarantine``: look at what was given up, bring it back, or take it out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from lbcctl.commands import letter_work as work
from lbcctl.commands.letter_options import QUARANTINE, Meant, on_letters
from lbcctl.console import DryRun, Json, Yes, needs, run

_READ = needs(amqp="read on the graves, as the user `operator` has it")
_MOVE = needs(amqp="read on the graves and write to the work queues' exchanges, as the user `operator` has it")
_DROP = needs(amqp="read on the graves, as the user `operator` has it", files="writes --to")
_RESTORE = needs(amqp="write to the work queues' exchanges, as the user `operator` has it", files="reads FILE")


@on_letters(limit=50)
def list_letters(
    which: Meant,
    *,
    look_at: Annotated[int, typer.Option(min=1, help="Letters to look at in each queue.")] = 10_000,
    json: Json = False,
) -> None:
    """Count letters by queue and reason, and list them, the oldest of each queue first. Nothing changes."""
    run(lambda parts, screen: work.list_them(parts, screen, which, look_at), json=json)


@on_letters(limit=5, by_argument=True)
def show_letters(which: Meant, *, json: Json = False) -> None:
    """Show letters whole: headers, reason, error and body, without secrets and signed links. Nothing changes."""
    run(lambda parts, screen: work.show_them(parts, screen, which), json=json)


@on_letters(limit=1_000_000)
def redrive_letters(which: Meant, *, dry_run: DryRun = False, json: Json = False) -> None:
    """Bring letters back to where they were, the oldest first.

    Safe to interrupt at any point, and to repeat: each letter keeps its id, and what was done is not done again.
    Letters older than 29 days stay, since the rows that would tell a repetition may be gone; the exit code is 1 then.
    """
    run(lambda parts, screen: work.redrive_them(parts, screen, which, dry_run=dry_run), json=json)


@on_letters(limit=1_000_000)
def drop_letters(
    which: Meant,
    to: Annotated[
        Path | None, typer.Option(help="New file for what is dropped; by default dropped-<time>.jsonl, here.")
    ] = None,
    *,
    dry_run: DryRun = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Take letters out of the broker, into a file from which `restore` brings them back. Asks first.

    The file has people's data in it: you alone may read it, and you are the one to delete it.
    """
    file = to or Path(f"dropped-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.jsonl")
    run(lambda parts, screen: work.drop_them(parts, screen, which, file, dry_run=dry_run), json=json, yes=yes)


def restore_letters(
    file: Annotated[Path, typer.Argument(help="A file that `drop` wrote.")], *, json: Json = False
) -> None:
    """Bring dropped letters back to the queues that they came from. Safe to interrupt, and to repeat."""
    run(lambda parts, screen: work.restore_them(parts, screen, file), json=json)


def _app(text: str) -> typer.Typer:
    app = typer.Typer(no_args_is_help=True, help=text)
    app.command("list", epilog=_READ)(list_letters)
    app.command("show", epilog=_READ)(show_letters)
    app.command("redrive", epilog=_MOVE)(redrive_letters)
    app.command("drop", epilog=_DROP)(drop_letters)
    app.command("restore", epilog=_RESTORE)(restore_letters)
    return app


def add_to(app: typer.Typer) -> None:
    """Both groups have the same commands, each on its own queues."""
    app.add_typer(_app("Dead letters: messages that a service gave up."), name="dlq")
    app.add_typer(_app("Updates that nobody understood."), name=QUARANTINE)
