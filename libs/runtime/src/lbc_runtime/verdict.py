"""What becomes of a message, decided without any I/O."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field

from lbc_contracts.topology import RUNG_SECONDS, Rung, Service, WorkQueue, dead_exchange, rung_name
from lbc_contracts.wire import HeaderValue, Wire
from lbc_runtime.errors import DependencyDown, Invalid, Park, RuntimeSignal, Transient
from lbc_runtime.masking import mask

ATTEMPT = "x-lbc-attempt"
"""Header: attempts spent so far."""
NOT_BEFORE = "x-lbc-not-before"
"""Header: seconds since 1970 before which the message is not to be handled."""
REASON = "x-lbc-reason"
"""Header: the code of what went wrong last."""
ERROR = "x-lbc-error"
"""Header: details for whoever reads the dead letter."""
QUEUE = "x-lbc-queue"
"""Header: where a dead letter came from, and where a redrive brings it."""

_MAX_ERROR = 4000
_LADDER = (Rung.SHORT, Rung.MEDIUM, Rung.LONG)


@dataclass(frozen=True, slots=True)
class Done:
    """The handler has done its work."""

    result: str = "done"


@dataclass(frozen=True, slots=True)
class Forward:
    """Publish the message elsewhere, then ack it here.

    Attributes:
        result: the message's end, for the metrics.
        reason: a short code.
        crash_point: where a test may kill between publish and ack.
        headers: what to add; None removes a header.
    """

    result: str
    reason: str
    exchange: str
    routing_key: str
    crash_point: str
    headers: Mapping[str, HeaderValue | None] = field(default_factory=dict)

    @property
    def is_dead(self) -> bool:
        """Whether the message is given up."""
        return self.crash_point == "worker.after_dead_publish"

    @property
    def is_parked(self) -> bool:
        """Whether the message is put off, without an attempt spent."""
        return self.crash_point == "worker.after_park_publish"

    def apply(self, wire: Wire) -> Wire:
        """The message as it is to be published."""
        headers = {**wire.headers, **self.headers}
        kept = {name: value for name, value in headers.items() if value is not None}
        return Wire(wire.type, wire.correlation_id, wire.body, kept)


Verdict = Done | Forward


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one service."""

    service: Service
    max_attempts: int

    def give_up(self, queue: WorkQueue, wire: Wire, *, result: str, reason: str, error: str) -> Forward:
        """To the dead letters, or the quarantine if it is invalid and the queue has one."""
        grave = queue.invalid if result == "invalid" and queue.invalid else queue.dead
        return Forward(
            result,
            reason,
            dead_exchange(self.service),
            grave,
            "worker.after_dead_publish",
            {
                REASON: reason,
                ERROR: mask(error)[-_MAX_ERROR:],
                QUEUE: queue.name,
                ATTEMPT: attempt_of(wire),
                NOT_BEFORE: None,
            },
        )

    def retry(self, queue: WorkQueue, wire: Wire, failed: Transient) -> Forward:
        """To the next rung of the delay ladder, or to the dead letters when all attempts are spent."""
        spent = attempt_of(wire) + 1
        if spent >= self.max_attempts:
            error = f"{spent} attempts; the last one: {failed}"
            return self.give_up(queue, wire, result="exhausted", reason=failed.reason, error=error)
        rung = _LADDER[min(spent, len(_LADDER)) - 1]
        headers: dict[str, HeaderValue | None] = {ATTEMPT: spent, REASON: failed.reason, NOT_BEFORE: None}
        return Forward(
            "retried",
            failed.reason,
            rung_name(self.service, rung),
            queue.name,
            "worker.after_retry_publish",
            headers,
        )

    def park(self, queue: WorkQueue, *, result: str, reason: str, rung: Rung, not_before: float | None) -> Forward:
        """To a delay rung, without an attempt spent."""
        header = None if not_before is None else f"{not_before:.3f}"
        return Forward(
            result,
            reason,
            rung_name(self.service, rung),
            queue.name,
            "worker.after_park_publish",
            {NOT_BEFORE: header},
        )

    def park_until(self, queue: WorkQueue, *, now: float, not_before: float, reason: str) -> Forward:
        """To the longest rung that does not overshoot, or the shortest; it parks again until the time has come."""
        fitting = [rung for rung in _LADDER if RUNG_SECONDS[rung] <= not_before - now]
        rung = fitting[-1] if fitting else Rung.SHORT
        return self.park(queue, result="parked", reason=reason, rung=rung, not_before=not_before)

    def on_error(self, queue: WorkQueue, wire: Wire, error: Exception, *, now: float) -> Forward:
        """What an exception of the handler means.

        Raises:
            DependencyDown: it means that; the gate's business.
        """
        signal = steering(error)
        match signal:
            case DependencyDown():
                raise signal
            case Invalid():
                return self.give_up(queue, wire, result="invalid", reason=signal.reason, error=signal.detail)
            case Transient():
                return self.retry(queue, wire, signal)
            case Park():
                return self.park_until(queue, now=now, not_before=now + max(0, signal.delay), reason=signal.reason)
            case _:
                stack = "".join(traceback.format_exception(error))
                return self.give_up(queue, wire, result="bug", reason=type(error).__name__, error=stack)


def attempt_of(wire: Wire) -> int:
    """How many attempts are spent; a header that makes no sense counts as none."""
    value = wire.headers.get(ATTEMPT)
    return value if isinstance(value, int) and value > 0 else 0


def not_before_of(wire: Wire) -> float:
    """When the message may be handled, in seconds since 1970; 0 means any time."""
    try:
        return float(wire.headers.get(NOT_BEFORE, 0))
    except ValueError:
        return 0


def steering(error: BaseException) -> RuntimeSignal | None:
    """The signal in ``error``, which may be a group, as task groups raise them; None for a bug.

    Of several the one that ends the message wins, then the one that holds everything; among equals the first.
    """
    if isinstance(error, RuntimeSignal):
        return error
    if not isinstance(error, BaseExceptionGroup):
        return None
    signals = [steering(inner) for inner in error.exceptions]
    known = [signal for signal in signals if signal is not None]
    if len(known) < len(signals):
        return None
    order = (Invalid, DependencyDown, Transient, Park)
    return min(known, key=lambda signal: next(i for i, kind in enumerate(order) if isinstance(signal, kind)))
