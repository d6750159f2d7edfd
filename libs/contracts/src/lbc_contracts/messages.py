"""Every message between services: frozen, versioned, and readable one release before it is written.

A change of shape needs a new ``VERSION`` (a test keeps the fingerprints). A consumer that meets a version above its
own parks the message, so a rollback loses nobody.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from lbc_contracts.ids import Step
from lbc_contracts.voices import PollyEngine

BotName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,64}$")]
Id = Annotated[str, StringConstraints(min_length=1, max_length=512)]
TelegramId = Annotated[int, Field(ge=-(2**63), lt=2**63)]

MAX_REFRESHES = 2
"""How often delivery may send a command back for a fresh link before it gives up."""


class Part(BaseModel):
    """A piece of a message: immutable, and strict about what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Message(Part):
    """What all messages carry.

    Attributes:
        id: identity of this message's content; equal ids mean equal effects.
        correlation_id: the update that began it all, through every hop.
        time: when the message was made (UTC).
    """

    TYPE: ClassVar[str]
    VERSION: ClassVar[int]

    version: int
    id: Id
    correlation_id: Id
    time: AwareDatetime


class UpdateReceived(Message):
    """An authentic Telegram update, its body byte for byte as it came; everything else travels in headers."""

    TYPE: ClassVar[str] = "update-received"
    VERSION: ClassVar[int] = 1

    version: Literal[1] = 1
    bot: BotName
    update_id: int
    body: bytes = Field(exclude=True)


class Button(Part):
    """An inline button: either ``data`` that comes back when tapped (at most 64 bytes), or a ``url`` to open."""

    label: str = Field(min_length=1, max_length=128)
    data: str | None = Field(default=None, max_length=64)
    url: str | None = Field(default=None, max_length=2048)


Buttons = tuple[tuple[Button, ...], ...]


class Text(Part):
    """A text message in Telegram's HTML."""

    kind: Literal["text"] = "text"
    html: str = Field(min_length=1, max_length=16_384)
    buttons: Buttons = ()


class Video(Part):
    """A video of the brand, named by its key in the assets bucket."""

    kind: Literal["video"] = "video"
    object_key: str = Field(min_length=1, max_length=1024)
    caption: str = Field(max_length=4096)
    buttons: Buttons = ()


class Speech(Part):
    """Words to be spoken; made once for each brand, language, voice, engine and text.

    Attributes:
        words: plain text that the voice says.
        language: BCP-47 tag of the voice, such as ``es-ES``.
        voice: Polly's name of the voice.
        engine: Polly's engine, which must be one that the voice has.
        espeak: espeak-ng's voice, for machines without AWS; None for the one of ``language``.
        title: what the audio player shows.
    """

    kind: Literal["speech"] = "speech"
    words: str = Field(min_length=1, max_length=3000)
    language: str
    voice: str
    engine: PollyEngine = "neural"
    espeak: str | None = None
    title: str
    caption: str = Field(max_length=4096)
    buttons: Buttons = ()


Content = Annotated[Text | Video | Speech, Field(discriminator="kind")]


class Link(Part):
    """A signed URL to an object that existed when it was signed.

    Attributes:
        expires_at: when the URL surely ends, the life of the signing credentials included.
        object_key: bucket and key, for file_id reuse and error messages; never the URL.
        etag: version of the object; another etag is another file.
        size: bytes.
    """

    url: str = Field(repr=False)
    expires_at: AwareDatetime
    object_key: str
    content_type: str
    size: int
    etag: str


class Send(Message):
    """The command to bring one message to one person, under one idempotency key (``id``).

    It says all that will be said, so the services after onboarding need no state: media and tts add ``link`` and pass
    it on under the same id; delivery clears the link to ask for a fresh one.

    Attributes:
        step: the step that this message is, or None for a reply that moves no state.
        attempt: rises only when the attempt before is known to be refused or given up.
        fallback: said instead when Telegram cannot fetch the media; delivery adds a link button to it.
        refreshes: how often the link was renewed (at most ``MAX_REFRESHES``).
    """

    TYPE: ClassVar[str] = "send"
    VERSION: ClassVar[int] = 1

    version: Literal[1] = 1
    bot: BotName
    user_id: TelegramId
    chat_id: TelegramId
    session: int = Field(ge=1)
    step: Step | None = None
    attempt: int = Field(default=1, ge=1)
    content: Content
    fallback: Text | None = None
    link: Link | None = None
    refreshes: int = Field(default=0, ge=0, le=MAX_REFRESHES)


