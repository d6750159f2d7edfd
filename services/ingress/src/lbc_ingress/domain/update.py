"""Reading the few facts that ingress needs from the body of an update, whatever else is in it.

Everything with a readable ``update_id`` is let in, however odd: a refusal would make Telegram send it again and hold
back its queue. What it means is decided behind the broker.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final, cast

MAX_UPDATE_ID: Final = 2**63 - 1
"""AMQP headers carry signed 64-bit numbers; Telegram's ids need 32."""

MAX_CALLBACK_ID: Final = 256
_MAX_DIGITS: Final = 19

_PEOPLE: Final = ("from", "user")
"""Where an update's kinds name the person: ``user`` in poll answers, reactions and business connections."""

TOKEN: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|(?P<unclosed>\\?\Z))|[\[\]{}]', re.DOTALL)
"""A string or a bracket. From a quote on it always matches, if need be to the end of the text: a string that failed to
match would be scanned anew from each quote in it, which holds up the whole process for minutes."""

_CLOSES: Final = {"]": "[", "}": "{"}


class NotAnUpdateError(ValueError):
    """The body is no JSON object with an ``update_id``; the message is for whoever sent it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What ingress knows of an update.

    Attributes:
        update_id: 0 to ``MAX_UPDATE_ID``.
        person: Telegram's id of who caused it, if it says so.
        callback_id: set for a pressed button, whose spinner waits for an answer.
    """

    update_id: int
    person: int | None = None
    callback_id: str | None = None


def read_update(body: bytes) -> Facts:
    """Read the facts.

    Bytes that are no UTF-8 are tolerated, as are lone surrogates, NaN and repeated keys (the last one counts, as
    anywhere in Python): the body itself goes on byte for byte.

    Raises:
        NotAnUpdateError: not JSON, not an object, or without a usable ``update_id``.
    """
    document = _parse(body.decode("utf-8", "replace"))
    if not isinstance(document, dict):
        raise NotAnUpdateError("the body must be a JSON object")
    update = cast("dict[str, object]", document)
    if "update_id" not in update:
        raise NotAnUpdateError("update_id is missing")
    update_id = _number(update["update_id"])
    if update_id is None or not 0 <= update_id <= MAX_UPDATE_ID:
        raise NotAnUpdateError("update_id must be a whole number from 0 to 2^63-1, or such a number as a string")
    return Facts(update_id, _person(update), _callback_id(update))


def _parse(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise NotAnUpdateError("the body must be JSON") from None
    except (RecursionError, ValueError):
        # Valid perhaps, but nested too deep or with a number too long for Python: its top level still reads.
        return _parse_top_level(text)


def _parse_top_level(text: str) -> object:
    """Parse with every nested container taken as null, in time linear to the text and without recursion."""
    kept: list[str] = []
    opened: list[str] = []
    position = 0
    for token in TOKEN.finditer(text):
        if token.lastgroup == "unclosed":
            raise NotAnUpdateError("the body must be JSON")
        mark = token[0]
        if mark in "[{":
            opened.append(mark)
            if len(opened) == 2:  # noqa: PLR2004 - the first level below the top
                kept += (text[position : token.start()], "null")
        elif mark in "]}":
            if not opened or opened.pop() != _CLOSES[mark]:
                raise NotAnUpdateError("the body must be JSON")
            if len(opened) == 1:
                position = token.end()
    if opened:
        raise NotAnUpdateError("the body must be JSON")
    kept.append(text[position:])
    try:
        return json.loads("".join(kept), parse_int=_short_int)
    except json.JSONDecodeError:
        raise NotAnUpdateError("the body must be JSON") from None


def _short_int(digits: str) -> int | None:
    return int(digits) if len(digits) <= _MAX_DIGITS + 1 else None


def _number(value: object) -> int | None:
    if isinstance(value, int):
        return None if isinstance(value, bool) else value
    if isinstance(value, str) and len(value) <= _MAX_DIGITS + 1:
        digits = value.removeprefix("-")
        if digits.isascii() and digits.isdigit():
            return int(value)
    return None


def _person(update: dict[str, object]) -> int | None:
    for part in update.values():
        if isinstance(part, dict):
            for key in _PEOPLE:
                person = part.get(key)
                if isinstance(person, dict) and (found := _number(person.get("id"))) is not None:
                    return found
    return None


def _callback_id(update: dict[str, object]) -> str | None:
    query = update.get("callback_query")
    if not isinstance(query, dict):
        return None
    found = query.get("id")
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found) if abs(found) <= MAX_UPDATE_ID else None
    return found if isinstance(found, str) and 0 < len(found) <= MAX_CALLBACK_ID else None
