"""One person, shown."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from lbcctl.console import Screen, age
from lbcctl.erasure.person import commands_of
from lbcctl.people.look import Known
from lbcctl.people.rows import Item, moment, number, plain, waiting_of

_FIRST: Final = ("state", "pending", "reachable", "session", "attempt", "wakes", "language", "chosenLanguage", "name")
_TIMES: Final = (
    "createdAt", "sessionAt", "messageAt", "heardAt", "backAt", "dueAt", "failedAt", "givenUpAt", "unreachableAt",
    "stepDeliveredAt", "erasureAskedAt",
)  # fmt: skip


def document_of(known: Known) -> dict[str, Any]:
    """All of it as JSON, attributes named as in the tables."""
    return {
        "user": _plain(known.user),
        "sessions": [_plain(row) for row in known.sessions],
        "events": [_event(row) for row in known.events],
        "deliveries": [_plain(row) for row in sorted(known.deliveries, key=_command)],
        "erasure_requested": _plain(known.request) if known.request else None,
    }


def display(screen: Screen, known: Known, now: datetime) -> None:
    """All of it as tables."""
    screen.table("", ["", ""], _position(known, now))
    touches = [(name, *_touch(known.user[name])) for name in ("firstTouch", "lastTouch") if name in known.user]
    screen.table("\ncame by", ["", "reason", "source", "medium", "campaign", "referrer"], touches)
    rows = [
        (_text(row, "session"), _text(row, "state"), _text(row, "startedAt"), _text(row, "updatedAt"))
        for row in known.sessions
    ]
    screen.table("\nsessions", [">session", "state", "began", "changed"], rows)
    events = [
        (_text(row, "timestamp"), _text(row, "kind"), _text(row, "result"), ", ".join(_ids(row)) or "-")
        for row in known.events
    ]
    screen.table("\nevents, the newest first", ["at", "input", "result", "commands"], events)
    ends = [(_command(row), _text(row, "state"), _end(row)) for row in sorted(known.deliveries, key=_command)]
    screen.table("\ndeliveries", ["command", "state", "end"], ends)


def _position(known: Known, now: datetime) -> Iterable[tuple[str, str]]:
    user = known.user
    for name in _FIRST:
        if name in user:
            yield name, str(plain(user[name]))
    if waiting := waiting_of(user):
        what = f"{waiting.step}, {'given up' if waiting.given_up else 'asked for'}"
        yield "waits for", f"{what} {age(now - waiting.since) if waiting.since else 'long'} ago"
    for name in ("visits", "referrers", "linksUsed"):
        if name in user:
            yield name, str(plain(user[name])).strip("[]") or "-"
    for name in _TIMES:
        if at := moment(number(user, name)):
            yield name, f"{at.isoformat(timespec='seconds')} ({_away(at, now)})"
    if known.request:
        filed = moment(number(known.request, "requestedAt"))
        yield "erasure", f"asked for {age(now - filed) if filed else ''} ago; `lbcctl user erase` does it"


def _away(at: datetime, now: datetime) -> str:
    return f"{age(now - at)} ago" if at <= now else f"in {age(at - now)}"


def _event(row: Item) -> dict[str, Any]:
    shown: dict[str, Any] = {name: plain(value) for name, value in row.items() if name != "commands"}
    with contextlib.suppress(ValueError):  # what is not JSON is shown as it is
        shown["input"] = json.loads(shown.get("input", "null"))
    return shown | {"commands": commands_of(row)}


def _plain(row: Item) -> dict[str, Any]:
    return {name: plain(value) for name, value in row.items()}


def _touch(value: Any) -> list[str]:
    touch = plain(value)
    return [str(touch.get(name, "")) or "-" for name in ("reason", "source", "medium", "campaign", "referrer")]


def _ids(row: Item) -> list[str]:
    return [command["id"] for command in commands_of(row)]


def _command(row: Item) -> str:
    return row["commandId"]["S"]  # type: ignore[no-any-return] # as DynamoDB has it


def _end(row: Item) -> str:
    found = [f"{name} {plain(row[name])}" for name in ("messageId", "kind", "reason", "at", "until") if name in row]
    return ", ".join(found)


def _text(row: Item, name: str) -> str:
    return str(plain(row[name])) if name in row else "-"
