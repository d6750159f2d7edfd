"""Onboarding's pure decision as the laws meet it: behind an event row and a user row, checked after every event."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from lbc_contracts.brand import Brand
from lbc_contracts.ids import Step, command_key, due_event
from lbc_contracts.messages import Send
from lbc_onboarding.domain.decide import Decision, Event, decide
from lbc_onboarding.domain.fsm import State, steps_had
from lbc_onboarding.domain.inputs import Due, Membership, Person, Pressed, Reported, Tap, Written
from lbc_onboarding.domain.person import User
from lbc_onboarding.domain.rules import Rules
from lbc_runtime.brand import load_brand

BRAND: Brand = load_brand(Path(__file__).parents[4] / "brands" / "demo")
RULES = Rules(max_wakes=2)
PERSON = Person(user_id=7, chat_id=7, name="Ana", language="es-MX")
ORDERS = (
    (Step.VIDEO, Step.GREETING, Step.DONE),
    (Step.GREETING, Step.VIDEO, Step.DONE),
    (Step.VIDEO, Step.DONE),
    (Step.GREETING, Step.DONE),
)
"""All that a pack may have of steps."""
BOT = "alba"
T0 = 1_790_000_000_000


def event_of(identity: str, what: Written | Pressed | Membership | Reported | Due) -> Event:
    person = PERSON if isinstance(what, Written | Pressed | Membership) else None
    return Event(identity, identity, BOT, PERSON.user_id, what, person)


@dataclass
class Onboarding:
    """The decision behind an event row and a user row, as the transaction keeps them.

    Attributes:
        emitted: earliest time at which each command can have been sent, by what had been handled before it.
        waits: likewise for each wait that a reminder may be about.
        seen_until: youngest input handled so far.
    """

    rules: Rules = RULES
    brand: Brand = BRAND
    user: User | None = None
    seen: dict[str, tuple[Send, ...]] = field(default_factory=dict)
    emitted: dict[str, int] = field(default_factory=dict)
    waits: dict[str, int] = field(default_factory=dict)
    seen_until: int = 0
    clock: int = T0
    dedupe: bool = True

    def handle(self, event: Event) -> tuple[Send, ...]:
        if self.dedupe and event.id in self.seen:
            return self.seen[event.id]
        self.clock += 1
        decision = decide(
            self.user, event, brand=self.brand, rules=self.rules, now=datetime.fromtimestamp(self.clock / 1000, UTC)
        )
        check(self.user, decision)
        self.user = decision.user
        self.seen[event.id] = decision.commands
        self.seen_until = max(self.seen_until, event.what.at)
        for command in decision.commands:
            self.emitted.setdefault(command.id, self.seen_until)
        if self.user and self.user.due_at and self.user.next_step:
            self.waits.setdefault(wait_of(self.user), self.seen_until)
        return decision.commands

    def could_know(self, event: Event) -> bool:
        """Whether what caused ``event`` has happened here, and no later than ``event`` itself."""
        at = event.what.at
        if isinstance(event.what, Reported):
            return self.emitted.get(event.id.rsplit("#", 1)[0], at + 1) <= at
        if isinstance(event.what, Tap) and event.what.session is not None:
            return self._made_buttons_of(event.what.session, event.what.on)
        return not isinstance(event.what, Due) or self.waits.get(event.id.rsplit(":", 1)[0], at + 1) <= at

    def _made_buttons_of(self, session: int, on: Step | None) -> bool:
        if on is None:
            return self.user is not None and session <= self.user.session
        return any(key.startswith(f"{BOT}:{PERSON.user_id}:{session}:{on}:") for key in self.emitted)

    @property
    def end(self) -> tuple[State, bool, bool, int, str, int | None] | None:
        return end_of(self.user) if self.user else None


def end_of(user: User) -> tuple[State, bool, bool, int, str, int | None]:
    """What must be the same in the end, whatever the order."""
    return (
        user.state,
        user.pending,
        user.reachable,
        user.session,
        user.chosen_language,
        user.erasure_asked_at,
    )


def wait_of(user: User) -> str:
    assert user.next_step
    key = command_key(user.bot, user.user_id, user.session, user.next_step, user.attempt)
    return due_event(key, user.wakes)


def check(before: User | None, decision: Decision) -> None:
    """What holds after every single decision."""
    user = decision.user
    if user is None:
        assert before is None
        assert not decision.commands
        return
    assert user.pending == (user.wants_more and user.state is not State.DONE)
    assert user.reachable == user.present
    assert (user.due_at is not None) == (user.pending and user.reachable)
    assert user.version == (before.version if before else 0) + 1
    assert len({command.id for command in decision.commands}) == len(decision.commands)
    if not user.reachable:
        assert not decision.commands
    if before:
        assert user.session >= before.session
        if user.session == before.session:
            assert user.steps == before.steps
        if steps_had(user.state, user.steps) < steps_had(before.state, before.steps):
            assert user.session == before.session + 1
        if user.session == before.session and user.state == before.state:
            assert user.attempt >= before.attempt
    for command in decision.commands:
        if command.step:
            assert (command.session, command.step, command.attempt) == (user.session, user.next_step, user.attempt)


def relive(
    events: Iterable[Event], *, rules: Rules = RULES, brand: Brand = BRAND, dedupe: bool = True
) -> Onboarding | None:
    """Live through ``events`` in this order, each no sooner than what caused it; None if a cause never happens."""
    again = Onboarding(rules, brand, dedupe=dedupe)
    waiting = list(events)
    while waiting:
        for number, event in enumerate(waiting):
            if again.could_know(event):
                again.handle(waiting.pop(number))
                break
        else:
            return None
    return again
