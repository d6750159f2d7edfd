"""Letters held while somebody looks at them, the oldest first; what was not acked is back in its place at the end.

They are consumed and not got one by one: RabbitMQ keeps what one consumer holds in its order, while each ``get`` is a
holder of its own, and these return in no order at all (seen with 3.10). They are given back by nacks, which RabbitMQ 4
does not count toward a queue's delivery limit, as it counts a channel that closes; 3.10 counts both, once a look.
If this process dies, all that it held returns as well; in order, unless it was giving letters back just then.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import groupby, islice, takewhile
from typing import Final, TypeVar

from aiormq.abc import AbstractChannel, DeliveredMessage

AT_ONCE: Final = 32
"""Letters that are acked or given back before the broker is asked whether it has read that.

A quorum queue's client in the broker holds back what is beyond 32, and forgets it when the channel ends; and of more
than 32 that return at once, 3.10 forgets the order.
"""

MOST: Final = 1_000_000
"""Letters that a grave has at the most."""

_FIRST: Final = 1_000
_MOST_HELD: Final = 65_535  # AMQP has 16 bits for what one consumer may hold
_KEPT: Final = 100_000  # of a larger grave, what is looked at may return behind the rest
_PENDING: Final = 16  # runs that are given back before waiting for them; of more than 32, the broker makes one
_LOOK_SECONDS: Final = 1.0
_POLL_SECONDS: Final = 0.005

T = TypeVar("T")


@asynccontextmanager
async def holding(channel: AbstractChannel, patience: float) -> AsyncIterator[Hold]:
    """Hold letters; whatever ends the block, those that were not acked go back to their places, in their order.

    Args:
        channel: that may read the graves; nobody else consumes on it.
        patience: seconds to wait for the broker at each step.
    """
    hold = Hold(channel, patience)
    try:
        yield hold
    finally:
        if not channel.is_closed:  # a channel that closes gives them back too, but only a moment later
            await hold.give_back()


@dataclass(slots=True)
class _Reading:
    """How far a grave was read.

    Attributes:
        left: letters that were in it at the beginning and were not fetched yet.
        first: how many to fetch at first.
        consumers: by name, in the order of their letters, which is the order in which these return.
        fetched: not given out yet.
    """

    grave: str
    left: int
    first: int
    consumers: list[str] = field(default_factory=list)
    fetched: deque[DeliveredMessage] = field(default_factory=deque)


class Hold:
    """What one channel holds. To be made by `holding`."""

    def __init__(self, channel: AbstractChannel, patience: float) -> None:
        self._channel = channel
        self._patience = patience
        self._held: dict[int, str] = {}
        self._counts: Counter[str] = Counter()
        self._readings: list[_Reading] = []

    async def letters(
        self, grave: str, most: int = MOST, first: int = _FIRST
    ) -> AsyncGenerator[DeliveredMessage, None]:
        """Letters that are in a grave now; those that somebody else takes meanwhile are not among them.

        Args:
            grave: the queue; once in a hold.
            most: how many at the most. If one of them stays, the others are held as well in the end: what returns is
                put behind what returned before, so that the order remains only if all return.
            first: how many are fetched at first; then as many as are held, and at least so many.

        Raises:
            TimeoutError: there are letters, but the broker does not deliver them.
        """
        reading = _Reading(grave, await depth(self._channel, grave, self._patience), first=min(first, most))
        self._readings.append(reading)
        for _ in range(min(most, reading.left)):
            if not reading.fetched:
                await self._fetch(reading)
            if not reading.fetched:
                break
            yield reading.fetched.popleft()

    async def ack(self, tags: Collection[int]) -> None:
        """Take letters out, by one frame where none that stays lies between them; at most `AT_ONCE`."""
        last = max(tags, default=0)
        if not tags:
            return
        if all(tag in tags for tag in takewhile(lambda tag: tag <= last, self._held)):
            await self._channel.basic_ack(last, multiple=True)
        else:
            for tag in sorted(tags):
                await self._channel.basic_ack(tag)
        grave = self._grave(last)
        for tag in tags:
            self._counts[self._held.pop(tag)] -= 1
        await depth(self._channel, grave, self._patience)

    async def give_back(self) -> None:
        """Return all that is still held; when it returns, the broker has them."""
        for reading in self._readings:
            while reading.left and 0 < self._holds(reading) < _KEPT:
                await self._fetch(reading)
        graves = {reading.grave for reading in self._readings}
        ready = {grave: await depth(self._channel, grave, self._patience) for grave in graves}
        for some in _some(_runs(self._held), _PENDING):
            for run in some:
                await self._channel.basic_nack(run.last, multiple=True, requeue=True)
                ready[self._grave(run.last)] += run.letters
            for grave in {self._grave(run.last) for run in some}:
                await self._returned(grave, ready[grave])
        self._held.clear()

    def _grave(self, tag: int) -> str:
        return self._held[tag].partition(" ")[2]

    async def _returned(self, grave: str, number: int) -> None:
        """Wait until so many are there, or somebody else seems to have taken of them."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_SECONDS):
                while await depth(self._channel, grave, self._patience) < number:  # noqa: ASYNC110 - no event for it
                    await asyncio.sleep(_POLL_SECONDS)

    async def _fetch(self, reading: _Reading) -> None:
        """Take as many letters again as are held, by a consumer that takes no more for those that are acked."""
        number = min(reading.left, max(reading.first, self._holds(reading)), _MOST_HELD)
        name, more = f"{len(reading.consumers):04} {reading.grave}", asyncio.Event()

        async def take(message: DeliveredMessage) -> None:
            if message.delivery_tag:
                self._held[message.delivery_tag] = name
                self._counts[name] += 1
                reading.fetched.append(message)
                more.set()

        reading.consumers.append(name)
        async with asyncio.timeout(self._patience):
            await self._channel.basic_qos(prefetch_count=number)
            await self._channel.basic_consume(reading.grave, take, no_ack=False, consumer_tag=name)
        while self._counts[name] < number and await self._more(more, reading.grave):
            pass
        async with asyncio.timeout(self._patience):
            await self._channel.basic_cancel(name)
        reading.left = reading.left - number if self._counts[name] == number else 0

    async def _more(self, more: asyncio.Event, grave: str) -> bool:
        """Wait for letters; False when all that was left is somebody else's now."""
        async with asyncio.timeout(self._patience):
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_SECONDS):
                        await more.wait()
                        more.clear()
                        return True
                if not await depth(self._channel, grave, self._patience) and not more.is_set():
                    return False

    def _holds(self, reading: _Reading) -> int:
        return sum(self._counts[name] for name in reading.consumers)


async def depth(channel: AbstractChannel, grave: str, patience: float) -> int:
    """Letters that nobody holds. Its answer means that the broker has read all acks and nacks before it."""
    async with asyncio.timeout(patience):
        declared = await channel.queue_declare(grave, passive=True)
    return declared.message_count or 0


@dataclass(frozen=True, slots=True)
class _Run:
    """Letters of one consumer that return together."""

    consumer: str
    last: int
    letters: int


def _runs(held: dict[int, str]) -> Iterator[_Run]:
    for consumer, tags in groupby(held, key=lambda tag: held[tag]):
        for some in _some(tags, AT_ONCE):
            yield _Run(consumer, some[-1], len(some))


def _some(things: Iterable[T], number: int) -> Iterator[list[T]]:
    """All of them, so many at a time."""
    rest = iter(things)
    while some := list(islice(rest, number)):
        yield some
