"""Signed start tokens: 38 bytes that say who brought a person, in 51 of the 64 characters that a t.me link may carry.

    byte    0  version (high half) and key id (low half)
            1  capped (high bit) and purpose
         2- 6  campaign
         7-13  referrer, a Telegram id
        14-17  expiry (s since the epoch)
        18-21  nonce
        22-37  HMAC-SHA256 of the bytes before it and the bot's name, cut to 16 bytes

All numbers are big-endian, and 0 stands for none. The bot's name is not in the token, so another bot's never fits.
Pure: keys come as arguments.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from hashlib import sha256
from typing import Final

VERSION: Final = 1
"""Not a printable ASCII character's high half, so that no legacy token looks like one of these."""
LENGTH: Final = 51
"""Characters of a token."""
MAX_KEYS: Final = 16
MIN_SECRET: Final = 32
"""Characters of a key's secret."""
LAST_EXPIRY: Final = 2**32 - 1

_BODY: Final = 22  # bytes that are signed
_CAPPED: Final = 0x80
_CAMPAIGN: Final = slice(2, 7)
_REFERRER: Final = slice(7, 14)
_EXPIRY: Final = slice(14, 18)
_NONCE: Final = slice(18, 22)
_TOKEN: Final = re.compile(rf"[E-H][A-Za-z0-9_-]{{{LENGTH - 1}}}", re.ASCII)  # E to H: version 1, any key id
_CAMPAIGN_ID: Final = re.compile(r"[a-z2-7]{8}", re.ASCII)
_KEY: Final = re.compile(rf"([0-9]{{1,2}}):([!-~]{{{MIN_SECRET},1024}})", re.ASCII)
_LABEL: Final = b"lbc-start-token\0"


class Purpose(IntEnum):
    """What a token is for; one minted for something else proves nothing here."""

    CAMPAIGN = 1
    REFERRAL = 2


_PURPOSES: Final = frozenset(Purpose)


class Flaw(StrEnum):
    """Why a token of this form proves nothing; the values are reasons in rows and metrics."""

    MALFORMED = "malformed"
    UNKNOWN_PURPOSE = "unknown_purpose"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Key:
    """A signing key; ``id`` is 0 to 15, ``secret`` never leaves the process."""

    id: int
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StartToken:
    """What a token says.

    Attributes:
        purpose: what it is for.
        campaign: id of a campaign, "" for none.
        referrer: Telegram id of who sent the person, 0 for none.
        expires_at: second of the epoch up to which it counts.
        nonce: tells apart tokens that say the same.
        capped: it counts for so many people; the number is in the table of links.
    """

    purpose: Purpose
    campaign: str = ""
    referrer: int = 0
    expires_at: int
    nonce: int
    capped: bool = False


@dataclass(frozen=True, slots=True)
class Parsed:
    """A token taken apart; nothing in it is proven yet.

    Attributes:
        claims: what it says.
        key_id: of the key that it says it was signed with.
        body: the signed bytes.
        signature: over them and the bot's name.
    """

    claims: StartToken
    key_id: int
    body: bytes
    signature: bytes

    @property
    def link_id(self) -> str:
        """Names the link in the table of links, and gives nothing of the token away."""
        return base64.urlsafe_b64encode(sha256(self.body).digest()[:12]).decode()


def mint(claims: StartToken, *, bot: str, key: Key) -> str:
    """The token that says ``claims``, for this bot alone.

    Raises:
        ValueError: something does not fit into its bytes.
    """
    body = _packed(claims, key.id)
    return base64.urlsafe_b64encode(body + _signature(body, bot, key)).rstrip(b"=").decode()


def parse(text: str) -> Parsed | Flaw | None:
    """Take a token apart; no key is needed. None: it has another form."""
    if not _TOKEN.fullmatch(text):
        return None
    raw = base64.urlsafe_b64decode(text + "=")
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        return Flaw.MALFORMED  # the last character has two bits to spare: each token is to have one spelling
    body = raw[:_BODY]
    number = body[1] & ~_CAPPED
    if number not in _PURPOSES:
        return Flaw.UNKNOWN_PURPOSE
    claims = StartToken(
        purpose=Purpose(number),
        campaign=_campaign_from(body[_CAMPAIGN]),
        referrer=int.from_bytes(body[_REFERRER]),
        expires_at=int.from_bytes(body[_EXPIRY]),
        nonce=int.from_bytes(body[_NONCE]),
        capped=bool(body[1] & _CAPPED),
    )
    return Parsed(claims, body[0] & 0xF, body, raw[_BODY:])


