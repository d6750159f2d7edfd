"""A small world for the laws: a person, a Telegram chat, a network that reorders, and onboarding's pure decision.

Nothing here is shared with the code under test but its decision: the chat, who delivers and what is known when are
modelled anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from hypothesis import strategies as st

from lbc_contracts.ids import Step
from lbc_contracts.messages import Button, Send
from lbc_onboarding.domain import buttons
from lbc_onboarding.domain.decide import Event
from lbc_onboarding.domain.fsm import State
from lbc_onboarding.domain.inputs import (
    Chosen,
    Confirmed,
    Due,
    Ended,
    Membership,
    Pressed,
    Reported,
    Said,
    Tap,
    Written,
)
from onboarding_world.decided import BRAND, T0, Onboarding, event_of, wait_of

ACTIONS = {
    "write": 2,
    "block": 1,
    "bare": 1,
    "unblock": 2,
    "handle": 3,
    "deliver": 2,
    "tap": 2,
    "overdue": 1,
    "choose": 1,
    "confirm": 2,
}
"""What can happen, and how often of all that can."""
ASIDE = (Said.HELP, Said.PRIVACY, Said.DELETE_ME, Said.LANGUAGE)
"""What asks for no step."""


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
        for _ in range(min(state, len(self.onboarding.brand.steps))):
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
        user = self.onboarding.user
        needs = {
            "unblock": self.blocked,
            "handle": bool(self.network),
            "deliver": bool(self.outbox),
            "tap": bool(self.chat) and not self.blocked,
            "confirm": any(self._questions()) and not self.blocked,
            "overdue": bool(user and user.due_at),
        }
        return needs.get(action, not self.blocked)

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

    def _send(self, what: Written | Pressed | Membership) -> None:
        self.number += 1
        self.network.append(event_of(f"u{self.number}", what))

    def _write(self) -> None:
        said = self.draw(st.sampled_from([Said.START, Said.TEXT, Said.RESTART, *ASIDE]))
        assert isinstance(said, Said)
        self._send(Written(said, self._next_message(), self.now // 1000, self.now))

    def _tap(self) -> None:
        shown = self.draw(st.sampled_from(self.chat))
        assert isinstance(shown, Shown)
        button = self.draw(st.sampled_from(shown.buttons))
        assert isinstance(button, Button)
        self._send(buttons.read(button.data or "", at=self.now, message_id=shown.message_id))

    def _choose(self) -> None:
        code = self.draw(st.sampled_from([*BRAND.languages, "xx"]))
        assert isinstance(code, str)
        self._send(Chosen(code, self.now))

    def _confirm(self) -> None:
        shown, data = next(self._questions())
        self._send(buttons.read(data, at=self.now, message_id=shown.message_id))

    def _questions(self) -> Iterator[tuple[Shown, str]]:
        """Whether to be forgotten, as they stand in the chat."""
        for shown in self.chat:
            data = shown.buttons[0].data or ""
            if isinstance(buttons.read(data, at=self.now, message_id=None), Confirmed):
                yield shown, data

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
