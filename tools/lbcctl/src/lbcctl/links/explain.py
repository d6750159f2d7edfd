"""Explains any start token or link: what it says, and what onboarding would make of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from lbc_contracts import legacy, tokens
from lbc_contracts.reasons import REASONS
from lbc_contracts.tokens import Flaw, Key, Parsed

MAX_TOKEN = 64
_LINK = re.compile(r"(?:https?://)?(?:www\.)?(?:t|telegram)\.(?:me|dog)/.*", re.IGNORECASE | re.DOTALL)
_HINTS = {
    "plain": "the old system's ref_xxx",
    "pipes": "the old system's fields between |, seven days long",
    "query": "the old system's query string",
}


@dataclass(frozen=True, slots=True)
class Explained:
    """An explanation.

    Attributes:
        token: the start parameter.
        bot: that the link leads to, "" for a token alone.
        form: signed, one of the old system's forms, or none.
        says: what it says, by name; nothing of it is proven unless the verdict is ``verified``.
        verdict: a reason of `lbc_contracts.reasons`, or ``unproven`` where no key is at hand.
        why: the verdict in words.
    """

    token: str
    bot: str
    form: str
    verdict: str
    why: str
    says: dict[str, str | int] = field(default_factory=dict)


def explain(text: str, *, bot: str, keys: Sequence[Key], now: datetime) -> Explained:
    """Explain a token or a link.

    Args:
        text: as it came, such as ``https://t.me/demo_bot?start=...``.
        bot: to which a token alone was given; "" if unknown.
        keys: at hand; without any a signature cannot be checked.
        now: the time.
    """
    its_bot, token = _parts(text.strip())
    at = int(now.timestamp())
    if not token:
        return Explained(token, its_bot, "none", "organic", REASONS["organic"])
    if len(token) > MAX_TOKEN:
        return Explained(token, its_bot, "none", "too_long", REASONS["too_long"])
    found = tokens.parse(token)
    if isinstance(found, Parsed):
        verdict, why = _verdict(found, its_bot or bot, keys, at)
        return Explained(token, its_bot, "signed", verdict, why, _said(found))
    if isinstance(found, Flaw):
        return Explained(token, its_bot, "signed", found.value, REASONS[found.value])
    return _legacy(token, its_bot, at)


def _verdict(found: Parsed, bot: str, keys: Sequence[Key], at: int) -> tuple[str, str]:
    if not bot:
        return "unproven", "the name of the bot is part of the signature: give the whole link, or set LBC_BOT"
    if not keys:
        ended = ", and it has ended" if at > found.claims.expires_at else ""
        return "unproven", f"no signing key is at hand: set LBC_SIGNING_KEY_FILE{ended}"
    flaw = tokens.flaw_of(found, bot=bot, keys=keys, at=at)
    if flaw is Flaw.UNKNOWN_KEY:
        return flaw.value, f"{REASONS[flaw.value]}; at hand: {', '.join(sorted({str(key.id) for key in keys}))}"
    reason = flaw.value if flaw else "verified"
    return reason, REASONS[reason]


def _said(found: Parsed) -> dict[str, str | int]:
    claims = found.claims
    said: dict[str, str | int] = {
        "purpose": claims.purpose.name.lower(),
        "campaign": claims.campaign,
        "referrer": claims.referrer,
        "expires": datetime.fromtimestamp(claims.expires_at, UTC).isoformat(),
        "capped": "yes" if claims.capped else "no",
        "key": found.key_id,
        "link": found.link_id if claims.capped else "",
        "nonce": f"{claims.nonce:08x}",
    }
    return {name: value for name, value in said.items() if value not in {"", 0} or name == "key"}


def _legacy(token: str, bot: str, at: int) -> Explained:
    for name, read in legacy.FORMS.items():
        found = read(token, at)
        if isinstance(found, str):
            return Explained(token, bot, _HINTS[name], found, REASONS[found])
        if found is not None:
            says: dict[str, str | int] = {key: value for key, value in asdict(found).items() if value}
            return Explained(token, bot, _HINTS[name], "unverified", REASONS["unverified"], says)
    return Explained(token, bot, "none", "unknown_form", REASONS["unknown_form"])


def _parts(text: str) -> tuple[str, str]:
    """The bot and the start parameter of a link, of ``/start ...``, or of a token alone."""
    try:
        if text.lower().startswith("tg:"):
            query = parse_qs(urlsplit(text).query)
            return query.get("domain", [""])[0], query.get("start", [""])[0]
        if _LINK.fullmatch(text):
            parts = urlsplit(text if "://" in text else f"https://{text}")
            return parts.path.strip("/").split("/")[0], parse_qs(parts.query).get("start", [""])[0]
    except ValueError:
        return "", text
    return "", text.removeprefix("/start").strip()
