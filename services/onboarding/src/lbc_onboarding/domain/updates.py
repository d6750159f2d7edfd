"""Telegram updates read, with nothing believed: whoever found the webhook's secret could send anything.

Three ends: something that concerns a person, something valid that is of no use to us, and something not understood.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from lbc_contracts.ids import callback_event, update_event
from lbc_onboarding.domain import buttons
from lbc_onboarding.domain.attribution import MAX_TOKEN
from lbc_onboarding.domain.inputs import Input, Membership, Person, Said, Written

MAX_TEXT: Final = 512
"""Characters of a text that are looked at; commands are shorter."""
_TOKEN: Final = re.compile(r"[A-Za-z0-9_+/=-]*", re.ASCII)
_MARK: Final = "?"
_MAX_NAME: Final = 256
_MAX_CALLBACK_ID: Final = 256
_LANGUAGE: Final = re.compile(r"[A-Za-z0-9_-]{1,35}", re.ASCII)
_COMMAND: Final = re.compile(
    r"/(start|restart|help|privacy|delete_me|language)(?:@[a-z0-9_]{1,64})?(?:\s+(\S.*))?",
    re.ASCII | re.IGNORECASE | re.DOTALL,
)
_DIGITS: Final = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_AWAY: Final = frozenset({"kicked", "left"})
_HERE: Final = frozenset({"member", "administrator", "creator", "restricted"})


class NotUnderstoodError(Exception):
    """An update that does not have the shape that Telegram documents.

    Attributes:
        reason: a short code.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Ignored:
    """A valid update of no use to us; ``reason`` is a short code to count."""

    reason: str


@dataclass(frozen=True, slots=True)
class Understood:
    """An update that concerns a person."""

    event_id: str
    person: Person
    what: Input


def read(body: bytes, *, bot: str, update_id: int, at: int) -> Understood | Ignored:
    """Read an update.

    Args:
        body: the bytes that Telegram sent.
        bot: whose update it is.
        update_id: as ingress found it.
        at: when ingress received it (ms).

    Raises:
        NotUnderstoodError: the shape is not the documented one.
    """
    update = _parsed(body)
    if "message" in update:
        return _message(_object(update, "message"), update_event(bot, update_id), at)
    if "callback_query" in update:
        return _callback(_object(update, "callback_query"), bot, at)
    if "my_chat_member" in update:
        return _membership(_object(update, "my_chat_member"), update_event(bot, update_id), at)
    return Ignored("kind")


def _message(message: Mapping[str, Any], event_id: str, at: int) -> Understood | Ignored:
    chat = _object(message, "chat")
    if ignored := _elsewhere(chat):
        return ignored
    person = _person(_object(message, "from"))
    if isinstance(person, Ignored) or _integer(chat, "id") != person.user_id:
        return person if isinstance(person, Ignored) else Ignored("foreign_chat")
    said, payload = _said(message.get("text"))
    what = Written(said, _positive(message, "message_id"), _positive(message, "date"), at, payload)
    return Understood(event_id, person, what)


def _callback(query: Mapping[str, Any], bot: str, at: int) -> Understood | Ignored:
    callback_id = query.get("id")
    if not isinstance(callback_id, str) or not 0 < len(callback_id) <= _MAX_CALLBACK_ID:
        raise NotUnderstoodError("callback_id")
    person = _person(_object(query, "from"))
    if isinstance(person, Ignored):
        return person
    message = query.get("message")
    message_id = None
    if isinstance(message, dict):
        if ignored := _elsewhere(_object(message, "chat")):
            return ignored
        message_id = _positive(message, "message_id")
    data = query.get("data")
    what = buttons.read(data if isinstance(data, str) else "", at=at, message_id=message_id)
    return Understood(callback_event(bot, _clean(callback_id)), person, what)


def _membership(update: Mapping[str, Any], event_id: str, at: int) -> Understood | Ignored:
    chat = _object(update, "chat")
    if ignored := _elsewhere(chat):
        return ignored
    person = _person(_object(update, "from"))
    if isinstance(person, Ignored) or _integer(chat, "id") != person.user_id:
        return person if isinstance(person, Ignored) else Ignored("foreign_chat")
    status = _object(update, "new_chat_member").get("status")
    if not isinstance(status, str) or status not in _AWAY | _HERE:
        raise NotUnderstoodError("status")
    return Understood(event_id, person, Membership(status in _AWAY, _positive(update, "date"), at))


def _said(text: object) -> tuple[Said, str]:
    """The command that a text is, and a /start's token; anything else is TEXT, a photo or an empty text as well."""
    match = _COMMAND.fullmatch(_clean(text[:MAX_TEXT]).strip()) if isinstance(text, str) else None
    if match is None:
        return Said.TEXT, ""
    said = Said(match[1].lower())
    return said, _token((match[2] or "").strip()) if said is Said.START else ""


def _token(after: str) -> str:
    """What follows a /start, as far as it is kept: one character more than a token has tells that it is none.

    People write words there, too, and those are theirs: a mark stands for each character of what cannot be a token.
    """
    kept = after[: MAX_TOKEN + 1]
    return kept if _TOKEN.fullmatch(after) else _MARK * len(kept)


def _elsewhere(chat: Mapping[str, Any]) -> Ignored | None:
    """Groups and channels are not where this conversation takes place."""
    kind = chat.get("type", "private")
    if not isinstance(kind, str):
        raise NotUnderstoodError("chat_type")
    return None if kind == "private" else Ignored("not_private")


def _person(sender: Mapping[str, Any]) -> Person | Ignored:
    if sender.get("is_bot") is True:
        return Ignored("bot")
    user_id = _positive(sender, "id")
    name = sender.get("first_name")
    language = sender.get("language_code")
    return Person(
        user_id=user_id,
        chat_id=user_id,
        name=_clean(name[:_MAX_NAME]) if isinstance(name, str) else "",
        language=language if isinstance(language, str) and _LANGUAGE.fullmatch(language) else None,
    )


def _parsed(body: bytes) -> Mapping[str, Any]:
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        raise NotUnderstoodError("json") from None
    if not isinstance(update, dict):
        raise NotUnderstoodError("no_object")
    return update


def _object(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = parent.get(name)
    if not isinstance(value, dict):
        raise NotUnderstoodError(name)
    return value


def _integer(parent: Mapping[str, Any], name: str) -> int:
    """A number, or one in a string of digits; within 64 bits."""
    value = parent.get(name)
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise NotUnderstoodError(name)
    return value


def _positive(parent: Mapping[str, Any], name: str) -> int:
    value = _integer(parent, name)
    if value < 0:
        raise NotUnderstoodError(name)
    return value


def _clean(text: str) -> str:
    """Without halves of surrogate pairs, which JSON can say and UTF-8 cannot."""
    return "".join(char for char in text if not "\ud800" <= char <= "\udfff")
