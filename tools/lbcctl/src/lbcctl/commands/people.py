"""``lbcctl people``: who waits for a step, and sending it again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from lbc_contracts import tables
from lbc_contracts.ids import Step
from lbcctl.console import DryRun, Json, Screen, Yes, age, needs, run
from lbcctl.exits import Exit, StopError
from lbcctl.parts import Parts
from lbcctl.pausing import read_pause
from lbcctl.people import doubts
from lbcctl.people.look import People
from lbcctl.people.orders import give, resend
from lbcctl.people.rows import NEXT, Waiting, waiting_of

app = typer.Typer(no_args_is_help=True, help="People who wait: find them, and send their step again.")

OnlyStep = Annotated[Step | None, typer.Option("--step", help="Only who waits for this step.")]
Longer = Annotated[
    float, typer.Option("--longer-than", metavar="MINUTES", min=0, help="Only who has waited for so many minutes.")
]

_TABLES = ("dynamodb:Query on users/index/due", "dynamodb:Scan on users")


@app.command("stuck", epilog=needs(aws=_TABLES))
def stuck(
    step: OnlyStep = None,
    longer_than: Longer = 0,
    limit: Annotated[int, typer.Option(min=1, help="People to list; all are counted.")] = 50,
    *,
    json: Json = False,
) -> None:
    """Who waits in which step since when: overdue steps, and those that were given up.

    Overdue ones come from an index and cost little; to find who was given up, the whole table of people is read.
    """
    run(lambda parts, screen: _stuck(parts, screen, step, timedelta(minutes=longer_than), limit), json=json)


@app.command(
    "resend",
    epilog=needs(
        aws=("dynamodb:GetItem on users and control", "dynamodb:BatchGetItem on deliveries", *_TABLES),
        amqp="read on the graves, write to onboarding.due (user `operator`)",
    ),
)
def send_again(
    ids: Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="Telegram ids.")] = None,
    *,
    all_stuck: Annotated[bool, typer.Option("--stuck", help="All whom `people stuck` shows.")] = False,
    step: OnlyStep = None,
    longer_than: Longer = 0,
    force: Annotated[
        bool, typer.Option("--force", help="Also whose command may still be on its way; they may get the step twice.")
    ] = False,
    dry_run: DryRun = False,
    json: Json = False,
    yes: Yes = False,
) -> None:
    """Send the step that people wait for again, under a new attempt.

    Given twice it is done once, and an order that somebody's next step has overtaken does nothing. But while the
    command of the attempt before is still on its way, the person would get the step twice. So they are left, and the
    exit code is 1, while sending is paused, while messages wait for media, tts or delivery, while their command lies in
    a dead-letter queue or is being sent, and right after it was asked for. --force sends all the same; --yes does not.
    Onboarding must be of this release, or one that came after it.
    """
    if bool(ids) == all_stuck:
        raise typer.BadParameter("give either IDs or --stuck")
    more = timedelta(minutes=longer_than)
    run(
        lambda parts, screen: _resend(parts, screen, ids or [], step, more, force=force, dry_run=dry_run),
        json=json,
        yes=yes,
    )


async def _stuck(parts: Parts, screen: Screen, step: Step | None, more: timedelta, limit: int) -> Exit | None:
    now = datetime.now(UTC)
    async with parts.dynamodb() as dynamodb:
        people = People(dynamodb, parts.settings.tables_prefix, parts.settings.the_bot)
        found = await _find(people, now, step, more)
    counts = Counter((str(one.step), "given up" if one.given_up else "overdue") for one in found)
    if screen.json:
        groups = [{"step": name, "kind": kind, "people": count} for (name, kind), count in sorted(counts.items())]
        shown = [one.document(now) for one in found[:limit]]
        screen.document({"at": now, "total": len(found), "counts": groups, "people": shown})
        return None
    if not found:
        screen.text("Nobody is stuck.")
        return None
    screen.table(
        "", ["step", "kind", ">people"], [(name, kind, count) for (name, kind), count in sorted(counts.items())]
    )
    _list(screen, found[:limit], now)
    if len(found) > limit:
        screen.say(f"{len(found) - limit} more; --limit shows them.")
    return None


async def _resend(
    parts: Parts,
    screen: Screen,
    ids: Sequence[int],
    step: Step | None,
    more: timedelta,
    *,
    force: bool,
    dry_run: bool,
) -> Exit | None:
    bot, now = parts.settings.the_bot, datetime.now(UTC)
    async with parts.dynamodb() as dynamodb:
        people = People(dynamodb, parts.settings.tables_prefix, bot)
        if ids:
            found, absent = await _named(people, ids)
        else:
            found, absent = await _find(people, now, step, more), {}
        if found and not force:
            doubtful = await _doubtful(parts, dynamodb, people, found, now)
            found = [one for one in found if one.user_id not in doubtful]
            absent |= doubtful
    for user_id, why in absent.items():
        screen.say(f"{user_id}: {why}")
    if found and not dry_run:
        screen.confirm(f"Send {len(found)} people their step again?")
        async with parts.channel() as channel:
            with screen.progress("sending again", total=len(found)) as advance:
                for one in found:
                    await give(channel, resend(bot, one))
                    advance(1)
    if screen.json:
        shown = [one.document(now) for one in found]
        left = [{"user": user_id, "why": why} for user_id, why in absent.items()]
        screen.document({"dry_run": dry_run, "sent_again": shown, "left": left})
    elif found:
        screen.text(f"{'would be' if dry_run else ''} ordered again: {len(found)}".strip())
        _list(screen, found[:50], now)
    else:
        screen.text("Nobody is sent anything." if absent else "Nobody waits for a step.")
    return Exit.FAILED if absent else None


async def _doubtful(
    parts: Parts, dynamodb: Any, people: People, found: Sequence[Waiting], now: datetime
) -> dict[int, str]:
    """Whose command may still be on its way, and why."""
    bot = parts.settings.the_bot
    commands = [one.command(bot) for one in found]
    pause = await read_pause(dynamodb, parts.table(tables.CONTROL), bot)
    async with parts.channel() as channel:
        if why := await doubts.of_all(channel, pause):
            return {one.user_id: f"may get it twice, since {why}; --force sends it all the same" for one in found}
        graves = await doubts.buried(channel, commands)
    rows = await people.deliveries(commands)
    told = {one.user_id: doubts.of_one(one, bot, rows, graves, now) for one in found}
    return {user_id: f"may get it twice: {why}; --force sends it all the same" for user_id, why in told.items() if why}


async def _find(people: People, now: datetime, step: Step | None, more: timedelta) -> list[Waiting]:
    """Overdue ones and given up ones, the longest waiting first."""
    found = [one async for one in people.waiting(now)] + [one async for one in people.given_up()]
    meant = [one for one in found if step in {None, one.step} and (one.since is None or now - one.since >= more)]
    return sorted(meant, key=lambda one: (one.since or now, one.user_id))


async def _named(people: People, ids: Sequence[int]) -> tuple[list[Waiting], dict[int, str]]:
    found: list[Waiting] = []
    absent: dict[int, str] = {}
    for user_id in dict.fromkeys(ids):
        row = await people.row(user_id)
        if row is None:
            absent[user_id] = "not known"
        elif waiting := waiting_of(row):
            found.append(waiting)
        else:
            state = row["state"]["S"]
            absent[user_id] = f"at {state}, waits for nothing" + ("; it is their turn" if state in NEXT else "")
    if not found and absent:
        raise StopError("\n".join(f"{user_id}: {why}" for user_id, why in absent.items()), Exit.FAILED)
    return found, absent


def _list(screen: Screen, people: Sequence[Waiting], now: datetime) -> None:
    columns = ["person", "waits for", "since", "session", "attempt", "asked again", "state"]
    rows = [
        (
            str(one.user_id),
            str(one.step),
            age(now - one.since if one.since else None),
            str(one.session),
            str(one.attempt),
            str(one.wakes),
            ("given up" if one.given_up else "overdue") + ("" if one.reachable else ", unreachable"),
        )
        for one in people
    ]
    screen.table("", columns, rows)
