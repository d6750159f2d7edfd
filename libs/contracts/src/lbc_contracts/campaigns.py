"""Campaigns and capped links as rows: written by the operator's tool, read by onboarding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from lbc_contracts.tokens import campaign_id

MAX_TEXT: Final = 64
"""Characters of a campaign's name, source and medium."""
LINK_STAYS: Final = 31 * 24 * 3600
"""Seconds that a capped link's row outlives the link: longer than any dead letter that could still count on it."""

Item = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """Words that a short id stands for. Times are seconds of the epoch.

    Attributes:
        name: utm_campaign; the id is derived from it, so it never changes.
        source: utm_source.
        medium: utm_medium.
        closed_at: visits from then on count for no campaign; None while it is open.
    """

    bot: str
    name: str
    source: str = ""
    medium: str = ""
    created_at: int = 0
    closed_at: int | None = None

    @property
    def id(self) -> str:
        """See `lbc_contracts.tokens.campaign_id`."""
        return campaign_id(self.bot, self.name)

    @property
    def key(self) -> str:
        """Key of the row."""
        return campaign_key(self.bot, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class CappedLink:
    """A link that counts for so many people.

    Attributes:
        id: see `lbc_contracts.tokens.Parsed.link_id`.
        uses: how many people have used it.
        most: how many may.
        expires_at: of the link (s).
    """

    bot: str
    id: str
    campaign_id: str
    most: int
    expires_at: int
    uses: int = 0


def campaign_key(bot: str, identity: str) -> str:
    """Key of a campaign in its table."""
    return f"{bot.lower()}:{identity}"


def link_key(bot: str, identity: str) -> str:
    """Key of a capped link in its table."""
    return f"{bot.lower()}:{identity}"


def text_problem(field: str, text: str) -> str | None:
    """What is wrong with a text of a campaign, as a sentence; None when nothing is."""
    if len(text) > MAX_TEXT:
        return f"{field} has {len(text)} characters; the limit is {MAX_TEXT}"
    if not text.isprintable() or text != text.strip():
        return f"{field} has unprintable characters, or blanks around it"
    return None


def campaign_item(campaign: Campaign) -> dict[str, Mapping[str, Any]]:
    """The row of a campaign."""
    item: dict[str, Mapping[str, Any]] = {
        "campaignId": {"S": campaign.key},
        "bot": {"S": campaign.bot},
        "id": {"S": campaign.id},
        "name": {"S": campaign.name},
        "source": {"S": campaign.source},
        "medium": {"S": campaign.medium},
        "createdAt": {"N": str(campaign.created_at)},
    }
    if campaign.closed_at is not None:
        item["closedAt"] = {"N": str(campaign.closed_at)}
    return item


def campaign_from(item: Item) -> Campaign:
    """A campaign as stored."""
    return Campaign(
        bot=item["bot"]["S"],
        name=item["name"]["S"],
        source=item["source"]["S"],
        medium=item["medium"]["S"],
        created_at=int(item["createdAt"]["N"]),
        closed_at=int(item["closedAt"]["N"]) if "closedAt" in item else None,
    )


def link_item(link: CappedLink) -> dict[str, Mapping[str, Any]]:
    """The row of a capped link; DynamoDB removes it some time after the link's end."""
    return {
        "linkId": {"S": link_key(link.bot, link.id)},
        "bot": {"S": link.bot},
        "id": {"S": link.id},
        "campaign": {"S": link.campaign_id},
        "uses": {"N": str(link.uses)},
        "most": {"N": str(link.most)},
        "linkEnds": {"N": str(link.expires_at)},
        "expiresAt": {"N": str(link.expires_at + LINK_STAYS)},
    }


def link_from(item: Item) -> CappedLink:
    """A capped link as stored."""
    return CappedLink(
        bot=item["bot"]["S"],
        id=item["id"]["S"],
        campaign_id=item["campaign"]["S"],
        uses=int(item["uses"]["N"]),
        most=int(item["most"]["N"]),
        expires_at=int(item["linkEnds"]["N"]),
    )
