"""``lbcctl pause`` and ``lbcctl resume``: sending rests, accepting goes on."""

from __future__ import annotations

import getpass
import socket
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from lbc_contracts import tables
from lbcctl.commands.letter_options import typed_duration
from lbcctl.console import Json, Screen, needs, run
from lbcctl.parts import Parts
from lbcctl.pausing import Pause, read_pause, write_pause

_NEEDS = needs(aws=["dynamodb:GetItem and PutItem on control"])


def pause(
    reason: Annotated[str, typer.Option(help="Why; the next operator reads it.")] = "",
    for_: Annotated[
        timedelta | None,
        typer.Option("--for", parser=typed_duration, metavar="TIME", help="End by itself after 90s, 15m, 6h, 3d."),
    ] = None,
    by: Annotated[str, typer.Option(help="Who pauses; by default this account on this machine.")] = "",
    *,
    json: Json = False,
) -> None:
    """Let all sending rest within seconds. Updates are still accepted and wait in the queues; nothing is lost.

    Pausing what is paused already changes its reason, its end and by whom it is; since when stays.
    """
    run(lambda parts, screen: _pause(parts, screen, reason, for_, by or _whoami()), json=json)


def resume(*, json: Json = False) -> None:
    """Let sending go on. What waited is sent at Telegram's pace, the oldest first."""
    run(_resume, json=json)


def add_to(app: typer.Typer) -> None:
    """Both are commands of their own."""
    app.command("pause", epilog=_NEEDS)(pause)
    app.command("resume", epilog=_NEEDS)(resume)


async def _pause(parts: Parts, screen: Screen, reason: str, lasts: timedelta | None, by: str) -> None:
    bot, table, now = parts.settings.the_bot, parts.table(tables.CONTROL), datetime.now(UTC)
    async with parts.dynamodb() as dynamodb:
        before = await read_pause(dynamodb, table, bot)
        since = before.since if before.paused else now
        after = Pause(paused=True, until=now + lasts if lasts else None, since=since, by=by, reason=reason)
        await write_pause(dynamodb, table, bot, after)
    _tell(screen, before, after, "already paused; reason, end and by whom are as you said now")


async def _resume(parts: Parts, screen: Screen) -> None:
    bot, table = parts.settings.the_bot, parts.table(tables.CONTROL)
    async with parts.dynamodb() as dynamodb:
        before = await read_pause(dynamodb, table, bot)
        after = Pause(paused=False)
        await write_pause(dynamodb, table, bot, after)
    _tell(screen, before, after, "was not paused")


def _tell(screen: Screen, before: Pause, after: Pause, same: str) -> None:
    if screen.json:
        screen.document(after.document() | {"was_paused": before.paused})
        return
    screen.text(after.sentence())
    if before.paused == after.paused:
        screen.say(same)


def _whoami() -> str:
    try:
        return f"{getpass.getuser()}@{socket.gethostname()}"
    except (OSError, KeyError):  # an account without a name, as in some containers
        return "unknown"