class OutcomeKind(StrEnum):
    """How a command ended."""

    DELIVERED = "delivered"
    FAILED = "failed"
    UNREACHABLE = "unreachable"


class Outcome(Message):
    """What became of a command.

    ``id`` is ``<command id>:delivered``, or ``<command id>:<kind>:<correlation id>`` for the rest: who asks again for
    something that fails again is told again.

    Attributes:
        refused: delivery holds a terminal row, so this attempt will never be sent; the next ask needs a new attempt.
        message_id: Telegram's id of the message, when delivered.
        at: when it happened, which a redelivery does not change.
        reason: a short code, safe to log and to count.
    """

    TYPE: ClassVar[str] = "outcome"
    VERSION: ClassVar[int] = 1

    version: Literal[1] = 1
    bot: BotName
    user_id: TelegramId
    chat_id: TelegramId
    command_id: Id
    session: int = Field(ge=1)
    step: Step | None = None
    attempt: int = Field(default=1, ge=1)
    kind: OutcomeKind
    reason: str = Field(default="", max_length=200)
    refused: bool = False
    message_id: int | None = None
    at: AwareDatetime


class StepDue(Message):
    """The sweeper found a step pending past its time; ``wake`` counts how often it was woken before."""

    TYPE: ClassVar[str] = "step-due"
    VERSION: ClassVar[int] = 1

    version: Literal[1] = 1
    bot: BotName
    user_id: TelegramId
    session: int = Field(ge=1)
    step: Step
    attempt: int = Field(ge=1)
    wake: int = Field(ge=0)


class OrderKind(StrEnum):
    """What an operator wants for a person."""

    RESEND = "resend"
    RESET = "reset"


class Order(Message):
    """An operator's order about one person, as they saw them: what has changed meanwhile makes it mean nothing.

    Attributes:
        kind: ``resend`` gives the pending or failed step up under this attempt and asks for it under the next one;
            ``reset`` leads back to the start, as /restart does.
        session: in which the operator saw them.
        step: to be sent again; None for ``reset``.
        attempt: of that step, as the operator saw it.
    """

    TYPE: ClassVar[str] = "order"
    VERSION: ClassVar[int] = 1

    version: Literal[1] = 1
    bot: BotName
    user_id: TelegramId
    kind: OrderKind
    session: int = Field(ge=1)
    step: Step | None = None
    attempt: int = Field(default=1, ge=1)


MESSAGES: tuple[type[Message], ...] = (UpdateReceived, Send, Outcome, StepDue, Order)
"""All of them, for the tests, the docs and the decoder."""


def outcome_of(
    command: Send,
    kind: OutcomeKind,
    *,
    at: datetime,
    now: datetime,
    reason: str = "",
    refused: bool = False,
    message_id: int | None = None,
) -> Outcome:
    """The outcome that reports ``command`` to onboarding.

    Args:
        command: what was asked for.
        kind: how it ended.
        at: when it ended; stored by delivery, so that a replay says the same.
        now: when this report is made.
        reason: a short code.
        refused: whether this attempt is over for good.
        message_id: Telegram's id of what was sent.
    """
    tail = kind if kind is OutcomeKind.DELIVERED else f"{kind}:{command.correlation_id}"
    return Outcome(
        id=f"{command.id}:{tail}",
        correlation_id=command.correlation_id,
        time=now,
        bot=command.bot,
        user_id=command.user_id,
        chat_id=command.chat_id,
        command_id=command.id,
        session=command.session,
        step=command.step,
        attempt=command.attempt,
        kind=kind,
        reason=reason,
        refused=refused,
        message_id=message_id,
        at=at,
    )
