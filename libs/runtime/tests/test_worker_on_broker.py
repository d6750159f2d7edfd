from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lbc_contracts.messages import UpdateReceived
from lbc_contracts.topology import DUE, UPDATES, WorkQueue
from lbc_contracts.wire import Wire, encode
from lbc_runtime.errors import DependencyDown, Invalid, Park, Transient
from lbc_runtime.worker import Incoming

pytestmark = pytest.mark.timeout(120)


def header(message: Any, name: str) -> Any:
    return (message.header.properties.headers or {}).get(name)


async def test_a_handled_message_is_acked_and_known_by_its_correlation_id(bench: Any, recorder: Any) -> None:
    handler = recorder()
    async with bench.worker(handler) as running:
        await bench.send("a", "b", "c")
        await handler.until_done("a", "b", "c")
    assert running.ends("done") == 3
    assert await bench.depth(DUE.name) == 0
    assert {incoming.message.correlation_id for incoming in handler.seen} == {"update-7"}


async def test_an_update_keeps_its_bytes_through_the_broker(bench: Any, recorder: Any, make_due: Any) -> None:
    handler = recorder()
    body = b'{"update_id": 7,  "odd":"\\u00e9"}'
    update = UpdateReceived(
        id="bot:7", correlation_id="bot:7", time=make_due("x").time, bot="bot", update_id=7, body=body
    )
    async with bench.worker(handler, queues=(UPDATES,)):
        await bench.admin.publish(update, UPDATES)
        await handler.until_done("bot:7")
    assert handler.seen[0].message == update


async def test_invalid_without_a_quarantine_is_a_dead_letter_with_its_reason(bench: Any, recorder: Any) -> None:
    async def refuse(_: Incoming) -> None:
        raise Invalid("no-such-user", "user 1")

    async with bench.worker(recorder(refuse)) as running:
        await bench.send("a")
        dead = await bench.take(DUE.dead)
    assert header(dead, "x-lbc-reason") == "no-such-user"
    assert header(dead, "x-lbc-error") == "user 1"
    assert header(dead, "x-lbc-queue") == DUE.name
    assert dead.header.properties.correlation_id == "update-7"
    assert dead.header.properties.message_type == "step-due"
    assert header(dead, "x-lbc-id") == "a"
    assert running.ends("invalid") == 1


async def test_what_cannot_be_read_goes_to_quarantine_byte_for_byte(bench: Any, recorder: Any) -> None:
    handler = recorder()
    wire = Wire("update-received", "bot:1", b"\xff not ours", {"x-lbc-version": "one"})
    async with bench.worker(handler, queues=(UPDATES,)):
        await bench.admin.publish_wire(wire, exchange=UPDATES.name, routing_key=UPDATES.name)
        assert UPDATES.invalid
        quarantined = await bench.take(UPDATES.invalid)
    assert quarantined.body == wire.body
    assert header(quarantined, "x-lbc-reason") == "unreadable"
    assert handler.seen == []
    assert await bench.depth(UPDATES.dead) == 0


async def test_transient_climbs_the_rungs_and_then_is_a_dead_letter(bench: Any, recorder: Any) -> None:
    async def conflict(_: Incoming) -> None:
        raise Transient("conflict", "again")

    handler = recorder(conflict)
    async with bench.worker(handler, max_attempts=4) as running:
        await bench.send("a")
        dead = await bench.take(DUE.dead)
    assert [incoming.attempt for incoming in handler.seen] == [0, 1, 2, 3]
    assert header(dead, "x-lbc-reason") == "conflict"
    assert running.ends("retried") == 3
    assert running.ends("exhausted") == 1


async def test_transient_that_passes_leaves_nothing_behind(bench: Any, recorder: Any) -> None:
    async def twice(incoming: Incoming) -> None:
        if incoming.attempt < 2:
            raise Transient("conflict")

    handler = recorder(twice)
    async with bench.worker(handler):
        await bench.send("a")
        await handler.until_done("a")
    assert await bench.depth(DUE.name) == 0
    assert await bench.depth(DUE.dead) == 0


async def test_a_bug_is_a_dead_letter_with_its_stack_and_no_token(bench: Any, recorder: Any) -> None:
    async def stumble(_: Incoming) -> None:
        token = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
        raise KeyError(f"no {token}")

    async with bench.worker(recorder(stumble)):
        await bench.send("a")
        dead = await bench.take(DUE.dead)
    stack = header(dead, "x-lbc-error")
    assert header(dead, "x-lbc-reason") == "KeyError"
    assert "stumble" in stack
    assert "AAHdq" not in stack


async def test_a_parked_message_comes_back_with_no_attempt_spent(bench: Any, recorder: Any) -> None:
    loop = asyncio.get_running_loop()
    times: list[float] = []

    async def later(_: Incoming) -> None:
        times.append(loop.time())
        if len(times) == 1:
            raise Park(1.0, "chat-pacing")

    handler = recorder(later)
    async with bench.worker(handler) as running:
        await bench.send("a")
        await handler.until_done("a")
    assert [incoming.attempt for incoming in handler.seen] == [0, 0]
    # The rungs are shorter than the wait: it was parked again without the handler being asked.
    assert running.count("lbc_parked_total", service="onboarding", reason="not-before") >= 1
    assert times[1] - times[0] >= 0.99


async def test_a_message_of_a_newer_version_waits_for_the_code_that_reads_it(
    bench: Any, recorder: Any, make_due: Any
) -> None:
    handler = recorder()
    wire = encode(make_due("a"))
    newer = Wire(wire.type, wire.correlation_id, wire.body, {**wire.headers, "x-lbc-version": 99})
    async with bench.worker(handler) as running:
        await bench.admin.publish_wire(newer, exchange=DUE.name, routing_key=DUE.name)
        await running_parked(running, "too-new", 2)
    assert handler.seen == []
    assert await bench.depth(DUE.dead) == 0


