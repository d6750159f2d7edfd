"""Where a person came from: what a start token claims, whether that holds, and the first and the last touch kept.

A token that says nothing, or something that does not hold, never stands in a person's way: they are unattributed, and
the reason is counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

MAX_TOKEN: Final = 64
"""Characters of a start parameter (Bot API 10.3)."""
MAX_REFERRERS: Final = 20
"""Who may have referred one person."""
MAX_LINKS: Final = 50
"""Capped links that a person is remembered to have used; of more the oldest is forgotten."""
MAX_VISITS: Final = 50
"""Visits that a session keeps; the others are only counted."""

ORGANIC: Final = "organic"
UNVERIFIED: Final = "unverified"
VERIFIED: Final = "verified"
_TELEGRAM_ID: Final = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Touch:
    """One way in which a person came to us.

    Attributes:
        reason: `ORGANIC`, `UNVERIFIED`, `VERIFIED`, or why the token says nothing.
        date: of the /start (s, Telegram's clock); with ``message_id`` it orders touches.
        referrer: who sent them, in the words of the token.
        verified: whether the token proved what it says.
        campaign_id: of the campaign whose words these are, "" for none of ours.
    """

    date: int
    message_id: int
    reason: str = ORGANIC
    source: str = ""
    medium: str = ""
    campaign: str = ""
    referrer: str = ""
    verified: bool = False
    campaign_id: str = ""

    @property
    def order(self) -> tuple[int, int]:
        """Earliest first, however late it was processed."""
        return (self.date, self.message_id)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a token says.

    Attributes:
        campaign_id: of a campaign that holds source, medium and campaign instead.
        link: id of the capped link that it is, "" when it has no cap.
    """

    referrer: str = ""
    source: str = ""
    medium: str = ""
    campaign: str = ""
    verified: bool = False
    campaign_id: str = ""
    link: str = ""

    @property
    def referrer_id(self) -> int | None:
        """The referrer as a Telegram id, however many zeros are before it; None when it is none."""
        return int(self.referrer) or None if _TELEGRAM_ID.fullmatch(self.referrer) else None


@dataclass(frozen=True, slots=True)
class Campaign:
    """What a campaign's id stands for; ``closed_at`` (s) is when it was closed."""

    name: str
    source: str
    medium: str
    closed_at: int | None = None


@dataclass(frozen=True, slots=True)
class Uses:
    """How many people used a capped link, of how many that may."""

    uses: int
    most: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a /start's token says, and what was looked up about it.

    Attributes:
        claim: or the reason why there is none: `ORGANIC`, or what is wrong with the token.
        campaign: that the claim names; None when there is none.
        link: uses of the capped link; None when there is none.
        referred_by: who referred the claim's referrer.
    """

    claim: Claim | str = ORGANIC
    campaign: Campaign | None = None
    link: Uses | None = None
    referred_by: frozenset[int] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a person's earlier visits: capped links that they used, and who referred them."""

    links: tuple[str, ...] = ()
    referrers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Visit:
    """A /start, and what it takes.

    Attributes:
        touch: the way in which the person came.
        past: the person's, this visit included.
        link: the capped link of which it takes one use, "" for none.
        referrer: who newly referred the person, and so must not have been referred by them; None for nobody.
    """

    touch: Touch
    past: Past
    link: str = ""
    referrer: int | None = None


ORGANIC_ARRIVAL: Final = Arrival()
CROWDED_ARRIVAL: Final = Arrival("crowded")
"""Of who came while so many others held the same link or referrer that it could not be counted."""

Reader = Callable[[str, int], "Claim | str | None"]
"""Reads one form of token at a date (s): what it claims, why it is refused, or None when it is of another form."""


def read_token(token: str, date: int, readers: Sequence[Reader]) -> Claim | str:
    """What a token claims, or the reason why it claims nothing.

    Args:
        token: as Telegram handed it over, "" without one.
        date: of the message (s).
        readers: forms that count, tried in order; the first that knows the form has the say.
    """
    if not token:
        return ORGANIC
    if len(token) > MAX_TOKEN:
        return "too_long"
    for reader in readers:
        found = reader(token, date)
        if found is not None:
            return found
    return "unknown_form"


def visit_of(arrival: Arrival, past: Past, *, user_id: int, date: int, message_id: int) -> Visit:
    """The visit that a /start is.

    Args:
        arrival: what its token says.
        past: the person's.
        user_id: of the person.
        date: of the message (s).
        message_id: of the message.
    """
    touch = Touch(date=date, message_id=message_id)
    claim = arrival.claim
    reason = claim if isinstance(claim, str) else _refusal(arrival, claim, past, user_id, date)
    if reason or isinstance(claim, str):
        return Visit(replace(touch, reason=reason or ORGANIC), past)
    words = arrival.campaign or Campaign(claim.campaign, claim.source, claim.medium)
    touch = replace(
        touch,
        reason=VERIFIED if claim.verified else UNVERIFIED,
        source=words.source,
        medium=words.medium,
        campaign=words.name,
        referrer=claim.referrer,
        verified=claim.verified,
        campaign_id=claim.campaign_id,
    )
    link = claim.link if claim.link not in past.links else ""
    referrer = claim.referrer_id if claim.referrer_id not in past.referrers else None
    after = Past(
        links=(*past.links, link)[-MAX_LINKS:] if link else past.links,
        referrers=(*past.referrers, referrer) if referrer else past.referrers,
    )
    return Visit(touch, after, link, referrer)


def earlier(known: Touch | None, new: Touch) -> Touch:
    """The first of two touches; an organic start counts as one."""
    return new if known is None or new.order < known.order else known


def later(known: Touch | None, new: Touch) -> Touch:
    """The last of two touches."""
    return new if known is None or new.order > known.order else known


def _refusal(arrival: Arrival, claim: Claim, past: Past, user_id: int, date: int) -> str:
    """Why what the token says does not hold; "" when it does."""
    if claim.campaign_id:
        if arrival.campaign is None:
            return "unknown_campaign"
        closed_at = arrival.campaign.closed_at
        if closed_at is not None and date >= closed_at:
            return "closed_campaign"
    return _referral_refusal(arrival, claim, past, user_id) or _link_refusal(arrival, claim, past)


def _referral_refusal(arrival: Arrival, claim: Claim, past: Past, user_id: int) -> str:
    referrer = claim.referrer_id
    if referrer is None or referrer in past.referrers:
        return ""
    if referrer == user_id:
        return "self_referral"
    if user_id in arrival.referred_by:
        return "mutual_referral"
    return "too_many_referrers" if len(past.referrers) >= MAX_REFERRERS else ""


def _link_refusal(arrival: Arrival, claim: Claim, past: Past) -> str:
    """A person who used the link before may always use it again; it is one use."""
    if not claim.link or claim.link in past.links:
        return ""
    if arrival.link is None:
        return "unknown_link"
    return "used_up" if arrival.link.uses >= arrival.link.most else ""
