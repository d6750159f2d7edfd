"""What can happen to a person, as onboarding sees it. Times are ms since the epoch unless they say seconds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from lbc_contracts.ids import Step


class Said(StrEnum):
    """What a message of a person is."""

    START = "start"
    RESTART = "restart"
    HELP = "help"
    PRIVACY = "privacy"
    DELETE_ME = "delete_me"
    LANGUAGE = "language"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Person:
    """The sender, as Telegram describes them; the name is a stranger's input."""

    user_id: int
    chat_id: int
    name: str = ""
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A message.

    Attributes:
        said: which command, or TEXT for all else: stickers, photos, unknown commands.
        message_id: of Telegram; rises within a chat, our own messages included.
        date: when it was written (s, Telegram's clock).
        at: when ingress received it.
        payload: the start token, "" without one; question marks for words that cannot be one, since those are not kept.
    """

    said: Said
    message_id: int
    date: int
    at: int
    payload: str = ""


@dataclass(frozen=True, slots=True)
class Tap:
    """A pressed button.

    Attributes:
        step: what it asks for; None when the data is not ours.
        at: when ingress received it; Telegram dates no taps.
        session: that the button was made in; None on buttons of the old system.
        on: the step whose message carries the button, so proof that it arrived; None when it proves nothing.
        message_id: of that message.
    """

    step: Step | None
    at: int
    session: int | None = None
    on: Step | None = None
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """A pressed button that chooses a language.

    Attributes:
        language: of the pack that made the button.
        at: when ingress received it.
    """

    language: str
    at: int


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The pressed button that says: yes, forget me.

    Attributes:
        asked_at: when the question was put that the button stands below.
        at: when ingress received it.
    """

    asked_at: int
    at: int


@dataclass(frozen=True, slots=True)
class Membership:
    """The person blocked the bot, or took it back.

    Attributes:
        date: when (s, Telegram's clock).
        at: when ingress received it.
    """

    blocked: bool
    date: int
    at: int


class Ended(StrEnum):
    """How a command ended."""

    DELIVERED = "delivered"
    FAILED = "failed"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Reported:
    """The end of a command; ``step`` is None for replies. See `lbc_contracts.messages.Outcome`."""

    ended: Ended
    session: int
    step: Step | None
    attempt: int
    at: int
    refused: bool = False
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """The sweeper found the step overdue for the ``wake``-th time, ``at`` its clock."""

    session: int
    step: Step
    attempt: int
    wake: int
    at: int


@dataclass(frozen=True, slots=True)
class Ordered:
    """An operator wants ``step`` sent again under a new attempt, or, without a step, a new beginning.

    Attributes:
        session, attempt: in which they saw the person.
        at: when, by the operator's clock.
    """

    session: int
    step: Step | None
    attempt: int
    at: int


Pressed = Tap | Chosen | Confirmed
Input = Written | Pressed | Membership | Reported | Due | Ordered


def name_of(event: Input) -> str:
    """A bounded name for logs, metrics and the events table."""
    match event:
        case Written():
            return event.said.value
        case Membership():
            return "blocked" if event.blocked else "unblocked"
        case Reported():
            return event.ended.value
    return _NAMES[type(event)]


_NAMES: Final = {
    Tap: "tap",
    Chosen: "language_chosen",
    Confirmed: "delete_confirmed",
    Due: "due",
    Ordered: "ordered",
}
