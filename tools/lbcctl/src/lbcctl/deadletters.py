"""Look at dead letters and quarantined updates, bring them back to where they were, or take them out; losing none.

What is brought back is published first and acked after, what is taken out is kept first and acked after. So an
interruption at any point can only leave a letter in both places; the idempotency keys and event rows make the second
one without effect, as long as those rows live.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aiormq.abc import AbstractChannel, DeliveredMessage

from lbc_contracts.topology import WORK_QUEUES
from lbc_contracts.topology import graves as graves_of
from lbc_contracts.wire import Wire
from lbc_runtime import amqp
from lbc_runtime.verdict import ATTEMPT, ERROR, NOT_BEFORE, QUEUE, REASON
from lbcctl.letters import MAX_AGE, Filter, Letter, Moment, letter_of

CALL_SECONDS = 10.0
"""Longest wait for the broker at each step."""

BATCH = 32
"""Letters that are on their way at once; so many may be in two places after an interruption.

No more, since a quorum queue's client in the broker holds back acks beyond 32, and forgets these when the channel ends.
"""

_PASSING = (ATTEMPT, NOT_BEFORE, REASON, ERROR, QUEUE)

Advance = Callable[[int], None]
Keep = Callable[[Sequence[Letter]], None]


@dataclass(slots=True)
class Tally:
    """What became of the letters that were looked at.

    Attributes:
        done: brought back, or taken out.
        too_old: meant, but left: a repetition might not be noticed any more.
        passed: not meant.
    """

    done: int = 0
    too_old: int = 0
    passed: int = 0


@dataclass(frozen=True, slots=True)
class _Held:
    letter: Letter
    tag: int


async def walk(channel: AbstractChannel, graves: Iterable[str], most: int) -> AsyncGenerator[Letter, None]:
    """Look at the letters, the oldest of each grave first; all are back in their places at the end.

    To be closed by who leaves it early (`contextlib.aclosing`).

    Args:
        channel: as `lbcctl.parts.Parts.channel` opens it.
        graves: queues to look into.
        most: letters to look at in each.
    """
    names = tuple(graves)
    async with _given_back(channel, names[0]) as unacked:
        async for held in _held(channel, names, most, unacked):
            yield held.letter


async def redrive(
    channel: AbstractChannel,
    graves: Iterable[str],
    wanted: Filter | None = None,
    *,
    max_age: timedelta = MAX_AGE,
    limit: int = 1_000_000,
    advance: Advance = lambda _: None,
) -> Tally:
    """Move letters back into the queues that they came from, the oldest first; each keeps its id.

    Args:
        channel: with publisher confirms.
        graves: queues to empty; what arrives meanwhile waits for the next call.
        wanted: the letters that are meant; None means all.
        max_age: what is older is left; see `lbcctl.letters.Moment`.
        limit: how many at the most.
        advance: told how many more were looked at.

    Raises:
        Exception: one of `lbc_runtime.amqp.LOST`, when the broker is gone; nothing is lost by it.
    """

    async def bring_back(batch: Sequence[Letter]) -> None:
        await put(channel, batch)

    return await _take(channel, graves, wanted or Filter(), bring_back, limit=limit, advance=advance, max_age=max_age)


async def drop(
    channel: AbstractChannel,
    graves: Iterable[str],
    wanted: Filter,
    keep: Keep | None,
    *,
    limit: int = 1_000_000,
    advance: Advance = lambda _: None,
) -> Tally:
    """Take letters out of their graves.

    Args:
        channel: that may read the graves.
        graves: queues to look into.
        wanted: the letters that are meant.
        keep: must have stored the letters when it returns; None is for those that nobody may keep.
        limit: how many at the most.
        advance: told how many more were looked at.
    """

    async def stored(batch: Sequence[Letter]) -> None:
        if keep:
            await asyncio.to_thread(keep, batch)

    return await _take(channel, graves, wanted, stored, limit=limit, advance=advance, max_age=timedelta.max)


async def put(channel: AbstractChannel, letters: Sequence[Letter]) -> None:
    """Publish letters to the queues that they came from; returns when the broker has stored each.

    Raises:
        Exception: one of `lbc_runtime.amqp.LOST`; some may be stored then.
    """
    done = await asyncio.gather(*(_publish(channel, letter) for letter in letters), return_exceptions=True)
    for failed in done:
        if isinstance(failed, BaseException):
            raise failed


async def depth(channel: AbstractChannel, graves: Iterable[str]) -> int:
    """Letters that are in the graves together."""
    return sum([await _count(channel, grave) for grave in graves])


async def oldest(channel: AbstractChannel) -> dict[str, float | None]:
    """Age in seconds of the letter at the head of each grave that has some; None if it cannot be read."""
    moment = Moment(datetime.now(UTC))
    found: dict[str, float | None] = {}
    for grave in (grave for work in WORK_QUEUES for grave in graves_of(work)):
        async for letter in walk(channel, [grave], most=1):
            age = letter.age(moment)
            found[grave] = age.total_seconds() if age is not None else None
    return found


async def _take(
    channel: AbstractChannel,
    graves: Iterable[str],
    wanted: Filter,
    settle: Callable[[Sequence[Letter]], Awaitable[None]],
    *,
    limit: int,
    advance: Advance,
    max_age: timedelta,
) -> Tally:
    tally, moment = Tally(), Moment(datetime.now(UTC), max_age)
    batch: list[_Held] = []

    names = tuple(graves)
    async with _given_back(channel, names[0]) as unacked:

        async def flush() -> None:
            await settle([held.letter for held in batch])
            await _ack(channel, {held.tag for held in batch}, unacked)
            tally.done += len(batch)
            batch.clear()

        async for held in _held(channel, names, 1_000_000, unacked):
            advance(1)
            if not wanted.fits(held.letter, moment):
                tally.passed += 1
            elif not held.letter.may_return(moment):
                tally.too_old += 1
            else:
                batch.append(held)
            if len(batch) == BATCH or tally.done + len(batch) >= limit:
                await flush()
            if tally.done >= limit:
                break
        await flush()
    return tally


async def _held(
    channel: AbstractChannel, graves: Iterable[str], most: int, unacked: set[int]
) -> AsyncGenerator[_Held, None]:
    """Take letters without acking them; each is in ``unacked`` from then on."""
    for grave in graves:
        for _ in range(min(await _count(channel, grave), most)):
            async with asyncio.timeout(CALL_SECONDS):
                message = await channel.basic_get(grave, no_ack=False)
            if not message.delivery_tag:
                break
            unacked.add(message.delivery_tag)
            yield _Held(_letter(grave, message), message.delivery_tag)


@asynccontextmanager
async def _given_back(channel: AbstractChannel, grave: str) -> AsyncGenerator[set[int], None]:
    """At the end, whatever it is, letters whose tags are still in the set go back to their places."""
    unacked: set[int] = set()
    try:
        yield unacked
    finally:
        if not channel.is_closed:  # a channel that closes gives them back too, but only a moment later
            if unacked:
                await channel.basic_nack(max(unacked), multiple=True, requeue=True)
            await _count(channel, grave)  # its answer means that the broker has read all acks before it


async def _ack(channel: AbstractChannel, tags: set[int], unacked: set[int]) -> None:
    """Ack letters, by one frame where none that was passed over lies between them."""
    last = max(tags, default=0)
    if tags and all(tag in tags for tag in unacked if tag <= last):
        await channel.basic_ack(last, multiple=True)
    else:
        for tag in sorted(tags):
            await channel.basic_ack(tag)
    unacked -= tags


async def _count(channel: AbstractChannel, grave: str) -> int:
    async with asyncio.timeout(CALL_SECONDS):
        declared = await channel.queue_declare(grave, passive=True)
    return declared.message_count or 0


async def _publish(channel: AbstractChannel, letter: Letter) -> None:
    wire = letter.wire
    headers = {name: value for name, value in wire.headers.items() if name not in _PASSING}
    fresh = Wire(wire.type, wire.correlation_id, wire.body, headers)
    async with asyncio.timeout(CALL_SECONDS):
        await channel.basic_publish(
            fresh.body,
            exchange=letter.work.name,
            routing_key=letter.work.name,
            properties=amqp.properties(fresh),
            mandatory=True,
        )


def _letter(grave: str, message: DeliveredMessage) -> Letter:
    properties = message.header.properties
    return letter_of(grave, amqp.wire_of(message.body, properties), dict(properties.headers or {}))
