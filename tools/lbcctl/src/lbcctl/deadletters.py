"""Look at dead letters and quarantined updates, bring them back to where they were, or take them out; losing none.

What is brought back is published first and acked after, what is taken out is kept first and acked after. So an
interruption at any point can only leave a letter in both places; the idempotency keys and event rows make the second
one without effect, as long as those rows live.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aiormq.abc import AbstractChannel, DeliveredMessage

from lbc_contracts.topology import WORK_QUEUES
from lbc_contracts.topology import graves as graves_of
from lbc_contracts.wire import Wire
from lbc_runtime import amqp
from lbc_runtime.verdict import ATTEMPT, ERROR, NOT_BEFORE, QUEUE, REASON
from lbcctl.holding import AT_ONCE, Hold, holding
from lbcctl.holding import depth as depth_of
from lbcctl.letters import MAX_AGE, Filter, Letter, Moment, letter_of

CALL_SECONDS = 10.0
"""Longest wait for the broker at each step."""

BATCH = AT_ONCE
"""Letters that are on their way at once; so many may be in two places after an interruption."""

FEW = 1_000
"""Letters of a grave that are all looked at to find the oldest: once they returned, it may be anywhere."""

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
    """Look at the letters, the oldest of each grave first; those of a grave are back in their order after its last.

    To be closed by who leaves it early (`contextlib.aclosing`).

    Args:
        channel: as `lbcctl.parts.Parts.channel` opens it.
        graves: queues to look into.
        most: letters to look at in each.
    """
    for grave in graves:
        async with holding(channel, CALL_SECONDS) as hold, aclosing(hold.letters(grave, most)) as messages:
            async for message in messages:
                yield letter_in(grave, message)


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
    return sum([await depth_of(channel, grave, CALL_SECONDS) for grave in graves])


async def oldest(channel: AbstractChannel) -> dict[str, float | None]:
    """Age in seconds of the oldest letter in each grave that has some, but not too many; None if it cannot be read."""
    moment = Moment(datetime.now(UTC))
    found: dict[str, float | None] = {}
    for grave in (grave for work in WORK_QUEUES for grave in graves_of(work)):
        if 0 < await depth(channel, [grave]) <= FEW:
            ages = [letter.age(moment) async for letter in walk(channel, [grave], most=FEW)]
            found[grave] = max((age.total_seconds() for age in ages if age is not None), default=None)
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

    async with holding(channel, CALL_SECONDS) as hold:

        async def flush() -> None:
            await settle([held.letter for held in batch])
            await hold.ack({held.tag for held in batch})
            tally.done += len(batch)
            batch.clear()

        async for held in _letters(hold, graves, limit):
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


async def _letters(hold: Hold, graves: Iterable[str], limit: int) -> AsyncGenerator[_Held, None]:
    for grave in graves:
        async for message in hold.letters(grave, first=min(limit, FEW)):
            yield _Held(letter_in(grave, message), message.delivery_tag or 0)


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


def letter_in(grave: str, message: DeliveredMessage) -> Letter:
    """A letter as the broker delivered it."""
    properties = message.header.properties
    return letter_of(grave, amqp.wire_of(message.body, properties), dict(properties.headers or {}))
