"""What the tables add to the explanation of a signed link: its campaign, and how often it was used."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from lbc_contracts.reasons import REASONS
from lbcctl.links.explain import Explained
from lbcctl.links.shelf import Shelf


async def looked_up(found: Explained, shelf: Shelf, now: datetime) -> Explained:
    """The explanation with what the tables know; a link that is proven may be refused for that.

    Args:
        found: the explanation of a signed token.
        shelf: campaigns and capped links.
        now: the time.
    """
    says, refusals = dict(found.says), list[str]()
    if identity := str(says.get("campaign", "")):
        campaign = await shelf.campaign(identity)
        says["campaign"] = f"{identity} ({campaign.name})" if campaign else identity
        if campaign is None:
            refusals.append("unknown_campaign")
        elif campaign.closed_at is not None and now.timestamp() >= campaign.closed_at:
            refusals.append("closed_campaign")
    if identity := str(says.get("link", "")):
        link = await shelf.link(identity)
        says["uses"] = f"{link.uses} of {link.most}" if link else "not in the table"
        if link is None:
            refusals.append("unknown_link")
        elif link.uses >= link.most:
            refusals.append("used_up")
    if refusals and found.verdict in {"verified", "unproven"}:
        return replace(found, says=says, verdict=refusals[0], why=REASONS[refusals[0]])
    return replace(found, says=says)
