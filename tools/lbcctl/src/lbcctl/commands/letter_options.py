"""What ``lbcctl dlq`` and ``lbcctl quarantine`` can be told about the letters that are meant."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Final

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
Limit = Annotated[int, typer.Option("--limit", min=1, help="Letters at the most.")]
ShownId = Annotated[str | None, typer.Argument(metavar="[ID]", help="The message's id, as in `list`.")]

_MEANING: Final[Mapping[str, Any]] = {
    "queue": Queue,
    "service": Service,
    "reason": Reason,
    "user": User,
    "message_id": Id,
    "older_than": Older,
    "younger_than": Younger,
}


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


def on_letters(limit: int, *, by_argument: bool = False) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options that say which letters are meant; it gets what they mean as its first argument.

    Args:
        limit: letters at the most, unless the operator says otherwise.
        by_argument: the message's id is no option but an argument.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        def called(ctx: typer.Context, **given: Any) -> None:
            said = {name: given.pop(name) for name in (*_MEANING, "limit")}
            command(_meant(ctx, **said), **given)

        own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
        first: dict[str, Any] = {"message_id": ShownId} if by_argument else {}
        meaning = {**first, **_MEANING, **first}
        shared = [_keyword(name, annotation, None) for name, annotation in meaning.items()]
        parameters = [
            inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
            *(_keyword(one.name, one.annotation, one.default) for one in own if one.kind is not one.KEYWORD_ONLY),
            *shared,
            _keyword("limit", Limit, limit),
            *(one for one in own if one.kind is one.KEYWORD_ONLY),
        ]
        called.__doc__, called.__name__ = command.__doc__, command.__name__
        called.__annotations__ = {one.name: one.annotation for one in parameters}
        called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return called

    return decorate


def _keyword(name: str, annotation: object, default: object) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _meant(
    ctx: typer.Context, *, queue: str | None, service: str | None, limit: int, message_id: str | None, **rest: Any
) -> Meant:
    """Where to look, by the group that the command was called in.

    Raises:
        typer.BadParameter: no queue fits.
    """
    works = [work for work in WORK_QUEUES if queue in {None, work.name} and service in {None, work.consumer}]
    quarantine = ctx.parent is not None and ctx.parent.info_name == QUARANTINE
    graves = tuple(grave for work in works if (grave := _grave(work, quarantine=quarantine)))
    if not graves:
        raise typer.BadParameter("no queue fits --queue and --service together")
    return Meant(graves, Filter(id=message_id, **rest), limit)


def _grave(work: WorkQueue, *, quarantine: bool) -> str | None:
    return work.invalid if quarantine else work.dead
