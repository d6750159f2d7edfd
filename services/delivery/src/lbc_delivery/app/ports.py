"""What delivery needs from the world, and how the world says no."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from lbc_delivery.domain.claims import Claimed, Row, Terminal
from lbc_delivery.domain.drafts import Draft
from lbc_delivery.domain.refusals import Answer

TELEGRAM = "telegram"
PAUSED = "paused"
"""Dependencies by name, as they are probed; a pause asked for by an operator is one of them."""


class ChatAction(StrEnum):
    """What the person sees the bot doing before a slow message."""

    UPLOAD_VIDEO = "upload_video"
    RECORD_VOICE = "record_voice"


@dataclass(frozen=True, slots=True)
class Receipt:
    """Telegram's word that the person has the message.

    Attributes:
        file_id: of its video or audio, to send it again without a fetch.
    """

    message_id: int
    file_id: str | None = None


class BotApiError(Exception):
    """A call that brought no result; its text never holds the token."""


class NotSentError(BotApiError):
    """Not a byte of the request was written, so sending again cannot double it."""


class FateUnknownError(BotApiError):
    """The request was written and no answer tells what became of it.

    Attributes:
        cause: a short code of a bounded set.
    """

    def __init__(self, cause: str, detail: str = "") -> None:
        super().__init__(f"{cause}: {detail}" if detail else cause)
        self.cause = cause


class RefusedError(BotApiError):
    """Telegram has answered no; surely nothing was sent."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"{answer.status}: {answer.description}")
        self.answer = answer


class BotApi(Protocol):
    """The Bot API, as far as it is called here.

    Whatever becomes of a request, calls raise :class:`BotApiError` and nothing else; anything else is a bug of ours
    before there was one.
    """

    async def send(self, draft: Draft) -> Receipt:
        """Send one message, once: no retry of its own."""
        ...

    async def act(self, chat_id: int, action: ChatAction) -> None:
        """Show what the bot is doing, for some seconds."""
        ...

    async def probe(self) -> None:
        """Return if the API answers to our token."""
        ...


class Deliveries(Protocol):
    """The rows by command id. Every call may raise ``DependencyDown``; a write may have happened all the same."""

    async def claim(self, command_id: str, claim: Claimed, *, over: Claimed | None) -> Row | None:
        """Write ``claim`` if the row is ``over`` (None: if there is none).

        Returns:
            The row that stands afterwards: ``claim`` itself, or what another has written; None if it has vanished.
        """
        ...

    async def mark(self, command_id: str, owner: str, end: Terminal) -> Row | None:
        """Write ``end`` over a claim of ``owner``; returns the row that stands afterwards."""
        ...

    async def release(self, command_id: str, owner: str) -> None:
        """Remove a claim of ``owner``, if there is one."""
        ...

    async def read(self, command_id: str) -> Row | None:
        """The row, as all writes so far have left it."""
        ...


class Files(Protocol):
    """The file_ids by :func:`lbc_delivery.domain.sources.file_key`. Every call may raise ``DependencyDown``."""

    async def get(self, key: str) -> str | None:
        """The file_id, if one is known."""
        ...

    async def put(self, key: str, file_id: str) -> None:
        """Remember it; the last one wins."""
        ...

    async def drop(self, key: str, file_id: str) -> None:
        """Forget it, unless another took its place."""
        ...


class Tombstones(Protocol):
    """What is left of people who were erased. Every call may raise ``DependencyDown``."""

    async def erased_sessions(self, bot: str, user_id: int) -> int:
        """The person's sessions up to this one were erased, and nothing of them may be sent; -1 if none were."""
        ...


class PauseSwitch(Protocol):
    """The operator's row."""

    async def paused(self) -> bool:
        """Whether sending is to rest. May raise ``DependencyDown``."""
        ...


class Meter(Protocol):
    """What is counted."""

    def sent(self, kind: str, result: str) -> None:
        """A command of that kind of content came to that end."""
        ...

    def doubtful(self, cause: str) -> None:
        """A person may get a message twice."""
        ...

    def file_id(self, result: str) -> None:
        """A medium was looked up."""
        ...
