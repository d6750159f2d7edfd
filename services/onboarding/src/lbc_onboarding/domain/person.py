"""What is known about one person: their position, and the facts that later inputs are compared with.

Facts only ever rise to a maximum or fall to a minimum within a session. That is why the order in which inputs without
a cause between them are handled does not matter.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from lbc_contracts.ids import Step
from lbc_onboarding.domain.attribution import Past, Touch
from lbc_onboarding.domain.fsm import STEPS, Position, State, Steps, state_after, step_after, steps_had

ANYTHING: Final = 4
"""In `User.calls`: whatever comes next, where each step has the number of its state."""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """All that is left of a person who was erased; see `lbc_contracts.privacy`.

    Attributes:
        erased_at: when (ms).
        session: the highest they ever had.
    """

    erased_at: int
    session: int


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person's row. Times are milliseconds since the epoch, those called date are seconds of Telegram's clock.

    Attributes:
        version: of the row; 0 is not stored yet.
        session: raised by restart.
        attempt: under which the next step is asked for; 1 + how often it was refused or given up.
        wakes: how often the sweeper asked again in this attempt.
        due_at: when the sweeper should look, only while pending and reachable.
        message_id, message_at: of the newest message that asks for something.
        restart_id: the newest /restart.
        restart_told_id: the newest /restart that was confirmed in words, which one that overtook an outcome is once.
        calls: the newest tap that asked for each step, in the order of the steps, and for anything.
        first_message_id: the oldest message of ours that is a step of this session.
        step_message_id, step_delivered_at: of the last step delivered.
        failed_at: newest failure of the next step that was reported.
        given_up_at: when the sweeper last gave up an attempt whose end is still not known.
        heard_at: newest sign of life, by our clock.
        back_at: newest return after a block, by our clock.
        unreachable_at: newest refusal of the chat, by our clock.
        member_date: newest sign of life.
        blocked_date: newest block.
        steps: of this session, in their order.
        language: that Telegram says the person uses.
        chosen_at, chosen_language: the newest choice of a language by the person; of equal times the greater code.
        erasure_asked_at: the oldest confirmed wish to be forgotten; None without one.
        erased_at: when they had been forgotten before they came back; None for all others.
        past: what later visits are compared with.
        visits: /starts of this session.
    """

    bot: str
    user_id: int
    chat_id: int
    created_at: int
    version: int = 0
    state: State = State.NEW
    pending: bool = False
    reachable: bool = True
    session: int = 1
    session_at: int = 0
    attempt: int = 1
    wakes: int = 0
    due_at: int | None = None
    message_id: int = 0
    message_at: int = 0
    restart_id: int = 0
    restart_told_id: int = 0
    calls: tuple[int, int, int, int] = (0, 0, 0, 0)
    first_message_id: int | None = None
    step_message_id: int | None = None
    step_delivered_at: int | None = None
    failed_at: int = 0
    given_up_at: int = 0
    heard_at: int = 0
    back_at: int = 0
    unreachable_at: int = 0
    member_date: int = 0
    blocked_date: int = 0
    steps: Steps = STEPS
    language: str | None = None
    chosen_at: int = 0
    chosen_language: str = ""
    erasure_asked_at: int | None = None
    erased_at: int | None = None
    name: str = ""
    first_touch: Touch | None = None
    last_touch: Touch | None = None
    past: Past = field(default_factory=Past)
    visits: int = 0

    @property
    def position(self) -> Position:
        """Where the person is in the table."""
        return Position(self.state, self.pending, self.reachable)

    @property
    def next_step(self) -> Step | None:
        """What they would receive next; None at DONE."""
        return None if self.state is State.DONE else step_after(self.state, self.steps)

    @property
    def had(self) -> int:
        """How many steps of this session they have received."""
        return steps_had(self.state, self.steps)

    @property
    def present(self) -> bool:
        """Whether the facts say that messages arrive. Of equal times the sign of life wins."""
        return self.member_date >= self.blocked_date and self.heard_at >= self.unreachable_at

    @property
    def wants_more(self) -> bool:
        """Whether the facts say that the person waits for the next step: asked since the last one and since it failed.

        Messages are compared with steps by Telegram's message ids, which both have; taps have none, so by time. To
        come back after a block repeats what was asked for before: a failure meanwhile may never have been heard of.
        """
        asked = self._asked_at()
        return asked > 0 and max(asked, self.back_at) > max(self.failed_at, self.given_up_at)

    def _asked_at(self) -> int:
        coming = (*(state_after(step) for step in self.steps[self.had :]), ANYTHING)
        asked = [self.calls[number - 1] for number in coming]
        asked = [called for called in asked if called >= (self.step_delivered_at or 0)]
        if self.message_id > (self.step_message_id or 0):
            asked.append(self.message_at)
        return max(asked, default=0)

    def spoken(self, languages: Collection[str]) -> str | None:
        """The language to use of a pack that has ``languages``: the one chosen, if it has that, else Telegram's."""
        return self.chosen_language if self.chosen_language in languages else self.language

    def has(self, step: Step) -> bool:
        """Whether ``step`` was delivered in this session."""
        return step in self.steps[: self.had]
