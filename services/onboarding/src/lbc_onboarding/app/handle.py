"""Onboarding's work for one message: understand, read, decide, write in one transaction, publish."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Final

from lbc_contracts import topology
from lbc_contracts.brand import Brand
from lbc_contracts.ids import command_key, due_event
from lbc_contracts.messages import Order, Outcome, Send, StepDue, UpdateReceived
from lbc_contracts.topology import WorkQueue
from lbc_onboarding.app.arrivals import Arrivals
from lbc_onboarding.app.ports import Committed, Crowded, EventRow, Known, Meter, Repeated, Store
from lbc_onboarding.domain import updates
from lbc_onboarding.domain.attribution import CROWDED_ARRIVAL
from lbc_onboarding.domain.decide import Decision, Event, decide
from lbc_onboarding.domain.inputs import Due, Ended, Ordered, Reported, name_of
from lbc_onboarding.domain.person import User
from lbc_onboarding.domain.rules import Rules
from lbc_runtime.clock import Clock
from lbc_runtime.crash import crash_point
from lbc_runtime.errors import Invalid, Transient
from lbc_runtime.publisher import MessagePublisher
from lbc_runtime.worker import Incoming

log = logging.getLogger(__name__)

MAX_READS: Final = 5
"""How often a decision is made anew because the person's row moved meanwhile."""

_QUEUE_FOR: Final[dict[str, WorkQueue]] = {
    "video": topology.MEDIA,
    "speech": topology.TTS,
    "text": topology.DELIVERY,
}


class Onboarding:
    """Handles all that concerns a person.

    Args:
        bot: whose people these are; a message for another bot is invalid.
        store: people and events.
        publisher: takes the commands.
        brand: gives the words and media that are in force.
        rules: the deployment's numbers.
        arrivals: finds out what start tokens say.
        clock: times of decisions.
        meter: counts them.
    """

    def __init__(
        self,
        bot: str,
        store: Store,
        publisher: MessagePublisher,
        *,
        brand: Callable[[], Brand],
        rules: Rules,
        arrivals: Arrivals,
        clock: Clock,
        meter: Meter,
    ) -> None:
        self._bot = bot
        self._store = store
        self._publisher = publisher
        self._brand = brand
        self._rules = rules
        self._arrivals = arrivals
        self._clock = clock
        self._meter = meter

    async def handle(self, incoming: Incoming) -> None:
        """Do all that follows from a message, its publishes included.

        Raises:
            Invalid: it cannot be understood.
            Transient: others kept changing the same person.
            Park: a newer release wrote what this one cannot read, or too many others hold the person's row.
            DependencyDown: the store or the broker does not answer; handling it again is safe.
        """
        message = incoming.message
        if not isinstance(message, UpdateReceived | Outcome | StepDue | Order):
            raise Invalid("unexpected-message", message.TYPE)
        if message.bot != self._bot:
            raise Invalid("foreign-bot", message.bot)
        event = self._event(message)
        if event:
            await self._settle(event)

    def _event(self, message: UpdateReceived | Outcome | StepDue | Order) -> Event | None:
        match message:
            case UpdateReceived():
                return self._update(message)
            case Outcome():
                return Event(message.id, message.correlation_id, message.bot, message.user_id, _reported(message))
            case StepDue():
                key = command_key(message.bot, message.user_id, message.session, message.step, message.attempt)
                due = Due(message.session, message.step, message.attempt, message.wake, _ms(message.time))
                # Two looks of the sweeper at one wait are two events; what they say of its end may differ.
                identity = f"{due_event(key, message.wake)}:{due.at}"
                return Event(identity, message.correlation_id, message.bot, message.user_id, due)
            case Order():
                ordered = Ordered(message.session, message.step, message.attempt, _ms(message.time))
                # As with reminders: an order that is given twice is two events, and the later one may count longer.
                identity = f"{message.id}:{ordered.at}"
                return Event(identity, message.correlation_id, message.bot, message.user_id, ordered)

    def _update(self, message: UpdateReceived) -> Event | None:
        try:
            read = updates.read(message.body, bot=message.bot, update_id=message.update_id, at=_ms(message.time))
        except updates.NotUnderstoodError as error:
            self._meter.event("update", "not-understood")
            raise Invalid(f"update-{error.reason}") from None
        if isinstance(read, updates.Ignored):
            self._meter.event("update", f"ignored-{read.reason}")
            return None
        person = read.person
        return Event(read.event_id, message.correlation_id, message.bot, person.user_id, read.what, person)

    async def _settle(self, event: Event) -> None:
        crowded = False
        for _ in range(MAX_READS):
            before = await self._store.load(event.bot, event.user_id)
            arrival = CROWDED_ARRIVAL if crowded else await self._arrivals.of(event)
            crash_point("onboarding.after_read")
            now = self._clock.now()
            decision = decide(before, event, brand=self._brand(), rules=self._rules, now=now, arrival=arrival)
            if decision.erased:
                self._meter.event(name_of(event.what), decision.result)
                return
            result = await self._store.commit(_row(event, decision, now), before, decision.user)
            if isinstance(result, Committed):
                crash_point("onboarding.after_transaction")
                self._count(event, before, decision)
                await self._publish(decision.commands)
                return
            if isinstance(result, Repeated):
                self._meter.event(name_of(event.what), "repeated")
                await self._publish(result.commands)
                return
            crowded = crowded or isinstance(result, Crowded)
        raise Transient("person-moved", f"their row changed {MAX_READS} times")

    async def _publish(self, commands: Sequence[Send]) -> None:
        for number, command in enumerate(commands):
            if number:
                crash_point("onboarding.between_publishes")
            await self._publisher.publish(command, _QUEUE_FOR[command.content.kind])
        crash_point("onboarding.after_publish")

    def _count(self, event: Event, before: Known, decision: Decision) -> None:
        kind = name_of(event.what)
        self._meter.event(kind, decision.result)
        if decision.visit:
            self._meter.touch(decision.visit.touch.reason)
        if decision.asked:
            self._meter.step(decision.asked, "asked")
        if decision.arrived:
            self._meter.step(decision.arrived, "delivered")
        if decision.failed:
            self._meter.step(decision.failed, "failed")
            if decision.given_up:
                self._meter.given_up(decision.failed)
                log.error("a step was given up", extra={"step": decision.failed, "user_id": event.user_id})
        after = decision.user
        if after and not (isinstance(before, User) and before.position == after.position):
            log.info("moved", extra={"input": kind, "state": after.state.name, "user_id": event.user_id})


def _reported(outcome: Outcome) -> Reported:
    return Reported(
        ended=Ended(outcome.kind.value),
        session=outcome.session,
        step=outcome.step,
        attempt=outcome.attempt,
        at=_ms(outcome.at),
        refused=outcome.refused,
        message_id=outcome.message_id,
    )


def _row(event: Event, decision: Decision, now: datetime) -> EventRow:
    return EventRow(
        id=event.id,
        bot=event.bot,
        user_id=event.user_id,
        at=_ms(now),
        kind=name_of(event.what),
        detail=json.dumps(asdict(event.what), separators=(",", ":")),
        result=decision.result,
        commands=decision.commands,
        files=decision.files,
        visit=decision.visit,
    )


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