def flaw_of(parsed: Parsed, *, bot: str, keys: Iterable[Key], at: int) -> Flaw | None:
    """Why the token proves nothing; None when it proves what it says.

    Args:
        parsed: the token.
        bot: to whom it was shown.
        keys: that count.
        at: second of the epoch at which it was shown.
    """
    fitting = [key for key in keys if key.id == parsed.key_id]
    if not fitting:
        return Flaw.UNKNOWN_KEY
    signed = False
    for key in fitting:  # each one, so that the time does not tell which
        signed |= hmac.compare_digest(_signature(parsed.body, bot, key), parsed.signature)
    if not signed:
        return Flaw.BAD_SIGNATURE
    return Flaw.EXPIRED if at > parsed.claims.expires_at else None


def read(text: str, *, bot: str, keys: Iterable[Key], at: int) -> Parsed | Flaw | None:
    """The token if it proves what it says, else why not; None: it has another form. Arguments as for `flaw_of`."""
    parsed = parse(text)
    if not isinstance(parsed, Parsed):
        return parsed
    return flaw_of(parsed, bot=bot, keys=keys, at=at) or parsed


def parse_keys(text: str) -> tuple[Key, ...]:
    """The keys of a file: one a line, as ``<id>:<secret>``.

    Raises:
        ValueError: which line is not of that form; it never quotes one.
    """
    lines = [line.strip() for line in text.splitlines()]
    keys = [_key(line, number) for number, line in enumerate(lines, 1) if line]
    if not 0 < len(keys) <= MAX_KEYS:
        raise ValueError(f"holds {len(keys)} keys, not 1 to {MAX_KEYS}")
    if len({key.id for key in keys}) < len(keys):
        raise ValueError("two keys have one id")
    return tuple(keys)


def campaign_id(bot: str, name: str) -> str:
    """The short id of a campaign, from its name: whoever creates it derives the same one."""
    digest = sha256(f"{bot.lower()}\0{name}".encode()).digest()
    return base64.b32encode(digest[:5]).decode().lower()


def _key(line: str, number: int) -> Key:
    match = _KEY.fullmatch(line)
    if match is None or int(match[1]) >= MAX_KEYS:
        raise ValueError(
            f"line {number} is not <id>:<secret>, with an id from 0 to {MAX_KEYS - 1} "
            f"and a secret of {MIN_SECRET} characters or more without blanks"
        )
    return Key(int(match[1]), match[2].encode())


def _packed(claims: StartToken, key_id: int) -> bytes:
    if not 0 <= key_id < MAX_KEYS:
        raise ValueError(f"a key's id is 0 to {MAX_KEYS - 1}, not {key_id}")
    try:
        return b"".join(
            (
                bytes((VERSION << 4 | key_id, claims.purpose | (_CAPPED if claims.capped else 0))),
                _campaign_bytes(claims.campaign),
                claims.referrer.to_bytes(7),
                claims.expires_at.to_bytes(4),
                claims.nonce.to_bytes(4),
            )
        )
    except OverflowError:
        raise ValueError("the referrer has up to 56 bits; expiry and nonce have up to 32; none is negative") from None


def _signature(body: bytes, bot: str, key: Key) -> bytes:
    # Names of bots are the same in capitals and in small letters.
    return hmac.digest(key.secret, _LABEL + bot.lower().encode() + b"\0" + body, "sha256")[: 38 - _BODY]


def _campaign_bytes(campaign: str) -> bytes:
    if not campaign:
        return bytes(5)
    if not _CAMPAIGN_ID.fullmatch(campaign):
        raise ValueError("a campaign's id is 8 characters of a-z and 2-7")
    return base64.b32decode(campaign.upper())


def _campaign_from(raw: bytes) -> str:
    return base64.b32encode(raw).decode().lower() if any(raw) else ""
