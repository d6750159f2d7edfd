"""``lbcctl status``: the whole platform on one screen."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated

import typer
from rich.text import Text

from lbcctl.commands.letter_options import typed_duration
from lbcctl.console import Cell, Json, Screen, age, needs, run
from lbcctl.exits import Exit
from lbcctl.health import HISTORY, Report, Waiting, Webhook, report
from lbcctl.parts import Parts
from lbcctl.queues import DELAY, QueueState

NEEDS = needs(
    aws=["dynamodb:GetItem on control", "dynamodb:Query on users/index/due"],
    amqp="read on the graves (user `operator`)",
    management="tag `management` (user `operator`)",
    telegram="getWebhookInfo",
)
_COLUMNS = ("queue", ">ready", ">unacked", ">consumers", ">in/s", ">out/s", ">oldest")


def status(
    every: Annotated[
        timedelta,
        typer.Option(
            "--every", parser=typed_duration, metavar="TIME", show_default="5s", help="With --watch: between looks."
        ),
    ] = timedelta(seconds=5),
    for_: Annotated[
        timedelta,
        typer.Option(
            "--for", parser=typed_duration, metavar="TIME", show_default="15m", help="With --watch: how long."
        ),
    ] = timedelta(minutes=15),
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Look again and again.")] = False,
    json: Json = False,
) -> None:
    """Show queues, letters, the pause, the webhook and who waits. A part that is down does not hide the others.

    The exit code is 0 if all is well, 1 if there is something to look at, 3 if a part is down.
    The age of a queue's oldest message is an upper bound, told from the queue's history; of up to 1,000 letters
    it is exact.
    """
    looks = max(1, int(for_ / max(every, timedelta(seconds=1)))) if watch else 1
    run(lambda parts, screen: _status(parts, screen, looks, every.total_seconds()), json=json)


async def _status(parts: Parts, screen: Screen, looks: int, seconds: float) -> Exit:
    for look in range(looks):
        if look:
            await asyncio.sleep(max(1.0, seconds))
        found = await report(parts)
        if screen.json:
            (screen.line if looks > 1 else screen.document)(document(found))
        else:
            if looks > 1:
                screen.clear()
            show(screen, found, f"; again in {seconds:g} s, Ctrl-C ends it" if look + 1 < looks else "")
    return found.exit


def document(found: Report) -> dict[str, object]:
    """All of it, for machines; null where a part could not say."""
    letters = found.letters or {}
    return {
        "at": found.at,
        "exit": int(found.exit),
        "queues": found.queues
        and [queue.document() | {"oldest_letter_seconds": letters.get(queue.name)} for queue in found.queues],
        "sending": found.pause and found.pause.document(),
        "webhook": found.webhook and _webhook_document(found.webhook),
        "waiting": found.waiting and _waiting_document(found.waiting),
        "problems": found.problems,
        "troubles": [trouble.text for trouble in found.troubles],
    }


def show(screen: Screen, found: Report, next_: str = "") -> None:
    """All of it, for people.

    Args:
        screen: where.
        found: what.
        next_: when it is shown again.
    """
    screen.text(f"{found.at:%Y-%m-%d %H:%M:%S} UTC{next_}")
    if found.queues is not None:
        shown = [queue for queue in found.queues if queue.kind != DELAY or queue.messages or not queue.there]
        screen.table("", _COLUMNS, [_row(queue, found.letters or {}) for queue in shown])
        if len(shown) < len(found.queues):
            screen.text(f"and {len(found.queues) - len(shown)} delay queues, empty")
    screen.text("")
    facts: list[tuple[str, Cell]] = []
    if found.pause:
        paused = Text(
            found.pause.sentence().removeprefix("sending "), style="bold yellow" if found.pause.paused else ""
        )
        facts.append(("sending", paused))
    if found.webhook:
        facts.append(("webhook", _webhook_line(found.webhook)))
    if found.waiting:
        facts.append(("waiting", _waiting_line(found.waiting, found)))
    screen.table("", ("", ""), facts)
    for problem in found.problems:
        screen.out.print(Text(f"! {problem}", style="yellow"), soft_wrap=True)
    for trouble in found.troubles:
        screen.out.print(Text(f"! {trouble.text}", style="bold red"), soft_wrap=True)
    if found.exit is Exit.OK:
        screen.out.print(Text("all is well", style="green"))


def _row(queue: QueueState, letters: dict[str, float | None]) -> tuple[Cell, ...]:
    style = "yellow" if queue.problem else ""
    if not queue.there:
        return (Text(queue.name, style=style), "missing", "", "", "", "", "")
    numbers = (queue.ready, queue.unacked, queue.consumers, f"{queue.rate_in:g}", f"{queue.rate_out:g}")
    return (Text(queue.name, style=style), *numbers, _oldest(queue, letters))


def _oldest(queue: QueueState, letters: dict[str, float | None]) -> str:
    if not queue.messages:
        return "-"
    exact = letters.get(queue.name)
    if exact is not None:
        return age(timedelta(seconds=exact))
    if queue.oldest_at_most is None:
        return f"> {age(timedelta(seconds=HISTORY[-1][0]))}"
    return f"< {age(timedelta(seconds=queue.oldest_at_most + HISTORY[0][1]))}"


def _webhook_line(webhook: Webhook) -> str:
    told = f"; last complaint {webhook.error_at:%Y-%m-%d %H:%M} UTC: {webhook.error}" if webhook.error_at else ""
    return f"{webhook.url or 'none'}, {webhook.pending} updates wait at Telegram{told}"


def _webhook_document(webhook: Webhook) -> dict[str, object]:
    return {
        "url": webhook.url or None,
        "pending_updates": webhook.pending,
        "last_error": webhook.error or None,
        "last_error_at": webhook.error_at,
    }


def _waiting_line(waiting: Waiting, found: Report) -> str:
    floor = "at least " if waiting.more else ""
    late = f", the oldest for {age(found.at - waiting.oldest_due)}: `lbcctl people stuck`" if waiting.oldest_due else ""
    return f"{floor}{waiting.people} people wait for a step, {waiting.overdue} of them overdue{late}"


def _waiting_document(waiting: Waiting) -> dict[str, object]:
    return {
        "people": waiting.people,
        "overdue": waiting.overdue,
        "oldest_due": waiting.oldest_due,
        "more": waiting.more,
    }