async def running_parked(running: Any, reason: str, times: int) -> None:
    from lbc_testkit import wait_until  # noqa: PLC0415 - beside its only use

    await wait_until(
        lambda: running.count("lbc_parked_total", service="onboarding", reason=reason) >= times,
        what=f"parked {times} times",
    )


async def test_while_a_dependency_is_down_nothing_is_lost_and_no_attempt_spent(bench: Any, recorder: Any) -> None:
    up = asyncio.Event()

    async def work(_: Incoming) -> None:
        if not up.is_set():
            raise DependencyDown("dynamodb", "refused")

    async def probe() -> None:
        if not up.is_set():
            raise ConnectionError("still down")

    names = [f"m{number}" for number in range(40)]
    handler = recorder(work)
    await bench.send(*names)
    async with bench.worker(handler, probes={"dynamodb": probe}, prefetch=5) as running:
        await handler.until_seen(1)
        # What the worker did not hold is free for others, and it holds no more than it had taken.
        await bench.until_depth(DUE.name, 35)
        assert running.count("lbc_paused", service="onboarding", dependency="dynamodb") == 1
        assert running.worker.ready()
        up.set()
        await handler.until_done(*names)
        assert running.count("lbc_dependency_up", dependency="dynamodb") == 1
    assert {incoming.attempt for incoming in handler.seen} == {0}
    assert await bench.depth(DUE.name) == 0
    assert await bench.depth(DUE.dead) == 0


async def test_a_probe_that_lies_does_not_pile_up_messages(bench: Any, recorder: Any) -> None:
    up = asyncio.Event()

    async def work(_: Incoming) -> None:
        if not up.is_set():
            raise DependencyDown("s3")

    names = [f"m{number}" for number in range(60)]
    handler = recorder(work)
    await bench.send(*names)
    async with bench.worker(handler, prefetch=3):
        await handler.until_seen(30)  # many rounds of probe, retry, down again
        assert await bench.depth(DUE.name) >= 57  # what it took at first, and not one more
        up.set()
        await handler.until_done(*names)


async def test_held_too_long_a_message_waits_in_the_broker(bench: Any, recorder: Any) -> None:
    up = asyncio.Event()

    async def work(_: Incoming) -> None:
        if not up.is_set():
            raise DependencyDown("polly")

    async def probe() -> None:
        await up.wait()

    handler = recorder(work)
    async with bench.worker(handler, probes={"polly": probe}, hold_limit=0.2) as running:
        await bench.send("a")
        await bench.until_depth("onboarding.delay.long", 1)
        await bench.until_depth(DUE.name, 1)  # back, and untouched while paused
        assert running.ends("held") == 1
        up.set()
        await handler.until_done("a")
    assert handler.seen[-1].attempt == 0


async def test_stopping_finishes_what_is_in_flight_and_takes_no_more(bench: Any, recorder: Any) -> None:
    go_on = asyncio.Event()

    async def slow(_: Incoming) -> None:
        await go_on.wait()

    handler = recorder(slow)
    async with bench.worker(handler, prefetch=4) as running:
        await bench.send(*[f"m{number}" for number in range(10)])
        await handler.until_seen(4)
        running.stop.set()
        await bench.until_depth(DUE.name, 6)
        assert not running.worker.ready()
        go_on.set()
        await running.end()
    assert len(handler.done) == 4
    assert await bench.depth(DUE.name) == 6


async def test_stopping_while_paused_puts_what_is_held_back(bench: Any, recorder: Any) -> None:
    async def work(_: Incoming) -> None:
        raise DependencyDown("dynamodb")

    async def probe() -> None:
        raise ConnectionError

    handler = recorder(work)
    await bench.send("a", "b")
    async with bench.worker(handler, probes={"dynamodb": probe}):
        await handler.until_seen(1)
        await bench.until_depth(DUE.name, 0)
    await bench.until_depth(DUE.name, 2)
    returned = await bench.take(DUE.name)
    assert not header(returned, "x-delivery-count")  # a stop does not count as a crash
    assert header(returned, "x-lbc-attempt") is None


async def test_what_is_not_done_in_time_is_delivered_again(bench: Any, recorder: Any) -> None:
    async def stuck(_: Incoming) -> None:
        await asyncio.Event().wait()

    handler = recorder(stuck)
    async with bench.worker(handler, drain_timeout=0.2):
        await bench.send("a")
        await handler.until_seen(1)
    again = recorder()
    async with bench.worker(again):
        await again.until_done("a")
    assert again.seen[0].redelivered


async def test_a_handler_that_takes_too_long_is_tried_again(bench: Any, recorder: Any) -> None:
    async def slow_once(incoming: Incoming) -> None:
        if incoming.attempt == 0:
            await asyncio.Event().wait()

    handler = recorder(slow_once)
    async with bench.worker(handler, handle_timeout=0.2):
        await bench.send("a")
        await handler.until_done("a")
    assert [incoming.attempt for incoming in handler.seen] == [0, 1]


@pytest.mark.parametrize("queue", [DUE])
async def test_a_cancelled_consumer_comes_back(bench: Any, recorder: Any, queue: WorkQueue) -> None:
    handler = recorder()
    async with bench.worker(handler):
        await bench.vhost.broker.management.close_connections(user=bench.vhost.users[queue.consumer][0])
        await bench.send("a")
        await handler.until_done("a")
