"""What holds commands back: floods, the pace of a chat and of all, and the operator's pause."""

from __future__ import annotations

import asyncio
from collections import deque

import pytest
from delivery_world.bench import Bench
from delivery_world.commands import refused, text, video
from delivery_world.doubles import FakeClock

from lbc_delivery.app.pause import Pause
from lbc_runtime.errors import DependencyDown, Park


async def test_a_flood_parks_the_command_and_those_behind_it(bench: Bench) -> None:
    bench.api.answers.append(refused(429, "Too Many Requests: retry after 30", retry_after=30.0))
    with pytest.raises(Park) as first:
        await bench.handle(text())
    assert first.value.delay >= 30
    assert bench.rows.rows == {}
    bench.clock.seconds += 1
    with pytest.raises(Park) as second:
        await bench.handle(video())
    assert 29 <= second.value.delay <= 30
    await bench.handle(text(id="demo:7:1:done:1", user_id=7, chat_id=7))
    bench.clock.seconds += 30
    await bench.handle(text())
    assert [outcome.command_id for outcome in bench.outcomes] == ["demo:7:1:done:1", text().id]
    assert bench.meter.doubts == {}


async def test_a_flood_slows_everything_down() -> None:
    bench = Bench(rate=30)
    bench.api.answers.append(refused(429, "Too Many Requests", retry_after=1.0))
    with pytest.raises(Park):
        await bench.handle(text())
    assert bench.pace.rate(bench.clock.seconds) == 15


async def test_a_busy_chat_does_not_keep_others_waiting_for_ever(bench: Bench) -> None:
    bench.api.free.clear()
    first = asyncio.create_task(bench.handle(text()))
    await bench.api.asked.wait()
    with pytest.raises(Park) as parked:
        await bench.handle(video())
    assert parked.value.reason == "chat-busy"
    bench.api.free.set()
    await first
    await bench.handle(video())
    assert len(bench.outcomes) == 2


async def test_a_chat_hears_one_message_a_second() -> None:
    bench = Bench(chat_rate=1)
    await bench.handle(text())
    await bench.handle(text(id="b"))
    assert bench.clock.slept == [1.0]
    bench.clock.seconds += 0.5
    await bench.handle(text(id="c", chat_id=7))
    assert bench.clock.slept == [1.0]


async def test_a_long_wait_for_the_chat_is_parked() -> None:
    bench = Bench(chat_rate=0.2)
    await bench.handle(text())
    with pytest.raises(Park) as parked:
        await bench.handle(text(id="b"))
    assert (parked.value.reason, parked.value.delay) == ("chat-pace", 5)


async def test_a_long_wait_for_the_pace_is_parked() -> None:
    bench = Bench(rate=0.05)
    await bench.handle(text())
    with pytest.raises(Park) as parked:
        await bench.handle(text(id="b", chat_id=7))
    assert parked.value.reason == "pace"


async def test_a_pause_holds_everything(bench: Bench) -> None:
    bench.switch.on = True
    with pytest.raises(DependencyDown) as down:
        await bench.handle(text())
    assert down.value.dependency == "paused"
    assert bench.api.drafts == []
    bench.switch.on = False
    await bench.handle(text())
    assert len(bench.outcomes) == 1


async def test_before_the_row_was_read_nothing_is_sent(bench: Bench) -> None:
    with pytest.raises(DependencyDown):
        bench.pause.check()


async def test_the_row_is_read_again_and_again_whatever_happens() -> None:
    readings: deque[bool | Exception] = deque(
        [False, DependencyDown("dynamodb"), TypeError("a row that nobody can read"), True, False]
    )
    seen: list[bool] = []

    class Switch:
        async def paused(self) -> bool:
            reading = readings.popleft()
            if isinstance(reading, Exception):
                raise reading
            return reading

    class Looking(FakeClock):
        async def sleep(self, seconds: float) -> None:
            seen.append(_paused(pause))
            if not readings:
                raise asyncio.CancelledError
            await super().sleep(seconds)

    clock = Looking()
    pause = Pause(Switch(), clock, 3)
    with pytest.raises(asyncio.CancelledError):
        await pause.watch()
    assert seen == [False, False, False, True, False]
    assert clock.slept == [3] * 4


def _paused(pause: Pause) -> bool:
    try:
        pause.check()
    except DependencyDown:
        return True
    return False
