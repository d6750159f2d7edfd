"""Where a person came from: start tokens read, and the first and the last touch kept.

The forms read here are those of the old system. They prove nothing, so all they say is kept as unverified. A token that
cannot be read never stands in a person's way; the reason is counted.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qs

MAX_TOKEN: Final = 64
"""Characters of a start parameter (Bot API 10.3)."""
MAX_FIELD: Final = 64
LEGACY_LIFE: Final = 7 * 24 * 3600
"""Seconds that a legacy token is good for."""
_CLOCK_SKEW: Final = 3600  # seconds that a token may come from the future

ORGANIC: Final = "organic"
UNVERIFIED: Final = "unverified"
_FIELDS: Final[tuple[str, ...]] = ("ref", "utm_source", "utm_medium", "utm_campaign")
_ALPHABET: Final = re.compile(r"[A-Za-z0-9_\-+/=]+", re.ASCII)
_REF: Final = re.compile(r"ref_([A-Za-z0-9-]{1,60})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Touch:
    """One way in which a person came to us.

    Attributes:
        reason: `ORGANIC`, `UNVERIFIED`, or why the token says nothing.
        date: of the /start (s, Telegram's clock); with ``message_id`` it orders touches.
        referrer: who sent them, in the words of the token.
        verified: whether the token proved what it says.
    """

    date: int
    message_id: int
    reason: str = ORGANIC
    source: str = ""
    medium: str = ""
    campaign: str = ""
    referrer: str = ""
    verified: bool = False

    @property
    def order(self) -> tuple[int, int]:
        """Earliest first, however late it was processed."""
        return (self.date, self.message_id)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a token says."""

    referrer: str = ""
    source: str = ""
    medium: str = ""
    campaign: str = ""
    verified: bool = False


Reader = Callable[[str, int], "Claim | str | None"]
"""Reads one form of token at a date (s): what it claims, why it is refused, or None when it is of another form."""


def read_plain(token: str, _date: int) -> Claim | str | None:
    """`ref_xxx`: a referrer alone."""
    match = _REF.fullmatch(token)
    return Claim(referrer=match[1]) if match else None


def read_pipes(token: str, date: int) -> Claim | str | None:
    """base64url of `ref|utm_source|utm_medium|utm_campaign|nonce|ts`, good for seven days after ts (s)."""
    text = _decoded(token)
    if text is None or "|" not in text:
        return None
    parts = text.split("|")
    if len(parts) != len(_FIELDS) + 2 or not re.fullmatch(r"[0-9]{1,11}", parts[-1]):
        return "malformed"
    if not -_CLOCK_SKEW <= date - int(parts[-1]) <= LEGACY_LIFE:
        return "expired"
    return _claim(dict(zip(_FIELDS, parts, strict=False)))


def read_query(token: str, _date: int) -> Claim | str | None:
    """base64 of a query string such as `ref=7&utm_source=mail`."""
    text = _decoded(token)
    if text is None or "=" not in text:
        return None
    try:
        values = parse_qs(text, max_num_fields=16)
    except ValueError:
        return "malformed"
    known = {name: values[name][0] for name in _FIELDS if name in values}
    return _claim(known) if known else "malformed"


LEGACY: Final[tuple[Reader, ...]] = (read_plain, read_pipes, read_query)
"""The old system's forms, in the order in which they are tried."""


def read_touch(token: str, *, user_id: int, date: int, message_id: int, readers: Sequence[Reader]) -> Touch:
    """The touch that a /start with ``token`` is.

    Args:
        token: as Telegram handed it over, "" without one.
        user_id: of the person; nobody refers themselves.
        date: of the message (s).
        message_id: of the message.
        readers: forms that count, tried in order; the first that knows the form has the say.
    """
    touch = Touch(date=date, message_id=message_id)
    if not token:
        return touch
    claim = _read(token, date, readers)
    if isinstance(claim, str):
        return replace(touch, reason=claim)
    own = claim.referrer == str(user_id)
    return replace(
        touch,
        reason="self_referral" if own else "verified" if claim.verified else UNVERIFIED,
        source=claim.source,
        medium=claim.medium,
        campaign=claim.campaign,
        referrer="" if own else claim.referrer,
        verified=claim.verified,
    )


def earlier(known: Touch | None, new: Touch) -> Touch:
    """The first of two touches; an organic start counts as one."""
    return new if known is None or new.order < known.order else known


def later(known: Touch | None, new: Touch) -> Touch:
    """The last of two touches."""
    return new if known is None or new.order > known.order else known


def _read(token: str, date: int, readers: Sequence[Reader]) -> Claim | str:
    if len(token) > MAX_TOKEN:
        return "too_long"
    for reader in readers:
        found = reader(token, date)
        if found is not None:
            return found
    return "unknown_form"


def _decoded(token: str) -> str | None:
    """The text in base64 of either alphabet, with or without padding; None when it is none."""
    if not _ALPHABET.fullmatch(token):
        return None
    body = token.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _claim(fields: Mapping[str, str]) -> Claim:
    clean = {name: _clean(value) for name, value in fields.items()}
    return Claim(
        referrer=clean.get("ref", ""),
        source=clean.get("utm_source", ""),
        medium=clean.get("utm_medium", ""),
        campaign=clean.get("utm_campaign", ""),
    )


def _clean(value: str) -> str:
    return "".join(char for char in value if char.isprintable())[:MAX_FIELD]
