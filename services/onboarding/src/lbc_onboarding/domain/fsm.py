"""The conversation as one table over state, pending and reachable; docs/fsm.md is generated from it.

A *signal* is what an input means once it was compared with what is known already (`reading`): an input may be no
signal at all, or several one after the other. The rows decide where a signal leads and what it causes. Nothing here
does I/O, and nothing here knows a clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, IntEnum, StrEnum
from typing import Final

from lbc_contracts.ids import Step


class State(IntEnum):
    """Named after the last step that was delivered; the number counts the steps."""

    NEW = 0
    WELCOME_VIDEO_SENT = 1
    TTS_SENT = 2
    DONE = 3


STEPS: Final = (Step.VIDEO, Step.GREETING, Step.DONE)


def state_after(step: Step) -> State:
    """The state of a person who has received ``step``."""
    return State(STEPS.index(step) + 1)


def step_after(state: State) -> Step:
    """The step that is next in ``state``; IndexError at DONE, after which nothing is."""
    return STEPS[state]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a person is.

    Attributes:
        state: the last step delivered.
        pending: the next step was asked for, and neither delivered nor given up.
        reachable: messages arrive, as far as we know.
    """

    state: State
    pending: bool
    reachable: bool


class Signal(StrEnum):
    """What an input turns out to mean."""

    START = "start"
    TEXT = "text"
    TAP = "tap"
    REPLAY = "replay"
    HELP = "help"
    RESTART = "restart"
    DELIVERED = "delivered"
    FAILED = "failed"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    DUE = "due"


MEANING: Final[dict[Signal, str]] = {
    Signal.START: "/start, younger than what we sent last",
    Signal.TEXT: "any other message, a tap of an older session, a return after a block, or what overtook an outcome",
    Signal.TAP: "a tap that asks for a step still to come",
    Signal.REPLAY: "a tap that asks for a step received before",
    Signal.HELP: "/help",
    Signal.RESTART: "/restart, younger than the first step of the session",
    Signal.DELIVERED: "a newer step is known to have arrived",
    Signal.FAILED: "the next step will not come, and the person has not asked again since",
    Signal.REFUSED: "the current attempt is over for good",
    Signal.UNREACHABLE: "Telegram refused the person's chat, and nothing was heard of them since",
    Signal.BLOCKED: "the person blocked the bot, by the date of Telegram",
    Signal.UNBLOCKED: "a sign of life of someone who was away",
    Signal.DUE: "the next step is overdue and may be asked for again; used up by whoever waits no more",
}


class Effect(StrEnum):
    """What a row causes beside the move."""

    ASK = "ask"
    REPLAY = "replay"
    SAY_DONE_AGAIN = "say done_again"
    SAY_REPLAYS = "say replays"
    SAY_RESTARTED = "say restarted"
    SAY_HELP = "say help"
    SAY_LATER = "say later"
    NEW_SESSION = "session+1"
    NEW_ATTEMPT = "attempt+1"
    WAKE = "wakes+1"


SILENT: Final = frozenset({Effect.NEW_SESSION, Effect.NEW_ATTEMPT, Effect.WAKE})
"""Effects that count and send nothing. All others fall away for a person who cannot be reached."""


