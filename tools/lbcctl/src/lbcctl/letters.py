"""What an operator may know of a dead letter, and which letters a filter means; no I/O."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from lbc_contracts.messages import Message, UpdateReceived
from lbc_contracts.topology import WORK_QUEUES, WorkQueue, graves
from lbc_contracts.wire import ID_HEADER, TIME_HEADER, TooNewError, UnreadableError, Wire, decode
from lbc_runtime.masking import mask
from lbc_runtime.verdict import ATTEMPT, ERROR, REASON

_MARGIN: Final = timedelta(days=1)

MAX_AGE: Final = timedelta(days=30) - _MARGIN
"""Older letters are not redriven by default: the rows that would tell a repetition (30 days) may be gone."""

BY_BROKER: Final = "delivery-limit"
"""The reason of a letter without one: the broker gave it up, since it crashed whoever took it."""

_SIGNED = re.compile(r"(https?://[^\s\"'<>?]+)\?[^\s\"'<>]*(?:X-Amz-|Signature=)[^\s\"'<>]*", re.IGNORECASE)
_MAX_SHOWN: Final = 20_000
_SECRET_HEADERS: Final = frozenset({"authorization"})


@dataclass(frozen=True, slots=True)
class Moment:
    """When letters are looked at, and how old one may be then to be brought back."""

    now: datetime
    max_age: timedelta = MAX_AGE

    @classmethod
    def beside(cls, now: datetime, *rows_live: timedelta) -> Moment:
        """A day before the first of the rows goes that would tell a repetition."""
        return cls(now, max(timedelta(0), min(rows_live) - _MARGIN))


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in a grave.

    Attributes:
        grave: the queue that it lies in.
        work: the queue that it came from, and returns to.
        id: of the message; empty where it has none.
        user: Telegram's id of the person that it is about; None where that cannot be read.
        made: when the message was made; None where that cannot be read.
        headers: all of them, the broker's too.
    """

    grave: str
    work: WorkQueue
    wire: Wire = field(repr=False)
    id: str
    user: int | None
    made: datetime | None
    headers: Mapping[str, Any] = field(repr=False)

    @property
    def reason(self) -> str:
        """The short code of why it was given up."""
        return str(self.headers.get(REASON) or BY_BROKER)

    @property
    def error(self) -> str:
        """Details, without secrets."""
        return redact(str(self.headers.get(ERROR, "")))

    @property
    def attempts(self) -> int:
        """Attempts spent."""
        spent = self.headers.get(ATTEMPT)
        return spent if isinstance(spent, int) else 0

    def age(self, moment: Moment) -> timedelta | None:
        """Since the message was made; None if that cannot be read."""
        return None if self.made is None else moment.now - self.made

    def may_return(self, moment: Moment) -> bool:
        """Whether a repetition would still be noticed; one that cannot be read had no effect that could repeat."""
        age = self.age(moment)
        return age is None or age <= moment.max_age

    def mentions(self, user: int) -> bool:
        """Whether it is about ``user``, or, where it cannot be read, has that number anywhere."""
        if self.user is not None:
            return self.user == user
        return re.search(rb"(?<!\d)%d(?!\d)" % user, self.wire.body) is not None

    def summary(self, moment: Moment) -> dict[str, object]:
        """One line of a list."""
        age = self.age(moment)
        return {
            "queue": self.grave,
            "id": self.id,
            "type": self.wire.type,
            "reason": self.reason,
            "user": self.user,
            "age_seconds": None if age is None else round(age.total_seconds(), 3),
            "made": self.made,
            "attempts": self.attempts,
            "too_old": not self.may_return(moment),
        }

    def whole(self, moment: Moment) -> dict[str, object]:
        """All that may be shown: no secret, and no link that still opens something."""
        return self.summary(moment) | {
            "returns_to": self.work.name,
            "correlation_id": self.wire.correlation_id,
            "error": self.error,
            "headers": {
                name: _shown(value) for name, value in self.headers.items() if name.lower() not in _SECRET_HEADERS
            },
            "body": body_of(self.wire.body),
        }


@dataclass(frozen=True, slots=True)
class Filter:
    """Which letters are meant: those that fit all that is given.

    Attributes:
        reason: with this code.
        user: about this person, by Telegram's id.
        id: with exactly this message id.
        older_than: made longer ago; what cannot be read is of no age and never fits.
        younger_than: made since.
    """

    reason: str | None = None
    user: int | None = None
    id: str | None = None
    older_than: timedelta | None = None
    younger_than: timedelta | None = None

    def fits(self, letter: Letter, moment: Moment) -> bool:
        """Whether the letter is meant."""
        age = letter.age(moment)
        return (
            (self.reason is None or letter.reason == self.reason)
            and (self.user is None or letter.mentions(self.user))
            and (self.id is None or letter.id == self.id)
            and (self.older_than is None or (age is not None and age > self.older_than))
            and (self.younger_than is None or (age is not None and age < self.younger_than))
        )


def letter_of(grave: str, wire: Wire, headers: Mapping[str, Any]) -> Letter:
    """Read what can be read of a message in a grave.

    Raises:
        KeyError: no such grave in the topology.
    """
    work = work_of(grave)
    message = _message(wire)
    # Without its header an update would be read as made just now; all others have their time in the body.
    timed = message is not None and (TIME_HEADER in wire.headers or not isinstance(message, UpdateReceived))
    return Letter(
        grave=grave,
        work=work,
        wire=wire,
        id=message.id if message else str(wire.headers.get(ID_HEADER, "")),
        user=_user(message),
        made=message.time if message and timed else None,
        headers=headers,
    )


def work_of(grave: str) -> WorkQueue:
    """The queue that a grave is beside.

    Raises:
        KeyError: no such grave in the topology.
    """
    return {name: work for work in WORK_QUEUES for name in graves(work)}[grave]


def body_of(body: bytes) -> object:
    """A body for the eye: JSON where it is some, else text, else its length; cut where it is long."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return f"{len(body)} bytes that are no text"
    try:
        return _shown(json.loads(text))
    except (ValueError, RecursionError):
        return redact(text[:_MAX_SHOWN])


def redact(text: str) -> str:
    """Hide what looks like a secret, and what makes a signed link open something."""
    return mask(_SIGNED.sub(r"\1?***", text))


def _shown(value: Any) -> object:
    match value:
        case str():
            return redact(value[:_MAX_SHOWN])
        case dict():
            return {redact(str(name)): _shown(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_shown(inner) for inner in value]
        case bytes():
            return redact(value.decode(errors="replace"))
        case datetime() | int() | float() | None:
            return value
        case _:
            return redact(str(value))


def _message(wire: Wire) -> Message | None:
    try:
        return decode(wire)
    except (UnreadableError, TooNewError):
        return None


def _user(message: Message | None) -> int | None:
    if isinstance(message, UpdateReceived):
        return _sender(message.body)
    found = getattr(message, "user_id", None)
    return found if isinstance(found, int) else None


def _sender(body: bytes) -> int | None:
    """Who did what an update tells: each kind has them in ``from``."""
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(update, dict):
        return None
    for part in update.values():
        sender = part.get("from") if isinstance(part, dict) else None
        if isinstance(sender, dict) and str(sender.get("id", "")).lstrip("-").isdecimal():
            return int(sender["id"])
    return None
