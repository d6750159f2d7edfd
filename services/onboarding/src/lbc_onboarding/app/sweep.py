"""The sweeper: finds steps that are overdue and says so to onboarding, which decides.

It may run twice, and its index may be out of date: a reminder that does not fit any more is only recorded.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from datetime import datetime

from pydantic import ValidationError

from lbc_contracts import topology
from lbc_contracts.ids import command_key, due_event, user_key
from lbc_contracts.messages import StepDue
from lbc_onboarding.app.ports import Overdue, SweepMeter, Unreadable
from lbc_onboarding.domain.person import User
from lbc_runtime.clock import Clock
from lbc_runtime.crash import crash_point
from lbc_runtime.errors import DependencyDown
from lbc_runtime.publisher import MessagePublisher

log = logging.getLogger(__name__)


class Recent:
    """Remembers what was published lately, so that a slow onboarding is not flooded with the same reminder.

    Args:
        life: seconds that an id is remembered.
        size: ids remembered; beyond it the oldest is forgotten, which costs a needless message and nothing else.
    """

    def __init__(self, life: float, size: int) -> None:
        self._life = life
        self._size = size
        self._seen: OrderedDict[str, float] = OrderedDict()

    def __contains__(self, identity: str) -> bool:
        return identity in self._seen

    def forget(self, now: float) -> None:
        """Drop what is older than ``life``; ``now`` in seconds of a clock that never goes back."""
        while self._seen and next(iter(self._seen.values())) <= now - self._life:
            self._seen.popitem(last=False)

    def add(self, identity: str, now: float) -> None:
        """Remember ``identity``."""
        self._seen[identity] = now
        self._seen.move_to_end(identity)
        if len(self._seen) > self._size:
            self._seen.popitem(last=False)


class Sweeper:
    """Sweeps until it is told to stop.

    Args:
        bot: whose people.
        store: finds who waits.
        publisher: takes the reminders.
        clock: what is overdue, and the pace.
        meter: counts.
        every: seconds between two sweeps.
        limit: reminders in one sweep; the rest waits for the next.
        recent: what need not be said again yet.
    """

    def __init__(
        self,
        bot: str,
        store: Overdue,
        publisher: MessagePublisher,
        *,
        clock: Clock,
        meter: SweepMeter,
        every: float,
        limit: int,
        recent: Recent,
    ) -> None:
        self._bot = bot
        self._store = store
        self._publisher = publisher
        self._clock = clock
        self._meter = meter
        self._every = every
        self._limit = limit
        self._recent = recent
        self._running = False

    def ready(self) -> bool:
        """Whether it sweeps."""
        return self._running

    async def run(self, stop: asyncio.Event) -> None:
        """Sweep every few seconds until ``stop``; a dependency that is down is tried again at the next sweep."""
        self._running = True
        try:
            while not stop.is_set():
                try:
                    await self.sweep()
                except DependencyDown as error:
                    log.warning("no sweep: %s", error)
                await self._pause(stop)
        finally:
            self._running = False

    async def sweep(self) -> int:
        """Publish what is overdue now; says how many reminders went out.

        A row that cannot be read is counted as seen and otherwise passed over: nobody else waits for it.

        Raises:
            DependencyDown: the store or the broker does not answer.
        """
        now = self._clock.now()
        people = await self._store.overdue(self._bot, round(now.timestamp() * 1000), self._limit)
        self._meter.seen(len(people))
        self._recent.forget(self._clock.monotonic())
        published = 0
        for user in people:
            reminder = _reminder(user, now)
            if isinstance(reminder, Unreadable):
                self._pass_over(reminder)
                continue
            if reminder is None or reminder.id in self._recent:
                continue
            await self._publisher.publish(reminder, topology.DUE)
            crash_point("sweeper.after_publish")
            self._recent.add(reminder.id, self._clock.monotonic())
            self._meter.woken(reminder.step)
            published += 1
        return published

    def _pass_over(self, row: Unreadable) -> None:
        """Say so, but not at every sweep."""
        if row.key not in self._recent:
            log.error("passed over: a row that cannot be read", extra={"row": row.key, "cause": row.why})
            self._recent.add(row.key, self._clock.monotonic())

    async def _pause(self, stop: asyncio.Event) -> None:
        waits = {asyncio.ensure_future(stop.wait()), asyncio.ensure_future(self._clock.sleep(self._every))}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await wait


def _reminder(user: User | Unreadable, now: datetime) -> StepDue | Unreadable | None:
    """None for a row that waits for nothing, as the index may still show for a moment."""
    if isinstance(user, Unreadable):
        return user
    step = user.next_step
    if step is None or not user.pending:
        return None
    key = command_key(user.bot, user.user_id, user.session, step, user.attempt)
    identity = due_event(key, user.wakes)
    try:
        return StepDue(
            id=identity,
            correlation_id=identity,
            time=now,
            bot=user.bot,
            user_id=user.user_id,
            session=user.session,
            step=step,
            attempt=user.attempt,
            wake=user.wakes,
        )
    except ValidationError as error:
        where = ", ".join(str(part) for mistake in error.errors() for part in mistake["loc"])
        return Unreadable(user_key(user.bot, user.user_id), f"does not fit a reminder at {where}")
