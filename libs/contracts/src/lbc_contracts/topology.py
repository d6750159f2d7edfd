"""The broker's topology as data: who writes where, who reads what, and how a message waits or dies.

Code declares from it, AMQP users get their rights from it, the docs and the chart's checks are drawn from it. Every
queue has an exchange of its own name, since AMQP grants the right to write by exchange. What cannot change later is a
queue argument; every number is a policy, so that a change needs no new queue.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lbc_contracts.messages import Message, Order, Outcome, Send, StepDue, UpdateReceived

QueueArguments = dict[str, str | int | bool]


class Service(StrEnum):
    """Everything with an AMQP user of its own."""

    INGRESS = "ingress"
    ONBOARDING = "onboarding"
    SWEEPER = "sweeper"
    MEDIA = "media"
    TTS = "tts"
    DELIVERY = "delivery"
    OPERATOR = "operator"
    ERASER = "eraser"


MANAGEMENT_USERS: tuple[Service, ...] = (Service.OPERATOR,)
"""Those who may ask the management API too, about what they have rights on: RabbitMQ's tag ``management``."""


class Rung(StrEnum):
    """How long a message waits in a delay queue before it comes back to where it was."""

    SHORT = "short"
    MEDIUM = "medium"
    LONG = "long"


@dataclass(frozen=True, slots=True)
class WorkQueue:
    """A queue that a service consumes.

    Attributes:
        name: of the queue and of the exchange before it.
        consumer: the one service that reads it.
        producers: the services that may write to it.
        carries: the message types in it.
        single_active: one consumer at a time, the others stand by.
        invalid: the queue for what could not be understood; None means the dead-letter queue.
        max_length: messages; above it publishes are refused, never dropped.
    """

    name: str
    consumer: Service
    producers: tuple[Service, ...]
    carries: tuple[type[Message], ...]
    single_active: bool = False
    invalid: str | None = None
    max_length: int = 1_000_000

    @property
    def dead(self) -> str:
        """The dead-letter queue beside it."""
        return f"{self.name}.dead"


UPDATES = WorkQueue(
    "onboarding.updates",
    Service.ONBOARDING,
    (Service.INGRESS,),
    (UpdateReceived,),
    invalid="onboarding.quarantine",
)
OUTCOMES = WorkQueue(
    "onboarding.outcomes",
    Service.ONBOARDING,
    (Service.MEDIA, Service.TTS, Service.DELIVERY),
    (Outcome,),
)
DUE = WorkQueue("onboarding.due", Service.ONBOARDING, (Service.SWEEPER, Service.OPERATOR), (StepDue, Order))
MEDIA = WorkQueue("media.commands", Service.MEDIA, (Service.ONBOARDING, Service.DELIVERY), (Send,))
TTS = WorkQueue("tts.commands", Service.TTS, (Service.ONBOARDING, Service.DELIVERY), (Send,))
DELIVERY = WorkQueue(
    "delivery.commands",
    Service.DELIVERY,
    (Service.ONBOARDING, Service.MEDIA, Service.TTS),
    (Send,),
    single_active=True,
)

WORK_QUEUES: tuple[WorkQueue, ...] = (UPDATES, OUTCOMES, DUE, MEDIA, TTS, DELIVERY)

RUNG_SECONDS: dict[Rung, float] = {Rung.SHORT: 1, Rung.MEDIUM: 10, Rung.LONG: 60}
"""Default time in each rung; a policy, so it can change on a running broker."""

DELIVERY_LIMIT = 20
"""Redeliveries after which the broker itself dead-letters a message that crashes whoever takes it."""

DEAD_MAX_LENGTH = 1_000_000

GRAVE_DELIVERY_LIMIT = 1_000_000
"""What is looked at and put back counts as delivered, and RabbitMQ 4's default of 20 would drop it: no letter is."""

_AT_LEAST_ONCE: QueueArguments = {
    "x-queue-type": "quorum",
    "x-overflow": "reject-publish",
    "x-dead-letter-strategy": "at-least-once",
}


def queue_named(name: str) -> WorkQueue:
    """The work queue of that name.

    Raises:
        KeyError: no such queue in the manifest.
    """
    return {queue.name: queue for queue in WORK_QUEUES}[name]


def rung_name(service: Service, rung: Rung) -> str:
    """Exchange and queue in which messages of ``service`` wait; the routing key names where they return to."""
    return f"{service}.delay.{rung}"


def return_exchange(service: Service) -> str:
    """Where the delay rungs of ``service`` hand messages back; nobody may write to it."""
    return f"{service}.return"


def dead_exchange(service: Service) -> str:
    """Where ``service`` sends what it gives up; the routing key is the dead or quarantine queue."""
    return f"{service}.dead"


