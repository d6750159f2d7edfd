from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from lbc_runtime.memo import Memo


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class Source:
    """Counts look-ups; each waits until it is let go."""

    def __init__(self, *values: int | Exception) -> None:
        self.values = list(values)
        self.asked = 0
        self.open = asyncio.Event()
        self.open.set()

    async def __call__(self) -> int:
        self.asked += 1
        await self.open.wait()
        value = self.values.pop(0)
        if isinstance(value, Exception):
            raise value
        return value


def memo(clock: Clock, size: int = 2) -> Memo[str, int]:
    return Memo(clock, size=size, ttl=lambda value: 10.0 if value > 0 else 1.0)


async def test_what_is_known_is_not_looked_up() -> None:
    clock, source = Clock(), Source(1, -2, 3)
    known = memo(clock)
    assert [await known.get("a", source) for _ in range(3)] == [1, 1, 1]
    clock.seconds = 10
    assert await known.get("a", source) == -2
    clock.seconds = 11
    assert await known.get("a", source) == 3
    assert source.asked == 3


async def test_who_comes_meanwhile_waits_for_the_same() -> None:
    source = Source(1)
    source.open.clear()
    known = memo(Clock())
    waiting = [asyncio.create_task(known.get("a", source)) for _ in range(5)]
    await asyncio.sleep(0)
    source.open.set()
    assert await asyncio.gather(*waiting) == [1] * 5
    assert source.asked == 1


async def test_a_failure_is_told_to_all_and_forgotten() -> None:
    source = Source(OSError("once"), 1)
    source.open.clear()
    known = memo(Clock())
    waiting = [asyncio.create_task(known.get("a", source)) for _ in range(2)]
    await asyncio.sleep(0)
    source.open.set()
    assert [str(error) for error in await asyncio.gather(*waiting, return_exceptions=True)] == ["once", "once"]
    assert await known.get("a", source) == 1


async def test_who_gives_up_takes_nobody_along() -> None:
    source = Source(1)
    source.open.clear()
    known = memo(Clock())
    first, second = (asyncio.create_task(known.get("a", source)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    source.open.set()
    assert await second == 1
    assert first.cancelled()


async def test_it_holds_no_more_than_its_size() -> None:
    known = memo(Clock())
    for key, value in (("a", 1), ("b", 2), ("a", 0), ("c", 3)):
        await known.get(key, Source(value))
    assert len(known) == 2
    again = Source(9)
    assert await known.get("a", again) == 1
    assert await known.get("b", again) == 9


async def test_the_end_cancels_what_nobody_waits_for() -> None:
    source = Source(1)
    source.open.clear()
    known = memo(Clock())
    waiting = asyncio.create_task(known.get("a", source))
    await asyncio.sleep(0)
    await known.aclose()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert len(known) == 0
