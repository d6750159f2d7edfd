"""Start tokens of the old system. They prove nothing: whoever knows a form can write any."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs

MAX_FIELD: Final = 64
"""Characters of a field that are kept."""
LIFE: Final = 7 * 24 * 3600
"""Seconds that a dated token is good for."""
MALFORMED: Final = "malformed"
EXPIRED: Final = "expired"
_CLOCK_SKEW: Final = 3600  # seconds that a token may come from the future

_FIELDS: Final[tuple[str, ...]] = ("ref", "utm_source", "utm_medium", "utm_campaign")
_ALPHABET: Final = re.compile(r"[A-Za-z0-9_\-+/=]+", re.ASCII)
_REF: Final = re.compile(r"ref_([A-Za-z0-9-]{1,60})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyToken:
    """What a legacy token says."""

    referrer: str = ""
    source: str = ""
    medium: str = ""
    campaign: str = ""


Form = Callable[[str, int], LegacyToken | str | None]
"""Reads one form at a date (s): what it says, why it is refused, or None when it is of another form."""


def read_plain(token: str, _date: int) -> LegacyToken | str | None:
    """`ref_xxx`: a referrer alone."""
    match = _REF.fullmatch(token)
    return LegacyToken(referrer=match[1]) if match else None


def read_pipes(token: str, date: int) -> LegacyToken | str | None:
    """base64url of `ref|utm_source|utm_medium|utm_campaign|nonce|ts`, good for seven days after ts (s)."""
    text = _decoded(token)
    if text is None or "|" not in text:
        return None
    parts = text.split("|")
    if len(parts) != len(_FIELDS) + 2 or not re.fullmatch(r"[0-9]{1,11}", parts[-1]):
        return MALFORMED
    if not -_CLOCK_SKEW <= date - int(parts[-1]) <= LIFE:
        return EXPIRED
    return _said(dict(zip(_FIELDS, parts, strict=False)))


def read_query(token: str, _date: int) -> LegacyToken | str | None:
    """base64 of a query string such as `ref=7&utm_source=mail`."""
    text = _decoded(token)
    if text is None or "=" not in text:
        return None
    try:
        values = parse_qs(text, max_num_fields=16)
    except ValueError:
        return MALFORMED
    known = {name: values[name][0] for name in _FIELDS if name in values}
    return _said(known) if known else MALFORMED


FORMS: Final[dict[str, Form]] = {"plain": read_plain, "pipes": read_pipes, "query": read_query}
"""By name, in the order in which they are tried."""


def _decoded(token: str) -> str | None:
    """The text in base64 of either alphabet, with or without padding; None when it is none."""
    if not _ALPHABET.fullmatch(token):
        return None
    body = token.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _said(fields: Mapping[str, str]) -> LegacyToken:
    clean = {name: _clean(value) for name, value in fields.items()}
    return LegacyToken(
        referrer=clean.get("ref", ""),
        source=clean.get("utm_source", ""),
        medium=clean.get("utm_medium", ""),
        campaign=clean.get("utm_campaign", ""),
    )


def _clean(value: str) -> str:
    return "".join(char for char in value if char.isprintable())[:MAX_FIELD]
