"""What RabbitMQ's management API says of a queue, read; no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from lbc_contracts.topology import WORK_QUEUES, Rung, consumers, rung_name

WORK: Final = "work"
DELAY: Final = "delay"
DEAD: Final = "dead letters"
QUARANTINE: Final = "quarantine"

KINDS: Final[dict[str, str]] = (
    {work.name: WORK for work in WORK_QUEUES}
    | {work.dead: DEAD for work in WORK_QUEUES}
    | {work.invalid: QUARANTINE for work in WORK_QUEUES if work.invalid}
    | {rung_name(service, rung): DELAY for service in consumers() for rung in Rung}
)
"""All queues of the topology, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class QueueState:
    """One queue.

    Attributes:
        kind: one of the values of `KINDS`.
        there: whether the broker has it.
        rate_in: messages published a second.
        rate_out: messages acked a second.
        oldest_at_most: seconds; no message in it is older. None if it is empty, or if that is not known.
    """

    name: str
    kind: str
    there: bool = False
    ready: int = 0
    unacked: int = 0
    consumers: int = 0
    rate_in: float = 0
    rate_out: float = 0
    oldest_at_most: float | None = None

    @property
    def messages(self) -> int:
        """Ready and unacknowledged."""
        return self.ready + self.unacked

    @property
    def problem(self) -> str:
        """What is wrong with it, empty if nothing is."""
        if not self.there:
            return f"queue {self.name} is not there: provision again"
        if self.kind == WORK and not self.consumers:
            return f"nobody consumes {self.name}"
        if self.kind in {DEAD, QUARANTINE} and self.messages:
            return f"{self.messages} letter{'s' * (self.messages > 1)} in {self.name}"
        return ""

    def document(self) -> dict[str, object]:
        """For machines."""
        return {
            "name": self.name,
            "kind": self.kind,
            "there": self.there,
            "ready": self.ready,
            "unacked": self.unacked,
            "consumers": self.consumers,
            "in_per_second": self.rate_in,
            "out_per_second": self.rate_out,
            "oldest_at_most_seconds": self.oldest_at_most,
        }


def queue_states(found: Iterable[Mapping[str, Any]]) -> list[QueueState]:
    """The queues of the topology, whether the broker has them or not; others are not shown."""
    by_name = {str(queue.get("name")): queue for queue in found}
    return [_state(name, kind, by_name.get(name)) for name, kind in KINDS.items()]


def oldest_at_most(messages: int, lengths: list[tuple[float, int]], published: list[tuple[float, int]]) -> float | None:
    """A bound on the age of a queue's oldest message, in seconds before the newest sample; None if there is none.

    Nobody may look into a queue that is being consumed, so it is told from outside. No message is older than the last
    moment at which the queue was seen empty. And of those published in order, the last ``messages`` are in it: none is
    older than the moment when all before these had been published. What comes back from a delay is not counted as
    published, which only makes the bound wider.

    Args:
        messages: in the queue now.
        lengths: second and number of messages in it, the newest first.
        published: second and number of messages ever published to it, the newest first.
    """
    newest = max((when for when, _ in (*lengths[:1], *published[:1])), default=0.0)
    empty = next((when for when, length in lengths if length == 0), None)
    total = published[0][1] if published else 0
    before = next((when for when, number in published if 0 < number <= total - messages), None)
    known = [newest - when for when in (empty, before) if when is not None]
    return min(known, default=None)


def _state(name: str, kind: str, queue: Mapping[str, Any] | None) -> QueueState:
    if queue is None:
        return QueueState(name, kind)
    stats = queue.get("message_stats") or {}
    ready, unacked = int(queue.get("messages_ready", 0)), int(queue.get("messages_unacknowledged", 0))
    lengths = _samples(queue.get("messages_details"))
    oldest = oldest_at_most(ready + unacked, lengths, _samples(stats.get("publish_details")))
    return QueueState(
        name,
        kind,
        there=True,
        ready=ready,
        unacked=unacked,
        consumers=int(queue.get("consumers", 0)),
        rate_in=_rate(stats.get("publish_details")),
        rate_out=_rate(stats.get("ack_details")),
        oldest_at_most=oldest if ready + unacked else None,
    )


def _rate(details: Mapping[str, Any] | None) -> float:
    return round(float((details or {}).get("rate", 0)), 1)


def _samples(details: Mapping[str, Any] | None) -> list[tuple[float, int]]:
    found = [(sample["timestamp"] / 1000, int(sample["sample"])) for sample in (details or {}).get("samples", ())]
    return sorted(found, reverse=True)
