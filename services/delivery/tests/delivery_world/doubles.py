"""Delivery's edges, within reach of a test: time, Telegram, the tables, the broker, the meter."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from delivery_world.commands import NOON
from lbc_contracts.messages import Message
from lbc_contracts.topology import WorkQueue
from lbc_delivery.adapters.memory import MemoryDeliveries
from lbc_delivery.app.ports import ChatAction, Receipt
from lbc_delivery.domain.drafts import Draft
from lbc_runtime.errors import DependencyDown


class FakeClock:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)


class FakeBotApi:
    """Takes what it is given; answers as told, else with the next message id."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self.actions: list[ChatAction] = []
        self.answers: deque[Receipt | Exception | Callable[[], Receipt]] = deque()
        self.action_error: Exception | None = None
        self.probe_error: Exception | None = None
        self.probes = 0
        self.file_id: str | None = "file-1"
        self.asked, self.free = asyncio.Event(), asyncio.Event()
        self.free.set()

    async def send(self, draft: Draft) -> Receipt:
        self.drafts.append(draft)
        self.asked.set()
        await self.free.wait()
        answer = self.answers.popleft() if self.answers else Receipt(100 + len(self.drafts), self.file_id)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Receipt) else answer()

    async def act(self, chat_id: int, action: ChatAction) -> None:
        assert chat_id == 42
        self.actions.append(action)
        if self.action_error:
            raise self.action_error

    async def probe(self) -> None:
        self.probes += 1
        if self.probe_error:
            raise self.probe_error


class FakePublisher:
    def __init__(self) -> None:
        self.published: list[tuple[Message, WorkQueue]] = []
        self.down = False

    async def publish(self, message: Message, to: WorkQueue) -> None:
        if self.down:
            raise DependencyDown("rabbitmq")
        self.published.append((message, to))


class FaultyDeliveries(MemoryDeliveries):
    """Fails the named calls, before or after they took effect."""

    def __init__(self) -> None:
        super().__init__()
        self.failing: set[str] = set()
        self.failing_after: set[str] = set()

    async def claim(self, *arguments: Any, **named: Any) -> Any:
        return await self._call("claim", *arguments, **named)

    async def mark(self, *arguments: Any, **named: Any) -> Any:
        return await self._call("mark", *arguments, **named)

    async def release(self, *arguments: Any, **named: Any) -> Any:
        return await self._call("release", *arguments, **named)

    async def _call(self, name: str, *arguments: Any, **named: Any) -> Any:
        if name in self.failing:
            raise DependencyDown("dynamodb")
        result = await getattr(super(), name)(*arguments, **named)
        if name in self.failing_after:
            raise DependencyDown("dynamodb")
        return result


@dataclass
class CountingMeter:
    sends: Counter[tuple[str, str]] = field(default_factory=Counter)
    doubts: Counter[str] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)

    def sent(self, kind: str, result: str) -> None:
        self.sends[kind, result] += 1

    def doubtful(self, cause: str) -> None:
        self.doubts[cause] += 1

    def file_id(self, result: str) -> None:
        self.files[result] += 1
