"""A small world for the laws: a person, a Telegram chat, a network that reorders, and onboarding's pure decision.

Nothing here is shared with the code under test but its decision: the chat, who delivers and what is known when are
modelled anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import strategies as st

from lbc_contracts.brand import Brand
from lbc_contracts.ids import Step, command_key, due_event
from lbc_contracts.messages import Button, Send
from lbc_onboarding.domain import buttons
from lbc_onboarding.domain.decide import Decision, Event, Rules, decide
from lbc_onboarding.domain.fsm import State
from lbc_onboarding.domain.inputs import Due, Ended, Membership, Person, Reported, Said, Tap, Written
from lbc_onboarding.domain.person import User
from lbc_runtime.brand import load_brand

BRAND: Brand = load_brand(Path(__file__).parents[4] / "brands" / "demo")
RULES = Rules(max_wakes=2)
PERSON = Person(user_id=7, chat_id=7, name="Ana", language="es-MX")
BOT = "alba"
T0 = 1_790_000_000_000
ACTIONS = {"write": 2, "block": 1, "bare": 1, "unblock": 2, "handle": 3, "deliver": 2, "tap": 2, "overdue": 1}
"""What can happen, and how often of all that can."""


def event_of(identity: str, what: Written | Tap | Membership | Reported | Due) -> Event:
    person = PERSON if isinstance(what, Written | Tap | Membership) else None
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
            self.user, event, brand=BRAND, rules=self.rules, now=datetime.fromtimestamp(self.clock / 1000, UTC)
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
    def end(self) -> tuple[State, bool, bool, int] | None:
        user = self.user
        return (user.state, user.pending, user.reachable, user.session) if user else None


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
        if user.state < before.state:
            assert user.session == before.session + 1
        if user.session == before.session and user.state == before.state:
            assert user.attempt >= before.attempt
    for command in decision.commands:
        if command.step:
            assert (command.session, command.step, command.attempt) == (user.session, user.next_step, user.attempt)


@dataclass(frozen=True)
class Shown:
    """A message in the chat."""

    message_id: int
    buttons: tuple[Button, ...]


@dataclass
class World:
    """Draws a story, lets onboarding live through it in one order, and keeps every event of it."""

    draw: Callable[[st.SearchStrategy[object]], object]
    onboarding: Onboarding = field(default_factory=Onboarding)
    now: int = T0
    message_id: int = 0
    blocked: bool = False
    chat: list[Shown] = field(default_factory=list)
    network: list[Event] = field(default_factory=list)
    outbox: dict[str, Send] = field(default_factory=dict)
    ends: dict[str, Event] = field(default_factory=dict)
    history: list[Event] = field(default_factory=list)
    number: int = 0

    def arrive(self, state: State) -> int:
        """A straight way to ``state``; says how many events it took."""
        for _ in range(state):
            self._tick()
            self._send(Written(Said.START, self._next_message(), self.now // 1000, self.now))
            self._take(0)
            self._tick()
            self._end(min(self.outbox), Ended.DELIVERED)
            self._take(0)
        return len(self.history)

    def live(self, steps: int) -> None:
        for _ in range(steps):
            action = self.draw(st.sampled_from(self._possible()))
            assert isinstance(action, str)
            self.act(action)
        self.settle()

    def settle(self) -> None:
        """Let all that is under way arrive, in the order drawn."""
        while self.network:
            self._handle()

    def can(self, action: str) -> bool:
        """Whether ``action`` is possible now."""
        match action:
            case "unblock":
                return self.blocked
            case "handle":
                return bool(self.network)
            case "deliver":
                return bool(self.outbox)
            case "tap":
                return bool(self.chat) and not self.blocked
            case "overdue":
                return bool(self.onboarding.user and self.onboarding.user.due_at)
        return not self.blocked

    def act(self, action: str) -> None:
        """Let ``action`` happen, a second after the last one."""
        self._tick()
        getattr(self, f"_{action}")()

    def _possible(self) -> list[str]:
        return [action for action, weight in ACTIONS.items() if self.can(action) for _ in range(weight)]

    def _tick(self) -> None:
        self.now += 1000
        self.onboarding.clock = max(self.onboarding.clock, self.now)

    def _next_message(self) -> int:
        self.message_id += 1
        return self.message_id

    def _send(self, what: Written | Tap | Membership) -> None:
        self.number += 1
        self.network.append(event_of(f"u{self.number}", what))

    def _write(self) -> None:
        said = self.draw(st.sampled_from([Said.START, Said.TEXT, Said.RESTART]))
        assert isinstance(said, Said)
        self._send(Written(said, self._next_message(), self.now // 1000, self.now))

    def _tap(self) -> None:
        shown = self.draw(st.sampled_from(self.chat))
        assert isinstance(shown, Shown)
        button = self.draw(st.sampled_from(shown.buttons))
        assert isinstance(button, Button)
        pressed = buttons.read(button.data or "")
        self._send(Tap(pressed.step, self.now, pressed.session, pressed.on, shown.message_id))

    def _bare(self) -> None:
        step = self.draw(st.sampled_from([Step.VIDEO, Step.GREETING, None]))
        assert step is None or isinstance(step, Step)
        self._send(Tap(step, self.now))

    def _block(self) -> None:
        self.blocked = True
        self._send(Membership(True, self.now // 1000, self.now))

    def _unblock(self) -> None:
        self.blocked = False
        self._send(Membership(False, self.now // 1000, self.now))

    def _overdue(self) -> None:
        user = self.onboarding.user
        assert user
        assert user.next_step
        due = Due(user.session, user.next_step, user.attempt, user.wakes, self.now)
        self.network.append(event_of(f"{wait_of(user)}:{self.now}", due))

    def _handle(self) -> None:
        number = self.draw(st.integers(0, len(self.network) - 1))
        assert isinstance(number, int)
        self._take(number)

    def _take(self, number: int) -> None:
        event = self.network.pop(number)
        if event not in self.history:
            self.history.append(event)
        for command in self.onboarding.handle(event):
            self.outbox[command.id] = command

    def _deliver(self) -> None:
        key = self.draw(st.sampled_from(sorted(self.outbox)))
        assert isinstance(key, str)
        how = Ended.UNREACHABLE if self.blocked else self.draw(st.sampled_from([Ended.DELIVERED] * 3 + [Ended.FAILED]))
        assert isinstance(how, Ended)
        self._end(key, how)

    def _end(self, key: str, how: Ended) -> None:
        command = self.outbox.pop(key)
        if key in self.ends:  # a terminal row: delivery says again what it said
            self.network.append(self.ends[key])
            return
        refused = how is Ended.UNREACHABLE or (how is Ended.FAILED and bool(self.draw(st.booleans())))
        message_id = self._next_message() if how is Ended.DELIVERED else None
        if message_id:
            self.chat.append(Shown(message_id, tuple(b for row in command.content.buttons for b in row)))
            self.chat = [shown for shown in self.chat if shown.buttons]
        self.number += 1
        report = Reported(how, command.session, command.step, command.attempt, self.now, refused, message_id)
        event = event_of(f"{key}#{how}{self.number}", report)
        if how is Ended.DELIVERED or refused:
            self.ends[key] = event
        self.network.append(event)


def relive(events: Iterable[Event], *, rules: Rules = RULES, dedupe: bool = True) -> Onboarding | None:
    """Live through ``events`` in this order, each no sooner than what caused it; None if a cause never happens."""
    again = Onboarding(rules, dedupe=dedupe)
    waiting = list(events)
    while waiting:
        for number, event in enumerate(waiting):
            if again.could_know(event):
                again.handle(waiting.pop(number))
                break
        else:
            return None
    return again
