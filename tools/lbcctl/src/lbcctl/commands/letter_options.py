"""What ``lbcctl dlq`` and ``lbcctl quarantine`` can be told about the letters that are meant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

import typer

from lbc_contracts.topology import WORK_QUEUES, WorkQueue, consumers
from lbcctl.durations import duration
from lbcctl.letters import Filter

QUARANTINE = "quarantine"
"""The command group that works on the quarantine; the other one works on dead letters."""

_QUEUES = tuple(work.name for work in WORK_QUEUES)
_SERVICES = tuple(str(service) for service in consumers())


def typed_duration(typed: str | timedelta) -> timedelta:
    """Read a duration on the command line."""
    try:
        return typed if isinstance(typed, timedelta) else duration(typed)  # typer parses defaults too
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _queue(typed: str) -> str:
    return _one_of(_QUEUES, typed)


def _service(typed: str) -> str:
    return _one_of(_SERVICES, typed)


def _one_of(known: tuple[str, ...], typed: str) -> str:
    if typed not in known:
        raise typer.BadParameter(f"{typed!r} is none of {', '.join(known)}")
    return typed


def _queues(incomplete: str) -> list[str]:
    return [name for name in _QUEUES if name.startswith(incomplete)]


def _services(incomplete: str) -> list[str]:
    return [name for name in _SERVICES if name.startswith(incomplete)]


Queue = Annotated[
    str | None,
    typer.Option(
        "--queue",
        parser=_queue,
        metavar="QUEUE",
        autocompletion=_queues,
        help="Only letters that came from this queue.",
    ),
]
Service = Annotated[
    str | None,
    typer.Option(
        "--service",
        parser=_service,
        metavar="SERVICE",
        autocompletion=_services,
        help="Only letters that this service gave up.",
    ),
]
Reason = Annotated[str | None, typer.Option("--reason", help="Only this reason's code, as `list` shows it.")]
User = Annotated[int | None, typer.Option("--user", help="Only about this person, by Telegram's id.")]
Id = Annotated[str | None, typer.Option("--id", help="Only the message with this id.")]
Older = Annotated[
    timedelta | None,
    typer.Option("--older-than", parser=typed_duration, metavar="AGE", help="Only made longer ago: 90s, 15m, 6h, 3d."),
]
Younger = Annotated[
    timedelta | None, typer.Option("--younger-than", parser=typed_duration, metavar="AGE", help="Only made since.")
]


@dataclass(frozen=True)
class Meant:
    """What a command line means.

    Attributes:
        graves: queues to look into.
        wanted: the letters in them.
        limit: how many at the most.
    """

    graves: tuple[str, ...]
    wanted: Filter
    limit: int


def meant(ctx: typer.Context, *, queue: str | None, service: str | None, limit: int, wanted: Filter) -> Meant:
    """Where to look, by the group that the command was called in.

    Raises:
        typer.BadParameter: no queue fits.
    """
    works = [work for work in WORK_QUEUES if queue in {None, work.name} and service in {None, work.consumer}]
    quarantine = ctx.parent is not None and ctx.parent.info_name == QUARANTINE
    graves = tuple(grave for work in works if (grave := _grave(work, quarantine=quarantine)))
    if not graves:
        raise typer.BadParameter("no queue fits --queue and --service together")
    return Meant(graves, wanted, limit)


def _grave(work: WorkQueue, *, quarantine: bool) -> str | None:
    return work.invalid if quarantine else work.dead
