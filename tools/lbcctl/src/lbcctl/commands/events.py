"""``lbcctl events``: what was decided for whom, as it happens."""

from __future__ import annotations

import asyncio
import json as json_format
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from lbc_contracts import tables
from lbcctl.commands.letter_options import typed_duration
from lbcctl.console import Json, Screen, needs, printable, run
from lbcctl.events import OVERLAP, Event, Seen, of_all, of_person, size, units_of
from lbcctl.exits import Exit, StopError
from lbcctl.letters import redact
from lbcctl.parts import Parts

app = typer.Typer(no_args_is_help=True, help="What was decided for whom.")

_NEEDS = needs(
    aws=["for one person dynamodb:Query on events/index/userId", "for all dynamodb:Scan and DescribeTable on events"]
)
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class _Tail:
    """What to show.

    Attributes:
        user: one person, or None for all.
        looks: how often to look; 1 means once.
        most_megabytes: of a table that may be read whole.
    """

    user: int | None
    since: timedelta
    every: timedelta
    looks: int
    most_megabytes: int


@app.command("tail", epilog=_NEEDS)
def tail(
    user: Annotated[int | None, typer.Option("--user", help="Only this person, by Telegram's id.")] = None,
    since: Annotated[
        timedelta,
        typer.Option("--since", parser=typed_duration, metavar="TIME", show_default="15m", help="How far back."),
    ] = timedelta(minutes=15),
    every: Annotated[
        timedelta,
        typer.Option("--every", parser=typed_duration, metavar="TIME", show_default="2s", help="Between two looks."),
    ] = timedelta(seconds=2),
    for_: Annotated[
        timedelta,
        typer.Option("--for", parser=typed_duration, metavar="TIME", show_default="1h", help="How long to follow."),
    ] = timedelta(hours=1),
    max_read: Annotated[
        int, typer.Option(min=1, help="Without --user: megabytes that one look may read; a larger table is refused.")
    ] = 20,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as events come.")] = False,
    json: Json = False,
) -> None:
    """Show the events of one person or of all, the oldest first, and follow them. With --json a line each.

    For one person a look reads just their events, by the index. There is no index over all: without --user each look
    reads the whole table, which costs about 128 read units a megabyte. So a table above --max-read is refused.
    """
    looks = max(1, int(for_ / max(every, timedelta(seconds=1)))) if follow else 1
    run(lambda parts, screen: _tail(parts, screen, _Tail(user, since, every, looks, max_read)), json=json)


async def _tail(parts: Parts, screen: Screen, wanted: _Tail) -> Exit | None:
    bot, table = parts.settings.the_bot, parts.table(tables.EVENTS)
    async with parts.dynamodb() as dynamodb:
        if wanted.user is None:
            await _affordable(dynamodb, table, wanted.most_megabytes)
        look = _looking(dynamodb, table, bot, wanted.user)
        seen, start = Seen(), datetime.now(UTC) - wanted.since
        for number in range(wanted.looks):
            if number:
                await asyncio.sleep(max(1.0, wanted.every.total_seconds()))
            asked = datetime.now(UTC)
            found = seen.new(await look(start))
            for event in found:
                _show(screen, event)
            if not found and wanted.looks == 1:
                screen.say("no events in that time")
            start = max(start, asked - OVERLAP)
    return None


def _looking(dynamodb: Any, table: str, bot: str, user: int | None) -> Callable[[datetime], Awaitable[list[Event]]]:
    if user is None:
        return lambda since: of_all(dynamodb, table, bot, since)
    return lambda since: of_person(dynamodb, table, bot, user, since)


async def _affordable(dynamodb: Any, table: str, most_megabytes: int) -> None:
    there = await size(dynamodb, table)
    if there > most_megabytes * _MEGABYTE:
        raise StopError(
            f"{table} has {there / _MEGABYTE:.0f} MB, and each look without --user reads all of it, about "
            f"{units_of(there):.0f} read units. Name a person by --user, or allow it by --max-read.",
            Exit.USAGE,
        )


def _show(screen: Screen, event: Event) -> None:
    if screen.json:
        screen.line(event.document())
        return
    said = redact(json_format.dumps(event.input, ensure_ascii=False)) if event.input is not None else ""
    asks = f" -> {', '.join(event.commands)}" if event.commands else ""
    screen.text(printable(f"{event.at[:23]} {event.user or '-':>12} {event.kind:<12} {event.result:<10} {said}{asks}"))
