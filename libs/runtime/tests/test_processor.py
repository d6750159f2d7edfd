"""The rules for one message, without a broker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from lbc_contracts.topology import DUE, Service
from lbc_contracts.wire import Wire, encode
from lbc_runtime.errors import DependencyDown, Invalid, Park, Transient
from lbc_runtime.gate import Gate, Probe
from lbc_runtime.intake import Intake
from lbc_runtime.metrics import Catalogue
from lbc_runtime.processor import Delivery, Incoming, Processor
from lbc_runtime.turns import Turns


class ManualClock:
    """Time passes only when somebody sleeps, and then at once."""

    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 23, tzinfo=UTC) + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.passed += seconds


@dataclass
class Shelf:
    """A publisher that keeps what it was given, and fails when told to."""

    kept: list[tuple[str, str, Wire]] = field(default_factory=list)
    failures: int = 0

    async def publish_wire(self, wire: Wire, *, exchange: str, routing_key: str) -> None:
        if self.failures:
            self.failures -= 1
            raise DependencyDown("rabbitmq", "refused")
        self.kept.append((exchange, routing_key, wire))


@dataclass
class Answers:
    said: list[str] = field(default_factory=list)

    async def ack(self) -> None:
        self.said.append("ack")

    async def release(self) -> None:
        self.said.append("release")


class Rig:
    def __init__(
        self,
        settings: Any,
        wire: Wire,
        handler: Callable[[Incoming], Awaitable[None]],
        probes: dict[str, Probe] | None = None,
    ) -> None:
        self.clock = ManualClock()
        self.shelf = Shelf()
        self.intake = Intake()
        self.turns = Turns(self.intake)
        self.metrics = Catalogue(CollectorRegistry())
        self.wire = wire
        common: dict[str, Any] = {"clock": self.clock, "metrics": self.metrics}
        self.gate = Gate(settings, Service.ONBOARDING, probes or {}, self.intake, **common)
        self.processor = Processor(
            settings,
            Service.ONBOARDING,
            {DUE: handler},
            publisher=self.shelf,
            gate=self.gate,
            turns=self.turns,
            **common,
        )

    async def process(self, **about: Any) -> Answers:
        answers = Answers()
        probing = asyncio.create_task(self.gate.run())
        try:
            delivery = Delivery(DUE, about.pop("wire", self.wire), answers, **about)
            await asyncio.wait_for(self.processor.process(delivery), 5)
        finally:
            probing.cancel()
        return answers


@pytest.fixture
def rig(settings_for: Any, make_due: Any) -> Callable[..., Rig]:
    def make(handler: Any, probes: Any = None, **changes: Any) -> Rig:
        return Rig(settings_for("amqp://nowhere", **changes), encode(make_due("a")), handler, probes)

    return make


def raising(*errors: BaseException) -> Callable[[Incoming], Awaitable[None]]:
    """A handler that raises each error once, and then succeeds."""
    left = list(errors)

    async def handle(_: Incoming) -> None:
        if left:
            raise left.pop(0)

    return handle


async def test_done_means_ack_and_nothing_published(rig: Any) -> None:
    bench = rig(raising())
    assert (await bench.process()).said == ["ack"]
    assert bench.shelf.kept == []


@pytest.mark.parametrize(
    ("error", "exchange", "key"),
    [
        (Invalid("bad"), "onboarding.dead", "onboarding.due.dead"),
        (ValueError("a bug"), "onboarding.dead", "onboarding.due.dead"),
        (TimeoutError("of the handler's own making"), "onboarding.dead", "onboarding.due.dead"),
        (asyncio.CancelledError(), "onboarding.dead", "onboarding.due.dead"),
        (Transient("conflict"), "onboarding.delay.short", "onboarding.due"),
        (Park(0.1, "pacing"), "onboarding.delay.short", "onboarding.due"),
        (Park(15, "pacing"), "onboarding.delay.medium", "onboarding.due"),
        (Park(3600, "flood"), "onboarding.delay.long", "onboarding.due"),
        (ExceptionGroup("tasks", [Transient("conflict")]), "onboarding.delay.short", "onboarding.due"),
        (ExceptionGroup("tasks", [Transient("x"), Invalid("y")]), "onboarding.dead", "onboarding.due.dead"),
        (ExceptionGroup("tasks", [Transient("x"), ValueError("y")]), "onboarding.dead", "onboarding.due.dead"),
    ],
)
async def test_each_error_has_its_way(rig: Any, error: BaseException, exchange: str, key: str) -> None:
    bench = rig(raising(error))
    assert (await bench.process()).said == ["ack"]
    assert [(where, routed) for where, routed, _ in bench.shelf.kept] == [(exchange, key)]


@pytest.mark.parametrize(
    ("spent", "rung"), [(0, "short"), (1, "medium"), (2, "long"), (6, "long"), ("nonsense", "short"), (-3, "short")]
)
async def test_retries_wait_longer_each_time(rig: Any, spent: Any, rung: str) -> None:
    bench = rig(raising(Transient("conflict")))
    headers = {**bench.wire.headers, "x-lbc-attempt": spent}
    await bench.process(wire=Wire(bench.wire.type, bench.wire.correlation_id, bench.wire.body, headers))
    assert bench.shelf.kept[0][0] == f"onboarding.delay.{rung}"


async def test_the_last_attempt_ends_in_the_dead_letters(rig: Any) -> None:
    bench = rig(raising(Transient("conflict", "on row 7")), max_attempts=8)
    headers = {**bench.wire.headers, "x-lbc-attempt": 7}
    await bench.process(wire=Wire(bench.wire.type, bench.wire.correlation_id, bench.wire.body, headers))
    exchange, _, wire = bench.shelf.kept[0]
    assert exchange == "onboarding.dead"
    assert wire.headers["x-lbc-reason"] == "conflict"
    assert "on row 7" in str(wire.headers["x-lbc-error"])


async def test_a_message_before_its_time_is_parked_without_asking_the_handler(rig: Any) -> None:
    bench = rig(raising(AssertionError("asked")))
    at = bench.clock.now().timestamp() + 30
    headers = {**bench.wire.headers, "x-lbc-not-before": f"{at:.3f}", "x-lbc-attempt": 2}
    await bench.process(wire=Wire(bench.wire.type, bench.wire.correlation_id, bench.wire.body, headers))
    exchange, key, wire = bench.shelf.kept[0]
    assert (exchange, key) == ("onboarding.delay.medium", "onboarding.due")
    assert wire.headers["x-lbc-not-before"] == f"{at:.3f}"
    assert wire.headers["x-lbc-attempt"] == 2


async def test_a_not_before_that_makes_no_sense_delays_nothing(rig: Any) -> None:
    bench = rig(raising())
    headers = {**bench.wire.headers, "x-lbc-not-before": "tomorrow"}
    await bench.process(wire=Wire(bench.wire.type, bench.wire.correlation_id, bench.wire.body, headers))
    assert bench.shelf.kept == []


async def test_a_dependency_that_comes_back_is_waited_for(rig: Any) -> None:
    answers = [ConnectionError("no"), ConnectionError("no"), None]

    async def probe() -> None:
        if error := answers.pop(0):
            raise error

    bench = rig(raising(DependencyDown("s3"), DependencyDown("s3")), {"s3": probe})
    answers += [None]
    assert (await bench.process()).said == ["ack"]
    assert bench.shelf.kept == []
    assert answers == []
    assert bench.intake.is_open


async def test_a_probe_cancelled_from_within_is_a_no_and_not_the_end_of_probing(rig: Any) -> None:
    answers: list[BaseException | None] = [asyncio.CancelledError(), None]

    async def probe() -> None:
        if error := answers.pop(0):
            raise error

    assert (await rig(raising(DependencyDown("s3")), {"s3": probe}).process()).said == ["ack"]


async def test_what_was_decided_is_not_decided_again_when_only_the_publish_failed(rig: Any) -> None:
    asked = 0

    async def handle(_: Incoming) -> None:
        nonlocal asked
        asked += 1
        raise Invalid("bad")

    bench = rig(handle)
    bench.shelf.failures = 3
    assert (await bench.process()).said == ["ack"]
    assert asked == 1
    assert len(bench.shelf.kept) == 1


async def test_held_to_the_limit_it_waits_in_the_broker(rig: Any) -> None:
    async def never() -> None:
        raise ConnectionError

    bench = rig(raising(*[DependencyDown("s3")] * 99), {"s3": never}, hold_limit=60)
    assert (await bench.process()).said == ["ack"]
    assert [(where, key) for where, key, _ in bench.shelf.kept] == [("onboarding.delay.long", "onboarding.due")]


async def test_held_and_stopping_with_no_broker_it_is_released(rig: Any) -> None:
    async def never() -> None:
        raise ConnectionError

    bench = rig(raising(*[DependencyDown("s3")] * 99), {"s3": never})
    bench.shelf.failures = 99
    bench.gate.stop()
    assert (await bench.process()).said == ["release"]


async def test_on_a_channel_that_is_gone_nothing_is_copied(rig: Any) -> None:
    gone = asyncio.Event()

    async def handle(_: Incoming) -> None:
        gone.set()
        raise Transient("conflict")

    bench = rig(handle)
    assert (await bench.process(gone=gone)).said == []
    assert bench.shelf.kept == []


async def test_a_stack_is_bounded_and_keeps_its_end(rig: Any) -> None:
    bench = rig(raising(ValueError("x" * 100_000 + " the end")))
    await bench.process()
    stack = str(bench.shelf.kept[0][2].headers["x-lbc-error"])
    assert len(stack) <= 4000
    assert stack.rstrip().endswith("the end")


async def test_a_suspect_goes_alone(rig: Any) -> None:
    active: list[bool] = []
    most = {"suspects": 0, "beside a suspect": 0}

    async def handle(incoming: Incoming) -> None:
        suspect = incoming.redelivered
        active.append(suspect)
        if any(active):
            most["beside a suspect"] = max(most["beside a suspect"], len(active))
        await asyncio.sleep(0.01)
        active.remove(suspect)

    bench = rig(handle)
    calm = [bench.process() for _ in range(5)]
    suspects = [bench.process(redeliveries=3, redelivered=True) for _ in range(3)]
    late = [bench.process() for _ in range(5)]
    running = asyncio.gather(*calm, *suspects, *late)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not bench.intake.is_open
    answers = await running
    assert all(answer.said == ["ack"] for answer in answers)
    assert most["beside a suspect"] == 1
    assert bench.intake.is_open


async def test_a_suspect_that_is_cancelled_while_it_waits_blocks_nobody(rig: Any) -> None:
    go_on = asyncio.Event()

    async def handle(_: Incoming) -> None:
        await go_on.wait()

    bench = rig(handle)
    first = asyncio.create_task(bench.process())
    waiting = asyncio.create_task(bench.process(redeliveries=5))
    for _ in range(5):
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})
    go_on.set()
    assert (await first).said == ["ack"]
    assert (await bench.process(redeliveries=5)).said == ["ack"]
    assert bench.intake.is_open


async def busy(bench: Rig, begun: asyncio.Event) -> asyncio.Task[Answers]:
    """A message that is being handled, and will be until it is cancelled or let go."""
    task = asyncio.create_task(bench.process())
    await begun.wait()
    return task


async def test_a_suspect_that_waited_to_the_limit_waits_in_the_broker(rig: Any) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def handle(_: Incoming) -> None:
        begun.set()
        await go_on.wait()

    bench = rig(handle, hold_limit=0.01)
    other = await busy(bench, begun)
    assert (await bench.process(redeliveries=5)).said == ["ack"]
    assert [exchange for exchange, _, _ in bench.shelf.kept] == ["onboarding.delay.long"]
    assert bench.intake.is_open
    go_on.set()
    assert (await other).said == ["ack"]
    assert (await bench.process(redeliveries=5)).said == ["ack"]


async def test_a_suspect_whose_channel_is_gone_waits_no_more(rig: Any) -> None:
    begun, go_on, gone = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def handle(_: Incoming) -> None:
        begun.set()
        await go_on.wait()

    bench = rig(handle)
    other = await busy(bench, begun)
    waiting = asyncio.create_task(bench.process(redeliveries=5, gone=gone))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not waiting.done()
    gone.set()
    assert (await waiting).said == []
    assert bench.shelf.kept == []
    assert bench.intake.is_open
    go_on.set()
    assert (await other).said == ["ack"]
