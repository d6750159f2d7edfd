"""``lbcctl user``: one person, looked at, led back to the start, or erased."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Final

import typer

from lbc_contracts import tables
from lbcctl.console import DryRun, Json, Screen, Yes, needs, run
from lbcctl.erasure.erase import Counts, Erased, Eraser
from lbcctl.erasure.graves import take_out
from lbcctl.erasure.person import Person
from lbcctl.erasure.rows import Rows
from lbcctl.erasure.speech import SpeechBucket
from lbcctl.exits import Exit, StopError
from lbcctl.parts import Parts
from lbcctl.people import orders
from lbcctl.people.display import display, document_of
from lbcctl.people.look import People
from lbcctl.people.orders import give
from lbcctl.settings import missing

app = typer.Typer(no_args_is_help=True, help="One person: everything known of them, a new beginning, the end.")

UserId = Annotated[int, typer.Argument(metavar="ID", help="The person's Telegram id.")]

_DAY = 24 * 3600
_SETTLE = 20.0
ERASE_RIGHTS: Final = (
    "dynamodb:Query on requests/index/pending, sessions/index/userId and events/index/userId",
    "dynamodb:GetItem, UpdateItem and DeleteItem on requests",
    "dynamodb:GetItem and PutItem on tombstones",
    "dynamodb:GetItem, DeleteItem, ConditionCheckItem, Scan and UpdateItem on users",
    "dynamodb:Scan, UpdateItem and BatchWriteItem on sessions and events",
    "dynamodb:GetItem, Scan and BatchWriteItem on deliveries",
    "dynamodb:Scan and BatchWriteItem on files",
    "s3:ListBucket and DeleteObject on the tts bucket",
)
"""What an erasure calls; a test compares."""
_ERASE = needs(aws=ERASE_RIGHTS, amqp="read on the graves (user `eraser` or `operator`)")

_SHOW = needs(
    aws=[
        "dynamodb:GetItem on users and requests",
        "dynamodb:Query on sessions/index/userId and events/index/userId",
        "dynamodb:BatchGetItem on deliveries",
    ]
)
_RESET = needs(aws=["dynamodb:GetItem on users"], amqp="write to onboarding.due (user `operator`)")


@app.command("erase", epilog=_ERASE)
def erase(
    user_id: Annotated[int | None, typer.Argument(metavar="[ID]", help="The person's Telegram id.")] = None,
    *,
    requested: Annotated[bool, typer.Option("--requested", help="All who asked for it by /delete_me.")] = False,
    settle: Annotated[
        float,
        typer.Option(
            min=0,
            envvar="LBCCTL_SETTLE",
            help="Seconds until what services had begun is at its end; then it looks again.",
        ),
    ] = _SETTLE,
    dry_run: DryRun = False,
    json: Json = False,
    yes: Yes = False,
) -> None:
    """Erase a person from tables, bucket and dead letters, for good. Run it again if it was interrupted.

    By their ID all goes that there is of them now; by --requested what there was before the first run for that request.
    Left is a tombstone, a hash that keeps late redeliveries out and ends by itself. Whoever writes again begins anew.
    """
    wanted = user_id
    if requested == (wanted is not None):
        raise typer.BadParameter("give either the ID of one person or --requested")
    run(partial(_erase, user_id=wanted, settle=settle, dry_run=dry_run), json=json, yes=yes)


@app.command("show", epilog=_SHOW)
def show(
    user_id: UserId,
    events: Annotated[int, typer.Option(min=1, max=1000, help="Events to show, the newest first.")] = 20,
    *,
    json: Json = False,
) -> None:
    """All that is known of a person: position, language, where they came from, sessions, events, deliveries."""
    run(lambda parts, screen: _show(parts, screen, user_id, events), json=json)


@app.command("reset", epilog=_RESET)
def reset(user_id: UserId, *, dry_run: DryRun = False, json: Json = False, yes: Yes = False) -> None:
    """Lead a person back to the start, as their own /restart does; they get the first step again.

    It is an order to onboarding, which begins a new session in a transaction of its own: what was known of them stays,
    and outcomes and buttons of before count no more. Whoever is at the start already is sent the first step again.
    """
    run(lambda parts, screen: _reset(parts, screen, user_id, dry_run=dry_run), json=json, yes=yes)


async def _show(parts: Parts, screen: Screen, user_id: int, events: int) -> Exit | None:
    bot = parts.settings.the_bot
    async with parts.dynamodb() as dynamodb:
        known = await People(dynamodb, parts.settings.tables_prefix, bot).known(user_id, events)
    if known is None:
        raise StopError(f"{bot} knows nobody of id {user_id}: no update of theirs was handled, or they were erased")
    if screen.json:
        screen.document(document_of(known))
    else:
        display(screen, known, datetime.now(UTC))
    return None


async def _reset(parts: Parts, screen: Screen, user_id: int, *, dry_run: bool) -> Exit | None:
    bot = parts.settings.the_bot
    async with parts.dynamodb() as dynamodb:
        row = await People(dynamodb, parts.settings.tables_prefix, bot).row(user_id)
    if row is None:
        raise StopError(f"{bot} knows nobody of id {user_id}")
    state, session = row["state"]["S"], int(row["session"]["N"])
    if not dry_run:
        screen.confirm(f"Lead {user_id}, now at {state} in session {session}, back to the start?")
        async with parts.channel() as channel:
            await give(channel, orders.reset(bot, user_id, session, int(row["version"]["N"])))
    if screen.json:
        screen.document({"user": user_id, "state": state, "session": session, "dry_run": dry_run})
    else:
        screen.text(f"{user_id}, at {state} in session {session}: {'would be' if dry_run else 'is'} led back")
    return None


async def _erase(parts: Parts, screen: Screen, *, user_id: int | None, settle: float, dry_run: bool) -> Exit | None:
    settings = parts.settings
    bot, bucket = settings.the_bot, settings.tts_bucket or missing("tts_bucket")
    broker = settings.the_broker
    async with parts.dynamodb() as dynamodb, parts.s3() as s3:
        rows = Rows(
            dynamodb,
            settings.tables_prefix,
            events_days=settings.events_days,
            deliveries_days=math.ceil(settings.row_life / _DAY),
        )
        people = await rows.requested(bot) if user_id is None else [Person(bot, user_id, 0)]
        if dry_run or not people:
            _tell(screen, people, await _there(rows, people), dry_run=dry_run)
            return None
        who = f"person {user_id}" if user_id else f"{len(people)} who asked for it"
        screen.confirm(f"Erase {who} from everything, for good?")
        if user_id is not None:
            people = [await rows.request(bot, user_id, _now())]
        eraser = Eraser(rows, SpeechBucket(s3, bucket, rows), partial(take_out, broker), settle=settle)
        done = await _all(eraser, screen, people)
    _tell(screen, [person for person in people if person not in done.left], done.counts, left=len(done.left))
    if done.left:
        raise StopError(f"something of {len(done.left)} kept coming; run it again to go on.", Exit.FAILED)
    return None


async def _there(rows: Rows, people: list[Person]) -> Counts:
    """What a run would begin with; deliveries, letters and what others say of them are only found on the way."""
    counts = Counts()
    for person in people:
        for table in (tables.SESSIONS, tables.EVENTS):
            counts[table.name] += len(await rows.of_person(table, person.key))
    return counts


async def _all(eraser: Eraser, screen: Screen, people: list[Person]) -> Erased:
    done = 0

    def count(steps: int) -> None:
        nonlocal done
        done += steps
        advance(steps)

    with screen.progress("erasing", total=len(people)) as advance:
        try:
            return await eraser.erase(people, count)
        except StopError as stop:
            left = len(people) - done
            raise StopError(f"{stop.text}\n{done} erased, {left} left; run it again to go on.", stop.code) from stop


def _tell(screen: Screen, people: list[Person], counts: Counts, *, dry_run: bool = False, left: int = 0) -> None:
    """Say how many and how much, and never whom: this stays in logs for longer than they do here."""
    if screen.json:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        much = dict(sorted(counts.items()))
        document = {"audit": "erasure", "at": now, "people": len(people), "left": left, "removed": much}
        screen.line({"dry_run": True, "people": len(people), "found": much} if dry_run else document)
        return
    if not people and not left:
        screen.text("Nobody asks to be erased.")
        return
    screen.text(
        f"{'would be erased' if dry_run else 'erased'}: {len(people)} {'person' if len(people) == 1 else 'people'}"
    )
    screen.table("", ["what", ">found" if dry_run else ">removed"], sorted(counts.items()))


def _now() -> int:
    return round(datetime.now(UTC).timestamp() * 1000)
