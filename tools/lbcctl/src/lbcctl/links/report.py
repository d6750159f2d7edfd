"""Where people come from and where they drop off: campaigns, people and sessions joined."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from lbc_contracts import tables
from lbc_contracts.campaigns import Campaign
from lbc_contracts.ids import Step
from lbc_contracts.tables import Table
from lbcctl.console import Advance
from lbcctl.links.shelf import Shelf
from lbcctl.parts import Parts

_LAST: Final = {"WELCOME_VIDEO_SENT": Step.VIDEO, "TTS_SENT": Step.GREETING, "DONE": Step.DONE}
"""The step that was received last, by state; who is at another has received none."""
_USUAL: Final = tuple(Step)
"""Steps of whose row says nothing of them, as an older release wrote it."""

Item = Mapping[str, Mapping[str, Any]]
_CAME: Final = "came"
"""Counted with the steps: the person."""
_Source = tuple[str, str]  # id of a campaign and "", or "" and the reason


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One line.

    Attributes:
        campaign: id, "" for those who came without one.
        name: of the campaign, or the reason why they have none.
        visits: /starts that led here, in the sessions that are kept.
        people: whose first touch it was.
        video, greeting, done: of those, who received that step in any kept session, whatever steps it had.
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
    had: dict[str, frozenset[str]] = {}
    prefix = parts.settings.the_bot
    async for session in _rows(dynamodb, parts, tables.SESSIONS, "userId, #state, steps, visits", prefix, advance):
        key = session["userId"]["S"]
        had[key] = had.get(key, frozenset()) | _received(session)
        visits.update(_source(visit) for visit in session.get("visits", {"L": []})["L"])
    people: dict[_Source, Counter[str]] = {}
    async for user in _rows(dynamodb, parts, tables.USERS, "userId, #state, steps, firstTouch", prefix, advance):
        source = _source(user["firstTouch"]) if "firstTouch" in user else ("", "organic")
        people.setdefault(source, Counter()).update({_CAME, *had.get(user["userId"]["S"], ()), *_received(user)})
    return _lines(campaigns, visits, people)


def _lines(
    campaigns: Mapping[str, Campaign], visits: Mapping[_Source, int], people: Mapping[_Source, Mapping[str, int]]
) -> list[ReportRow]:
    found = []
    for source in {*((identity, "") for identity in campaigns), *visits, *people}:
        identity, reason = source
        campaign = campaigns.get(identity)
        received = people.get(source, Counter[str]())
        row = ReportRow(
            campaign=identity,
            name=campaign.name if campaign else f"({reason or identity})",
            source=campaign.source if campaign else "",
            visits=visits.get(source, 0),
            people=received.get(_CAME, 0),
            video=received.get(Step.VIDEO, 0),
            greeting=received.get(Step.GREETING, 0),
            done=received.get(Step.DONE, 0),
        )
        found.append(row)
    return sorted(found, key=lambda row: (-row.people, -row.visits, row.name))


def _source(touch: Mapping[str, Any]) -> _Source:
    fields = touch["M"]
    identity: str = fields["campaign_id"]["S"] if "campaign_id" in fields else ""
    return (identity, "") if identity else ("", fields["reason"]["S"])


def _received(item: Item) -> frozenset[str]:
    """The steps that a row says were received: all up to the last one, in the order that its session has."""
    last = _LAST.get(item["state"]["S"])
    if last is None:
        return frozenset()
    steps = [step["S"] for step in item["steps"]["L"]] if "steps" in item else [*_USUAL]
    return frozenset(steps[: steps.index(last) + 1] if last in steps else ())


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
