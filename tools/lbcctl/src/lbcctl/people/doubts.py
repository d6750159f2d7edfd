"""Why the command that somebody waits for may still be on its way, so that sending again would double it.

Nobody may look into a queue that is being consumed, so a message in one of them may be anybody's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final

from aiormq.abc import AbstractChannel

from lbc_contracts.topology import DELIVERY, MEDIA, TTS, Rung, rung_name
from lbcctl.deadletters import FEW, depth, walk
from lbcctl.pausing import Pause
from lbcctl.people.rows import Item, Waiting

_WORKS: Final = (MEDIA, TTS, DELIVERY)
QUEUES: Final = tuple(work.name for work in _WORKS) + tuple(
    rung_name(work.consumer, rung) for work in _WORKS for rung in Rung
)
"""Where a command may be on its way to a person."""

_ROWS: Final[Mapping[str, str]] = {
    "sent": "it was sent, and the outcome is on its way",
    "claimed": "delivery has begun to send it",
}


async def of_all(channel: AbstractChannel, pause: Pause) -> str:
    """What lets everybody's command wait, empty if nothing does."""
    if pause.paused:
        return pause.sentence()
    depths = {queue: await depth(channel, [queue]) for queue in QUEUES}
    waiting = [f"{number} in {queue}" for queue, number in depths.items() if number]
    return f"messages wait: {', '.join(waiting)}" if waiting else ""


async def buried(channel: AbstractChannel, commands: Collection[str]) -> dict[str, str]:
    """The dead-letter queue of each of the commands that is in one, as far as these are read."""
    found: dict[str, str] = {}
    for work in _WORKS:
        async for letter in walk(channel, [work.dead], FEW):
            if letter.id in commands:
                found[letter.id] = work.dead
    return found


def of_one(waiting: Waiting, bot: str, deliveries: Iterable[Item], graves: Mapping[str, str], now: datetime) -> str:
    """What is known of one person's command, empty if nothing is."""
    command = waiting.command(bot)
    if not waiting.given_up and not waiting.is_overdue(now):
        return "it was asked for a moment ago"
    if grave := graves.get(command):
        return f"it is in {grave}: `lbcctl dlq redrive --id {command}`"
    states = {row["commandId"]["S"]: row.get("state", {}).get("S", "") for row in deliveries}
    return _ROWS.get(states.get(command, ""), "")
