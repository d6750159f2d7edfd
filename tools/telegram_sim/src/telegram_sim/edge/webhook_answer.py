"""Reading what a webhook answers, and no more of it than the server would (td, HttpReader.cpp)."""

import json
import os
import socket
from http import HTTPStatus
from urllib.parse import parse_qsl

import aiohttp

from telegram_sim.core.types import Json
from telegram_sim.core.webhook.courier import Outcome
from telegram_sim.core.webhook.schedule import retry_after_of

MAX_PARAMETERS = 1 << 20
"""Bytes of an answer that may ask for a method, that is JSON or a form (MAX_TOTAL_PARAMETERS_LENGTH)."""
MAX_CONTENT = 4000 << 20
"""Bytes of any other, which is read and forgotten (MAX_FILE_SIZE)."""
MAX_HEADERS = 1 << 18
"""Bytes (MAX_TOTAL_HEADERS_LENGTH)."""
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"


async def outcome_of(answer: aiohttp.ClientResponse) -> Outcome:
    """Return what an answer means, once it has been read.

    Raises:
        ClientError: it ends before its end.
    """
    kind = answer.headers.get("Content-Type", "").lower()
    asks = _JSON in kind or _FORM in kind
    content = bytearray()
    length = 0
    # Without a length there is nothing, whatever follows (do_read_next).
    if answer.content_length is not None or "chunked" in answer.headers.get("Transfer-Encoding", "").lower():
        async for chunk in answer.content.iter_any():
            length += len(chunk)
            if length > (MAX_PARAMETERS if asks else MAX_CONTENT):
                what = "too many parameters" if asks else f"file of size {length} is too big to be uploaded"
                return Outcome(error=f"Request Entity Too Large: {what}")
            if asks:
                content += chunk
    wait = retry_after_of(answer.headers.get("Retry-After", ""))
    asked = _arguments(kind, bytes(content)) if answer.status < HTTPStatus.MULTIPLE_CHOICES else None
    return Outcome.answered(answer.status, answer.reason or "", wait, asked, kept=_stays_open(answer))


def broken(cause: aiohttp.ClientError | TimeoutError | UnicodeError) -> Outcome:
    """Return what a request without a whole answer means, in the words of td's HttpConnectionBase.cpp."""
    if isinstance(cause, TimeoutError):
        return Outcome(error="Read timeout expired")
    if isinstance(cause, aiohttp.ClientSSLError):
        return Outcome(error=_handshake(cause))
    if isinstance(cause, aiohttp.ClientOSError):
        told = cause.os_error if isinstance(cause, aiohttp.ClientConnectorError) else cause
        if not (isinstance(told, ConnectionResetError) and told.errno is None):  # closed in peace amid a handshake
            return Outcome(error=_reason(told))
    if isinstance(cause, aiohttp.ClientResponseError):
        return Outcome(error="Not Implemented")  # no HTTP (td, HttpReader.cpp, parse_head)
    if isinstance(cause, UnicodeError):
        return Outcome(error="Name or service not known")
    return Outcome(error="Webhook connection closed", public=False)


def _handshake(cause: aiohttp.ClientSSLError) -> str:
    """Word a failed handshake (td, SslStream.cpp; the reasons are OpenSSL's)."""
    if isinstance(cause, aiohttp.ClientConnectorCertificateError):
        return "SSL error {error:0A000086:SSL routines::certificate verify failed}"
    reason = getattr(cause.os_error, "reason", None) or "HANDSHAKE_FAILURE"
    return f"SSL error {{{reason.lower().replace('_', ' ')}}}"


def _reason(cause: OSError) -> str:
    if isinstance(cause, socket.gaierror) or cause.errno is None:
        return cause.strerror or "Connection refused"
    return os.strerror(cause.errno)


def _stays_open(answer: aiohttp.ClientResponse) -> bool:
    said = answer.headers.get("Connection")
    return answer.version == aiohttp.HttpVersion11 if said is None else said.lower() != "close"


def _arguments(kind: str, content: bytes) -> Json | None:
    """Read the method that an answer asks for, as JSON or as a form (docs, "Making requests when getting updates")."""
    if not content:
        return None
    if _FORM in kind:
        return dict(parse_qsl(content.decode("utf-8", "replace"))) or None
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
