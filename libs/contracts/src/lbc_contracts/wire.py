"""Messages as AMQP carries them: a type, a version, routing facts in headers, and a body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import ValidationError

from lbc_contracts.messages import MESSAGES, Message, UpdateReceived

VERSION_HEADER = "x-lbc-version"
ID_HEADER = "x-lbc-id"
BOT_HEADER = "x-lbc-bot"
UPDATE_ID_HEADER = "x-lbc-update-id"
TIME_HEADER = "x-lbc-time"

HeaderValue = str | int

_BY_TYPE = {message.TYPE: message for message in MESSAGES}


class UnreadableError(ValueError):
    """The bytes are not the message that they claim to be."""


class TooNewError(ValueError):
    """The message is of a newer version than this code reads: park it for the code that does."""


@dataclass(frozen=True, slots=True)
class Wire:
    """One message, encoded. The message id of AMQP is not here: every publish attempt has its own."""

    type: str
    correlation_id: str
    body: bytes
    headers: Mapping[str, HeaderValue] = field(default_factory=dict)


def encode(message: Message) -> Wire:
    """Encode for the broker; an update keeps the very bytes that Telegram sent.

    What was read in an older version and is passed on has the fields of this code, so it is written in this code's
    version: the older code could not read it, and must park it.
    """
    if message.version != message.VERSION:
        message = message.model_copy(update={"version": message.VERSION})
    headers: dict[str, HeaderValue] = {VERSION_HEADER: message.version, ID_HEADER: message.id}
    if isinstance(message, UpdateReceived):
        headers |= {
            BOT_HEADER: message.bot,
            UPDATE_ID_HEADER: message.update_id,
            TIME_HEADER: message.time.isoformat(),
        }
        body = message.body
    else:
        body = message.model_dump_json(exclude_defaults=False).encode()
    return Wire(message.TYPE, message.correlation_id, body, headers)


def decode(wire: Wire) -> Message:
    """Read a message back.

    Raises:
        TooNewError: a version above ours.
        UnreadableError: an unknown type, or a body that does not fit it.
    """
    model = _BY_TYPE.get(wire.type)
    if model is None:
        raise UnreadableError(f"unknown message type {wire.type!r}")
    version = wire.headers.get(VERSION_HEADER)
    if not isinstance(version, int) or isinstance(version, bool):
        raise UnreadableError(f"{wire.type}: header {VERSION_HEADER} is missing or no number")
    if version > model.VERSION:
        raise TooNewError(f"{wire.type}: version {version}, this code reads up to {model.VERSION}")
    try:
        if model is UpdateReceived:
            return _decode_update(wire)
        return model.model_validate_json(wire.body)
    except ValidationError as error:
        where = ", ".join(".".join(map(str, e["loc"])) or "body" for e in error.errors()[:5])
        raise UnreadableError(f"{wire.type}: does not fit its model at {where}") from None


def _decode_update(wire: Wire) -> UpdateReceived:
    headers = wire.headers
    return UpdateReceived.model_validate(
        {
            "version": headers[VERSION_HEADER],
            "id": headers.get(ID_HEADER),
            "correlation_id": wire.correlation_id,
            "time": headers.get(TIME_HEADER, datetime.now(UTC)),
            "bot": headers.get(BOT_HEADER),
            "update_id": headers.get(UPDATE_ID_HEADER),
            "body": wire.body,
        }
    )