@dataclass(frozen=True, slots=True)
class Exchange:
    """An exchange to declare; durable, like everything here."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue to declare with the arguments that cannot change."""

    name: str
    arguments: tuple[tuple[str, str | int | bool], ...]


@dataclass(frozen=True, slots=True)
class Binding:
    """A binding to declare."""

    exchange: str
    queue: str
    routing_key: str


@dataclass(frozen=True, slots=True)
class Policy:
    """Numbers for the queues whose names match ``pattern``."""

    name: str
    pattern: str
    definition: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Permission:
    """Rights of an AMQP user, as RabbitMQ's regular expressions."""

    configure: str
    write: str
    read: str


def consumers() -> tuple[Service, ...]:
    """The services that read queues, and so have delay rungs and dead letters."""
    return tuple(dict.fromkeys(queue.consumer for queue in WORK_QUEUES))


def exchanges() -> tuple[Exchange, ...]:
    """All exchanges."""
    found = [Exchange(queue.name, "direct") for queue in WORK_QUEUES]
    for service in consumers():
        found += [Exchange(rung_name(service, rung), "fanout") for rung in Rung]
        found += [Exchange(return_exchange(service), "direct"), Exchange(dead_exchange(service), "direct")]
    return tuple(found)


def queues() -> tuple[Queue, ...]:
    """All queues with their arguments."""
    found: list[Queue] = []
    for work in WORK_QUEUES:
        arguments = _AT_LEAST_ONCE | {
            "x-dead-letter-exchange": dead_exchange(work.consumer),
            "x-dead-letter-routing-key": work.dead,
        }
        if work.single_active:
            arguments["x-single-active-consumer"] = True
        found.append(_queue(work.name, arguments))
        found += [_queue(name, {"x-queue-type": "quorum", "x-overflow": "reject-publish"}) for name in graves(work)]
    for service in consumers():
        arguments = _AT_LEAST_ONCE | {"x-dead-letter-exchange": return_exchange(service)}
        found += [_queue(rung_name(service, rung), arguments) for rung in Rung]
    return tuple(found)


def graves(work: WorkQueue) -> tuple[str, ...]:
    """Where messages of ``work`` end that could not be handled: the dead-letter queue, and its quarantine if any."""
    return (work.dead, work.invalid) if work.invalid else (work.dead,)


def bindings() -> tuple[Binding, ...]:
    """All bindings."""
    found: list[Binding] = []
    for work in WORK_QUEUES:
        found.append(Binding(work.name, work.name, work.name))
        found.append(Binding(return_exchange(work.consumer), work.name, work.name))
        found += [Binding(dead_exchange(work.consumer), grave, grave) for grave in graves(work)]
    for service in consumers():
        found += [Binding(rung_name(service, rung), rung_name(service, rung), "") for rung in Rung]
    return tuple(found)


def policies(rung_seconds: dict[Rung, float] | None = None) -> tuple[Policy, ...]:
    """All policies.

    Args:
        rung_seconds: other times for the delay rungs, for instance in tests.
    """
    times = rung_seconds or RUNG_SECONDS
    found = [
        Policy(
            work.name,
            f"^{_quote(work.name)}$",
            (("delivery-limit", DELIVERY_LIMIT), ("max-length", work.max_length)),
        )
        for work in WORK_QUEUES
    ]
    found += [
        Policy(
            f"delay.{rung}",
            rf"^[a-z]+\.delay\.{rung}$",
            (("message-ttl", max(1, round(times[rung] * 1000))), ("max-length", DEAD_MAX_LENGTH)),
        )
        for rung in Rung
    ]
    found.append(
        Policy(
            "graves",
            r"^[a-z]+\.([a-z]+\.dead|quarantine)$",
            (("delivery-limit", GRAVE_DELIVERY_LIMIT), ("max-length", DEAD_MAX_LENGTH)),
        )
    )
    return tuple(found)


def permission(service: Service) -> Permission:
    """Least rights of ``service``: nothing to configure, its own exchanges to write, its own queues to read."""
    if service in {Service.OPERATOR, Service.ERASER}:
        writes = [work.name for work in WORK_QUEUES] if service is Service.OPERATOR else []
        reads = [grave for work in WORK_QUEUES for grave in graves(work)]
        return Permission("^$", _any(writes), _any(reads))
    writes = [work.name for work in WORK_QUEUES if service in work.producers]
    reads = [work.name for work in WORK_QUEUES if work.consumer is service]
    if reads:
        writes += [rung_name(service, rung) for rung in Rung] + [dead_exchange(service)]
    return Permission("^$", _any(writes), _any(reads))


def _queue(name: str, arguments: QueueArguments) -> Queue:
    return Queue(name, tuple(sorted(arguments.items())))


def _quote(name: str) -> str:
    return name.replace(".", r"\.")


def _any(names: list[str]) -> str:
    return f"^({'|'.join(_quote(name) for name in names)})$" if names else "^$"
