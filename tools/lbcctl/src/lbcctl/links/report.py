"""Where people come from and where they drop off: campaigns, people and sessions joined."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from lbc_contracts import tables
from lbc_contracts.campaigns import Campaign
from lbc_contracts.tables import Table
from lbcctl.console import Advance
from lbcctl.links.shelf import Shelf
from lbcctl.parts import Parts

_STATES: Final = ("NEW", "WELCOME_VIDEO_SENT", "TTS_SENT", "DONE")
"""In the order of the journey; the number of each is that of the steps received."""

Item = Mapping[str, Mapping[str, Any]]
_Source = tuple[str, str]  # id of a campaign and "", or "" and the reason


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One line.

    Attributes:
        campaign: id, "" for those who came without one.
        name: of the campaign, or the reason why they have none.
        visits: /starts that led here, in the sessions that are kept.
        people: whose first touch it was.
        video, greeting, done: of those, who received as much in any kept session.
    """

    campaign: str
    name: str
    source: str
    visits: int
    people: int
    video: int
    greeting: int
    done: int

    def document(self) -> dict[str, object]:
        """For machines."""
        return asdict(self)


async def gather(dynamodb: Any, parts: Parts, advance: Advance) -> list[ReportRow]:
    """All lines, those with the most people first.

    Args:
        dynamodb: an aiobotocore client.
        parts: names the tables and the bot.
        advance: is told of each row read.
    """
    campaigns = {campaign.id: campaign async for campaign in Shelf(dynamodb, parts).campaigns()}
    visits: Counter[_Source] = Counter()
    furthest: dict[str, int] = {}
    prefix = parts.settings.the_bot
    async for session in _rows(dynamodb, parts, tables.SESSIONS, "userId, #state, visits", prefix, advance):
        key = session["userId"]["S"]
        furthest[key] = max(furthest.get(key, 0), _steps(session))
        visits.update(_source(visit) for visit in session.get("visits", {"L": []})["L"])
    people: dict[_Source, Counter[int]] = {}
    async for user in _rows(dynamodb, parts, tables.USERS, "userId, #state, firstTouch", prefix, advance):
        source = _source(user["firstTouch"]) if "firstTouch" in user else ("", "organic")
        steps = max(furthest.get(user["userId"]["S"], 0), _steps(user))
        people.setdefault(source, Counter()).update(range(steps + 1))
    return _lines(campaigns, visits, people)


def _lines(
    campaigns: Mapping[str, Campaign], visits: Mapping[_Source, int], people: Mapping[_Source, Mapping[int, int]]
) -> list[ReportRow]:
    found = []
    for source in {*((identity, "") for identity in campaigns), *visits, *people}:
        identity, reason = source
        campaign = campaigns.get(identity)
        received = people.get(source, Counter[int]())
        row = ReportRow(
            campaign=identity,
            name=campaign.name if campaign else f"({reason or identity})",
            source=campaign.source if campaign else "",
            visits=visits.get(source, 0),
            people=received.get(0, 0),
            video=received.get(1, 0),
            greeting=received.get(2, 0),
            done=received.get(3, 0),
        )
        found.append(row)
    return sorted(found, key=lambda row: (-row.people, -row.visits, row.name))


def _source(touch: Mapping[str, Any]) -> _Source:
    fields = touch["M"]
    identity: str = fields["campaign_id"]["S"] if "campaign_id" in fields else ""
    return (identity, "") if identity else ("", fields["reason"]["S"])


def _steps(item: Item) -> int:
    state = item["state"]["S"]
    return _STATES.index(state) if state in _STATES else 0


async def _rows(
    dynamodb: Any, parts: Parts, table: Table, wanted: str, bot: str, advance: Advance
) -> AsyncIterator[Item]:
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=parts.table(table),
        ProjectionExpression=wanted,
        ExpressionAttributeNames={"#state": "state"},
        FilterExpression="begins_with(userId, :bot)",
        ExpressionAttributeValues={":bot": {"S": f"{bot}:"}},
    )
    async for page in pages:
        advance(page["ScannedCount"])
        for item in page["Items"]:
            yield item
