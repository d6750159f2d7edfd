"""A day of deliveries in no time: the real courier, a clock that jumps, and a receiver made of a function."""

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from telegram_sim.core.faults.plan import FaultPlan
from telegram_sim.core.faults.switches import Switches
from telegram_sim.core.record import Record
from telegram_sim.core.updates.inbox import Inbox
from telegram_sim.core.updates.kinds import MESSAGE_LIFE
from telegram_sim.core.updates.pending import Pending
from telegram_sim.core.updates.polling import Polling
from telegram_sim.core.updates.queues import UpdateQueues
from telegram_sim.core.webhook.courier import Courier, Outcome
from telegram_sim.core.webhook.schedule import Draw
from telegram_sim.core.webhook.webhook import Webhook

ACCEPTED = Outcome(200, kept=True)
REFUSED = Outcome(error="Connection refused")


def dice(seed: int) -> Draw:
    return random.Random(seed).randint  # noqa: S311 - dice, no secret


def failed(status: int, retry_after: int = 0) -> Outcome:
    return Outcome.answered(status, "Reason", retry_after, None, kept=True)


@dataclass(frozen=True)
class Sent:
    at: float
    update_id: int
    wait: int | None


@dataclass
class Day:
    """`answer` says how a try ends, `takes` how long each lasts."""

    answer: Callable[[Pending, float], Outcome] = lambda _update, _at: ACCEPTED
    takes: float = 0.0
    connections: int = 40
    seed: int = 5
    now: float = 1000.0
    sent: list[Sent] = field(default_factory=list)
    most_under_way: int = 0

    def __post_init__(self) -> None:
        self.queues = UpdateQueues(dice(self.seed))
        self.courier = Courier(self.queues, lambda: int(self.now))
        self.courier.point_to(Webhook("https://a.b/", max_connections=self.connections))
        self._under_way: list[tuple[float, int, float, Pending]] = []
        self._order = itertools.count()

    def push(self, number: int, queue: str = "a", life: float = MESSAGE_LIFE) -> None:
        self.queues.push(Pending(number, "message", b"", queue, self.now + life), self.now)

    def pass_until(self, end: float) -> None:
        """Let everything happen that is due before `end`."""
        while True:
            while (update := self.courier.next(self.now)) is not None:
                heapq.heappush(self._under_way, (self.now + self.takes, next(self._order), self.now, update))
                self.most_under_way = max(self.most_under_way, self.courier.under_way)
            due = [time for time in (self._next_end(), self.courier.next_wakeup(self.now)) if time is not None]
            if not due or min(due) > end:
                self.now = end
                return
            self.now = max(self.now, min(due))
            if self._under_way and self._under_way[0][0] <= self.now:
                self._finish()

    def forget_under_way(self) -> None:
        """Break off all requests, as the sender does when another webhook is set."""
        self._under_way.clear()

    def _next_end(self) -> float | None:
        return self._under_way[0][0] if self._under_way else None

    def _finish(self) -> None:
        _, _, begun, update = heapq.heappop(self._under_way)
        wait = self.courier.ended(update, self.answer(update, begun), self.now)
        self.sent.append(Sent(begun, update.update_id or 0, wait))

    def times(self, update_id: int) -> list[float]:
        """Seconds since the start of the day at which this update was tried."""
        return [sent.at - 1000.0 for sent in self.sent if sent.update_id == update_id]

    def order(self) -> list[int]:
        return [sent.update_id for sent in self.sent]


class Box:
    """An inbox whose clock stands still until it is moved."""

    def __init__(self, *, hold: bool = False, seed: int = 1, polled: bool = False) -> None:
        self.now = 0.0
        self.queues = UpdateQueues(dice(seed))
        self.switches = Switches(hold_updates=hold)
        self.inbox = Inbox(
            self.queues,
            Record(1000, lambda: 0.0),
            lambda: self.now,
            dice(seed),
            lambda: None,
            FaultPlan(lambda _number: lambda: 0.0),
            self.switches,
            polled=lambda: polled,
        )
        self.queues.restart(0 if polled else 200)
        self.polling = Polling(self.queues, lambda: self.inbox.next_id)

    def say(self, chat: int | str = 1) -> int:
        number = self.inbox.post("message", {"chat": {"id": chat}})
        assert number is not None
        return number

    def ask(self, offset: int = 0, limit: int = 100) -> list[int | None]:
        self.now += 10.0
        batch = self.polling.batch(self.polling.begin(offset, limit, 0, self.now), self.now)
        return [update.update_id for update in batch]
