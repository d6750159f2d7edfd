"""One input's turn at a person: facts come in, signals go through the table, effects are kept for `decide`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from lbc_contracts.ids import Step
from lbc_onboarding.domain.fsm import Effect, Signal, State, Steps, move, steps_had
from lbc_onboarding.domain.person import User


@dataclass(frozen=True, slots=True)
class Caused:
    """An effect that sends something; ``step`` where it concerns one, ``given_up`` when nobody reported its end."""

    effect: Effect
    step: Step | None = None
    given_up: bool = False


@dataclass(slots=True)
class Turn:
    """Mutable while one input is read, and gone after.

    Attributes:
        user: as known so far in this turn.
        now: when the turn is taken (ms); only restarts and timers look at it.
        steps: of a session that begins now.
        caused: what it will send, in order.
        signals: that the input turned out to be.
        arrived: the step that is newly known to have been delivered.
        files: the wish to be forgotten becomes a request.
    """

    user: User
    now: int
    steps: Steps
    caused: list[Caused] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    arrived: Step | None = None
    files: bool = False

    def know(self, **facts: Any) -> None:
        """Take facts over."""
        self.user = replace(self.user, **facts)

    def take(self, signal: Signal, step: Step | None = None, *, given_up: bool = False) -> None:
        """Move by the table, and do what its row says."""
        self.signals.append(signal)
        position, effects = move(self.user.position, signal, step, self.user.steps)
        advanced = steps_had(position.state, self.user.steps) > self.user.had
        self.know(state=position.state, pending=position.pending, reachable=position.reachable)
        if advanced:
            self.arrived = step
            self.know(attempt=1, wakes=0, failed_at=0, given_up_at=0)
        for effect in effects:
            self._cause(effect, step, given_up=given_up)

    def _cause(self, effect: Effect, step: Step | None, *, given_up: bool) -> None:
        match effect:
            case Effect.NEW_SESSION:
                self._begin_session()
            case Effect.NEW_ATTEMPT:
                self.know(attempt=self.user.attempt + 1, wakes=0)
            case Effect.WAKE:
                self.know(wakes=self.user.wakes + 1)
            case Effect.FILE:
                self.files = True
            case Effect.SAY_RESTARTED if self.user.restart_told_id >= self.user.restart_id:
                pass  # it was handled before the outcome that it came after, and confirmed then
            case _:
                if effect is Effect.SAY_RESTARTED:
                    self.know(restart_told_id=self.user.restart_id)
                self.caused.append(Caused(effect, step, given_up))

    def _begin_session(self) -> None:
        self.know(
            session=self.user.session + 1,
            session_at=self.now,
            steps=self.steps,
            attempt=1,
            wakes=0,
            failed_at=0,
            given_up_at=0,
            first_message_id=None,
            step_message_id=None,
            step_delivered_at=None,
        )

    def sign_of_life(self, at: int, date: int) -> None:
        """Someone who writes can be reached, unless a younger block is known."""
        user = self.user
        self.know(heard_at=max(user.heard_at, at), member_date=max(user.member_date, date))
        self.settle_presence(Signal.UNBLOCKED)

    def settle_presence(self, signal: Signal) -> None:
        """Give the signal that the facts ask for: ``signal``, if they changed whether messages arrive."""
        if self.user.present != self.user.reachable:
            self.take(signal)

    @property
    def finished(self) -> bool:
        """Whether the person has received all there is."""
        return self.user.state is State.DONE
