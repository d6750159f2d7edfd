"""Where Telegram takes a video or an audio from: a file it knows, or a link that lives long enough."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto

from lbc_contracts.messages import MAX_REFRESHES, Link, Send

LEAST_LIFE = timedelta(minutes=1)
"""What a link must still live when no fresher one is to be had: time for Telegram to fetch it."""


@dataclass(frozen=True, slots=True)
class FileId:
    """A file that Telegram has and gives to this bot: costs no fetch."""

    value: str


@dataclass(frozen=True, slots=True)
class Url:
    """An address that Telegram fetches from; who knows it may fetch too, so it is not shown."""

    value: str = field(repr=False)


Source = FileId | Url


class Missing(Enum):
    """Why there is no source, and so what is to be done."""

    REFRESH = auto()
    """Send the command back for a fresh link."""
    EXHAUSTED = auto()
    """It has been sent back often enough."""


def file_key(bot: str, link: Link) -> str:
    """Where the file_id of this version of this object is kept; a file_id is bound to one bot."""
    return f"{bot}:{link.object_key}:{link.etag}"


def choose(command: Send, file_id: str | None, now: datetime, min_life: timedelta) -> Source | Missing:
    """The source for a media command.

    A link that is about to end is renewed while that is allowed, and used to the last when it is not: the credentials
    that signed it may themselves have been about to end.

    Args:
        command: a video or a speech, with its link if it has one.
        file_id: what is known for that object.
        now: the time.
        min_life: below this a link is renewed.
    """
    if file_id is not None:
        return FileId(file_id)
    left = command.link.expires_at - now if command.link else timedelta()
    if command.link and left >= min_life:
        return Url(command.link.url)
    if command.refreshes < MAX_REFRESHES:
        return Missing.REFRESH
    if command.link and left >= LEAST_LIFE:
        return Url(command.link.url)
    return Missing.EXHAUSTED


def refreshed(command: Send) -> Send:
    """The command as it goes back for a fresh link."""
    return command.model_copy(update={"link": None, "refreshes": command.refreshes + 1})
