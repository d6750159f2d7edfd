"""What an answer of the Bot API means, read from its status, its description and its parameters.

The wording is Telegram's (telegram-bot-api, Client.cpp); it has no codes finer than the status.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus
from typing import Final

DEFAULT_RETRY_AFTER: Final = 5.0
"""Seconds to be quiet when a 429 does not say how long."""


class Meaning(Enum):
    """What follows from a refusal."""

    UNREACHABLE = auto()
    """The person cannot be written to until they come back."""
    SLOW_DOWN = auto()
    """Flood limit: not now."""
    BAD_TOKEN = auto()
    """The bot itself is not let in: nothing can be sent at all."""
    BAD_FILE = auto()
    """The file_id is not one of this bot's (any more), or the URL is none."""
    NOT_FETCHED = auto()
    """Telegram could not get the media from the URL."""
    HOPELESS = auto()
    """The same request would be refused for ever."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A refusal as it came.

    Attributes:
        status: of HTTP, which is Telegram's ``error_code`` too.
        description: Telegram's words.
        retry_after: seconds, when given.
        migrated: the group became a supergroup of another id.
    """

    status: int
    description: str
    retry_after: float | None = None
    migrated: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal understood.

    Attributes:
        reason: a short code, safe to log and to count.
    """

    meaning: Meaning
    reason: str


_FORBIDDEN: Final = (
    ("blocked by the user", "blocked"),
    ("user is deactivated", "deactivated"),
    ("initiate conversation", "never-started"),
    ("kicked", "kicked"),
)
_BAD_REQUEST: Final = (
    ("chat not found", Meaning.UNREACHABLE, "chat-not-found"),
    ("wrong file identifier", Meaning.BAD_FILE, "bad-file"),
    ("wrong remote file identifier", Meaning.BAD_FILE, "bad-file"),
    ("can't use file of type", Meaning.BAD_FILE, "bad-file"),
    ("failed to get http url content", Meaning.NOT_FETCHED, "not-fetched"),
    ("wrong type of the web page content", Meaning.NOT_FETCHED, "not-fetched"),
    ("webpage_", Meaning.NOT_FETCHED, "not-fetched"),
    ("file is too big", Meaning.NOT_FETCHED, "too-big"),
    ("text is empty", Meaning.HOPELESS, "text-empty"),
    ("text must be non-empty", Meaning.HOPELESS, "text-empty"),
    ("too long", Meaning.HOPELESS, "too-long"),
    ("can't parse entities", Meaning.HOPELESS, "bad-html"),
    ("button", Meaning.HOPELESS, "bad-button"),
)


def understand(answer: Answer) -> Refusal:
    """What ``answer`` means."""
    said = answer.description.lower()
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS or answer.retry_after is not None:
        return Refusal(Meaning.SLOW_DOWN, "flood")
    if answer.migrated:
        return Refusal(Meaning.HOPELESS, "migrated")
    if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND}:
        return Refusal(Meaning.BAD_TOKEN, "bad-token")
    if answer.status == HTTPStatus.FORBIDDEN:
        return Refusal(Meaning.UNREACHABLE, next((code for words, code in _FORBIDDEN if words in said), "forbidden"))
    if answer.status == HTTPStatus.BAD_REQUEST:
        for words, meaning, code in _BAD_REQUEST:
            if words in said:
                return Refusal(meaning, code)
    return Refusal(Meaning.HOPELESS, f"telegram-{answer.status}")
