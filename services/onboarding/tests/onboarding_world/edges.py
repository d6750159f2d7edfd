"""Onboarding's edges within reach of a test: time, the broker, the store; and messages as they come."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lbc_contracts import topology
from lbc_contracts.ids import Step
from lbc_contracts.messages import Message, OutcomeKind, Send, UpdateReceived, outcome_of
from lbc_contracts.topology import WorkQueue
from lbc_onboarding.adapters.memory import MemoryStore
from lbc_onboarding.adapters.tables import DynamoStore, Life
from lbc_onboarding.app.arrivals import Arrivals
from lbc_onboarding.app.handle import Onboarding
from lbc_onboarding.app.ports import Store
from lbc_onboarding.domain.legacy import LEGACY
from lbc_onboarding.domain.rules import Rules
from lbc_runtime.aws import client
from lbc_runtime.brand import load_brand
from lbc_runtime.clock import Clock
from lbc_runtime.errors import DependencyDown
from lbc_runtime.settings import AwsSettings
from lbc_runtime.worker import Incoming

BRAND = load_brand(Path(__file__).parents[4] / "brands" / "demo")
NOON = (datetime.now(UTC) + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
"""Of tomorrow: rows end so and so long after it, and DynamoDB Local removes those that have ended by its own clock."""
PREFIX = "onboarding-test-"
"""Of the tables that the tests share."""
NOON_S = int(NOON.timestamp())
NEVER = 4_000_000_000
"""When rows may go (s) that must outlive a test: DynamoDB Local removes what has ended, too."""


@dataclass
class MovingClock:
    """A second passes with each look at it; sleeping costs no time of the test."""

    time: datetime = NOON
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


def moving_clock() -> Clock:
    return MovingClock()


@dataclass
class Outbox:
    """A broker that takes everything, or fails before the n-th publish.

    Attributes:
        fail_at: number of the publish that fails, once; 0 for none.
    """

    published: list[tuple[Message, WorkQueue]] = field(default_factory=list)
    fail_at: int = 0

    async def publish(self, message: Message, to: WorkQueue) -> None:
        if self.fail_at and len(self.published) + 1 == self.fail_at:
            self.fail_at = 0
            raise DependencyDown("rabbitmq")
        self.published.append((message, to))

    @property
    def ids(self) -> set[str]:
        return {message.id for message, _ in self.published}

    @property
    def sends(self) -> list[Send]:
        return [message for message, _ in self.published if isinstance(message, Send)]

    def last(self) -> Send:
        return self.sends[-1]


class CountingMeter:
    """Both meters, counting into one counter."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, ...]] = Counter()

    def event(self, kind: str, result: str) -> None:
        self.counts["event", kind, result] += 1

    def touch(self, reason: str) -> None:
        self.counts["touch", reason] += 1

    def step(self, step: Step, outcome: str) -> None:
        self.counts["step", step, outcome] += 1

    def given_up(self, step: Step) -> None:
        self.counts["given_up", step] += 1

    def woken(self, step: Step) -> None:
        self.counts["woken", step] += 1

    def seen(self, overdue: int) -> None:
        self.counts["seen",] = overdue


@asynccontextmanager
async def dynamo_store(endpoint: str, prefix: str, clock: Clock | None = None) -> AsyncIterator[DynamoStore]:
    async with client(AwsSettings(dynamodb_endpoint=endpoint, read_timeout=10), "dynamodb") as dynamodb:
        yield DynamoStore(dynamodb, prefix, life=Life(), clock=clock or moving_clock(), jitter=lambda: 0.5)


def onboarding(
    bot: str,
    store: Store,
    outbox: Outbox,
    clock: Clock,
    meter: CountingMeter | None = None,
    rules: Rules | None = None,
    arrivals: Arrivals | None = None,
) -> Onboarding:
    return Onboarding(
        bot,
        store,
        outbox,
        brand=lambda: BRAND,
        rules=rules or Rules(max_wakes=2),
        arrivals=arrivals or Arrivals(LEGACY, MemoryStore(), clock=clock, campaign_age=60),
        clock=clock,
        meter=meter or CountingMeter(),
    )


def coming(message: Message, queue: WorkQueue = topology.UPDATES) -> Incoming:
    return Incoming(message, queue)


def update(bot: str, number: int, body: dict[str, Any] | bytes, at: datetime = NOON) -> UpdateReceived:
    raw = body if isinstance(body, bytes) else json.dumps({"update_id": number, **body}).encode()
    return UpdateReceived(
        id=f"{bot}:update:{number}", correlation_id=f"{bot}:{number}", time=at, bot=bot, update_id=number, body=raw
    )


def sender(user_id: Any = 7, **more: Any) -> dict[str, Any]:
    return {"id": user_id, "is_bot": False, "first_name": "Ana", "language_code": "en", **more}


def written(text: str | None, message_id: int, user_id: int = 7, date: int = NOON_S, **more: Any) -> dict[str, Any]:
    message: dict[str, Any] = {
        "message_id": message_id,
        "from": sender(user_id),
        "chat": {"id": user_id, "type": "private"},
        "date": date,
    }
    if text is not None:
        message["text"] = text
    return {"message": message | more}


def tapped(data: str | None, callback_id: str, message_id: int = 2, user_id: int = 7) -> dict[str, Any]:
    message = {"message_id": message_id, "chat": {"id": user_id, "type": "private"}, "date": 0}
    query: dict[str, Any] = {"id": callback_id, "from": sender(user_id), "message": message}
    return {"callback_query": query if data is None else query | {"data": data}}


def member(status: str, date: int, user_id: int = 7) -> dict[str, Any]:
    change = {"from": sender(user_id), "chat": {"id": user_id, "type": "private"}, "date": date}
    return {"my_chat_member": change | {"new_chat_member": {"status": status, "user": sender(user_id)}}}


def delivered(command: Send, message_id: int, at: datetime) -> Message:
    return outcome_of(command, OutcomeKind.DELIVERED, at=at, now=at, message_id=message_id)


def failed(command: Send, kind: OutcomeKind, at: datetime, *, refused: bool) -> Message:
    return outcome_of(command, kind, at=at, now=at, reason="test", refused=refused)
