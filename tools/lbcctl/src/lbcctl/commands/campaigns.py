"""``lbcctl campaigns``: words for links under a short id, and what became of those who came by them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import typer

from lbc_contracts.campaigns import Campaign, text_problem
from lbcctl.console import Json, Screen, Yes, needs, run
from lbcctl.exits import Exit, StopError
from lbcctl.links.report import ReportRow, gather
from lbcctl.links.shelf import Shelf
from lbcctl.parts import Parts

app = typer.Typer(no_args_is_help=True, help="Campaigns: the words behind links, and how their people fare.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The campaign's name, or its id.")]


@app.command("create", epilog=needs(aws=["dynamodb:PutItem and GetItem on campaigns"]))
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name, and its utm_campaign; it never changes.")],
    *,
    source: Annotated[str, typer.Option(help="utm_source: where its links are, such as newsletter.")],
    medium: Annotated[str, typer.Option(help="utm_medium: of what kind that is, such as email.")] = "",
    json: Json = False,
) -> None:
    """Create a campaign. To create the same one again changes nothing, also for two operators at once."""
    run(partial(_create, name=name, source=source, medium=medium), json=json)


@app.command("list", epilog=needs(aws=["dynamodb:Scan on campaigns"]))
def list_(*, json: Json = False) -> None:
    """Show all campaigns, the newest first."""
    run(_list, json=json)


@app.command("close", epilog=needs(aws=["dynamodb:GetItem and UpdateItem on campaigns"]))
def close(name: Name, *, json: Json = False, yes: Yes = False) -> None:
    """Close a campaign: who opens its links from now on is unattributed, and onboarded as ever."""
    run(partial(_close, name=name), json=json, yes=yes)


@app.command("reopen", epilog=needs(aws=["dynamodb:GetItem and UpdateItem on campaigns"]))
def reopen(name: Name, *, json: Json = False) -> None:
    """Open a closed campaign again; visits meanwhile stay unattributed."""
    run(partial(_reopen, name=name), json=json)


@app.command("report", epilog=needs(aws=["dynamodb:Scan on campaigns, users and sessions"]))
def report(*, json: Json = False) -> None:
    """Show for each campaign how many came by it first, and how far they got; and who came without one.

    A person belongs to the campaign of their first touch. Visits are counted where they led, in the sessions kept.
    """
    run(_report, json=json)


async def _create(parts: Parts, screen: Screen, *, name: str, source: str, medium: str) -> Exit | None:
    for field, text in (("NAME", name), ("--source", source), ("--medium", medium)):
        if problem := text_problem(field, text):
            raise StopError(problem, Exit.USAGE)
    if not name:
        raise StopError("NAME is empty", Exit.USAGE)
    wanted = Campaign(bot=parts.settings.the_bot, name=name, source=source, medium=medium, created_at=_now())
    async with parts.dynamodb() as dynamodb:
        campaign, new = await Shelf(dynamodb, parts).create(wanted)
    if screen.json:
        screen.document({**_document(campaign), "created": new})
    elif new:
        screen.text(f"campaign {campaign.name}: {campaign.id}")
    else:
        screen.text(f"campaign {campaign.name}: {campaign.id}, which was there already")
    if (campaign.source, campaign.medium) != (source, medium):
        raise StopError(
            f"it has other words: source {campaign.source!r}, medium {campaign.medium!r}; nothing was changed. "
            "Links carry the id alone, so a change would reach back: create one under another name"
        )
    if campaign.closed_at is not None:
        raise StopError("it is closed; `lbcctl campaigns reopen` opens it again")
    return None


async def _list(parts: Parts, screen: Screen) -> Exit | None:
    async with parts.dynamodb() as dynamodb:
        found = [campaign async for campaign in Shelf(dynamodb, parts).campaigns()]
    found.sort(key=lambda campaign: (-campaign.created_at, campaign.name))
    if screen.json:
        screen.document([_document(campaign) for campaign in found])
    elif not found:
        screen.text("no campaigns; `lbcctl campaigns create` makes one")
    else:
        rows = [
            (each.name, each.id, each.source, each.medium, _day(each.created_at), _day(each.closed_at))
            for each in found
        ]
        screen.table("", ["name", "id", "source", "medium", "created", "closed"], rows)
    return None


async def _close(parts: Parts, screen: Screen, *, name: str) -> Exit | None:
    async with parts.dynamodb() as dynamodb:
        shelf = Shelf(dynamodb, parts)
        campaign = await shelf.the_campaign(name)
        if campaign.closed_at is None:
            screen.confirm(f"Close the campaign {campaign.name!r} ({campaign.id})? Its links then count for nothing.")
            campaign = await shelf.close(campaign, _now())
    _show(screen, campaign, f"campaign {campaign.name}: closed since {_day(campaign.closed_at)}")
    return None


async def _reopen(parts: Parts, screen: Screen, *, name: str) -> Exit | None:
    async with parts.dynamodb() as dynamodb:
        shelf = Shelf(dynamodb, parts)
        campaign = await shelf.close(await shelf.the_campaign(name), None)
    _show(screen, campaign, f"campaign {campaign.name}: open")
    return None


async def _report(parts: Parts, screen: Screen) -> Exit | None:
    async with parts.dynamodb() as dynamodb:
        with screen.progress("reading people and sessions") as advance:
            found = await gather(dynamodb, parts, advance)
    if screen.json:
        screen.document([row.document() for row in found])
    else:
        columns = ["campaign", "source", ">visits", ">people", ">video", ">greeting", ">done", ">of people"]
        screen.table("", columns, [_cells(row) for row in found])
    return None


def _cells(row: ReportRow) -> tuple[str, ...]:
    share = f"{row.done / row.people:.0%}" if row.people else "-"
    return (
        row.name,
        row.source,
        str(row.visits),
        str(row.people),
        str(row.video),
        str(row.greeting),
        str(row.done),
        share,
    )


def _show(screen: Screen, campaign: Campaign, text: str) -> None:
    if screen.json:
        screen.document(_document(campaign))
    else:
        screen.text(text)


def _document(campaign: Campaign) -> dict[str, object]:
    return {
        "id": campaign.id,
        "name": campaign.name,
        "source": campaign.source,
        "medium": campaign.medium,
        "created_at": _moment(campaign.created_at),
        "closed_at": _moment(campaign.closed_at),
    }


def _now() -> int:
    return int(datetime.now(UTC).timestamp())


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _day(seconds: int | None) -> str:
    moment = _moment(seconds)
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "-"