class To(Enum):
    """Where a row leads."""

    SAME = "same"
    STEP = "the step's state"
    NEW = "NEW"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. None in ``pending`` and ``reachable`` stands for both; in ``then_...`` for no change."""

    signal: Signal
    states: tuple[State, ...]
    pending: bool | None
    reachable: bool | None
    to: To
    then_pending: bool | None
    then_reachable: bool | None
    effects: tuple[Effect, ...] = ()


_ALL = tuple(State)
_OPEN = (State.NEW, State.WELCOME_VIDEO_SENT, State.TTS_SENT)
_SOME = (State.WELCOME_VIDEO_SENT, State.TTS_SENT, State.DONE)
_NEW = (State.NEW,)
_DONE = (State.DONE,)
_NO = False
_YES = True
_BOTH = None
_KEEP = None

# fmt: off
TABLE: Final[tuple[Row, ...]] = (
    #   signal              in     pending reachable    to       pending reachable effects
    Row(Signal.START,       _OPEN, _BOTH, _BOTH,        To.SAME, _YES,  _KEEP, (Effect.ASK,)),
    Row(Signal.START,       _DONE, _NO,   _BOTH,        To.SAME, _KEEP, _KEEP, (Effect.SAY_DONE_AGAIN,)),
    Row(Signal.TEXT,        _OPEN, _BOTH, _BOTH,        To.SAME, _YES,  _KEEP, (Effect.ASK,)),
    Row(Signal.TEXT,        _DONE, _NO,   _BOTH,        To.SAME, _KEEP, _KEEP, (Effect.SAY_REPLAYS,)),
    Row(Signal.TAP,         _OPEN, _BOTH, _BOTH,        To.SAME, _YES,  _KEEP, (Effect.ASK,)),
    Row(Signal.REPLAY,      _SOME, _BOTH, _BOTH,        To.SAME, _KEEP, _KEEP, (Effect.REPLAY,)),
    Row(Signal.HELP,        _ALL,  _BOTH, _BOTH,        To.SAME, _KEEP, _KEEP, (Effect.SAY_HELP,)),
    Row(Signal.RESTART,     _NEW,  _BOTH, _BOTH,        To.NEW,  _YES,  _KEEP, (Effect.SAY_RESTARTED, Effect.ASK)),
    Row(Signal.RESTART,     _SOME, _BOTH, _BOTH,        To.NEW,  _YES,  _KEEP,
        (Effect.NEW_SESSION, Effect.SAY_RESTARTED, Effect.ASK)),
    Row(Signal.DELIVERED,   _OPEN, _BOTH, _BOTH,        To.STEP, _NO,   _KEEP),
    Row(Signal.FAILED,      _OPEN, _YES,  _BOTH,        To.SAME, _NO,   _KEEP, (Effect.SAY_LATER,)),
    Row(Signal.REFUSED,     _OPEN, _YES,  _BOTH,        To.SAME, _KEEP, _KEEP, (Effect.NEW_ATTEMPT, Effect.ASK)),
    Row(Signal.REFUSED,     _OPEN, _NO,   _BOTH,        To.SAME, _KEEP, _KEEP, (Effect.NEW_ATTEMPT,)),
    Row(Signal.UNREACHABLE, _ALL,  _BOTH, _YES,         To.SAME, _KEEP, _NO),
    Row(Signal.BLOCKED,     _ALL,  _BOTH, _YES,         To.SAME, _KEEP, _NO),
    Row(Signal.UNBLOCKED,   _OPEN, _YES,  _NO,          To.SAME, _KEEP, _YES,  (Effect.ASK,)),
    Row(Signal.UNBLOCKED,   _ALL,  _NO,   _NO,          To.SAME, _KEEP, _YES),
    Row(Signal.DUE,         _OPEN, _YES,  _BOTH,        To.SAME, _KEEP, _KEEP, (Effect.WAKE, Effect.ASK)),
    Row(Signal.DUE,         _OPEN, _NO,   _BOTH,        To.SAME, _KEEP, _KEEP, (Effect.WAKE,)),
)
# fmt: on


class ImpossibleError(Exception):
    """No row: a signal that `reading` never gives at this position, so a bug."""


def positions() -> Iterator[Position]:
    """All that exist: at DONE nothing is pending."""
    for state in State:
        for pending in (False, True):
            if not (pending and state is State.DONE):
                yield from (Position(state, pending, reachable) for reachable in (False, True))


def rows_for(position: Position, signal: Signal) -> list[Row]:
    """The rows that fit; a test shows that there is never more than one."""
    return [
        row
        for row in TABLE
        if row.signal is signal
        and position.state in row.states
        and row.pending in {None, position.pending}
        and row.reachable in {None, position.reachable}
    ]


def move(position: Position, signal: Signal, step: Step | None = None) -> tuple[Position, tuple[Effect, ...]]:
    """Where ``signal`` leads from ``position``, and what it causes.

    Args:
        position: where the person is.
        signal: what is known now.
        step: the step delivered, for `Signal.DELIVERED`.

    Raises:
        ImpossibleError: no row for it, or a step that would lead back.
    """
    rows = rows_for(position, signal)
    if not rows:
        raise ImpossibleError(f"{signal} at {position}")
    row = rows[0]
    after = Position(
        state=_target(row.to, position.state, step),
        pending=position.pending if row.then_pending is None else row.then_pending,
        reachable=position.reachable if row.then_reachable is None else row.then_reachable,
    )
    return after, tuple(effect for effect in row.effects if after.reachable or effect in SILENT)


def _target(to: To, state: State, step: Step | None) -> State:
    if to is To.NEW:
        return State.NEW
    if to is To.SAME:
        return state
    if step is None or state_after(step) <= state:
        raise ImpossibleError(f"delivered {step} at {state.name}")
    return state_after(step)
