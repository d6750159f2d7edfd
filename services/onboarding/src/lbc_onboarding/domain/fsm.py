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
    """Named after the last step that was delivered; numbered in the usual order of the steps."""

    NEW = 0
    WELCOME_VIDEO_SENT = 1
    TTS_SENT = 2
    DONE = 3


Steps = tuple[Step, ...]
"""The steps of a session in their order, as the brand pack had them when it began; the last is always DONE."""

STEPS: Final[Steps] = (Step.VIDEO, Step.GREETING, Step.DONE)
"""The usual ones."""


def state_after(step: Step) -> State:
    """The state of a person who has received ``step``, whatever the order."""
    return State(STEPS.index(step) + 1)


def steps_had(state: State, steps: Steps = STEPS) -> int:
    """How many of ``steps`` a person in ``state`` has received.

    Raises:
        ValueError: the state is none of theirs.
    """
    return 0 if state is State.NEW else steps.index(STEPS[state - 1]) + 1


def step_after(state: State, steps: Steps = STEPS) -> Step:
    """The step that is next in ``state``; IndexError at DONE, after which nothing is."""
    return steps[steps_had(state, steps)]


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
    PRIVACY = "privacy"
    LANGUAGES = "languages"
    CHOSEN = "chosen"
    DELETE = "delete"
    ERASE = "erase"
    ERASE_AGAIN = "erase again"
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
    Signal.PRIVACY: "/privacy",
    Signal.LANGUAGES: "/language, or a choice of a language that the pack has not",
    Signal.CHOSEN: "a language was chosen, and no later choice is known",
    Signal.DELETE: "/delete_me, or its confirmation from before an erasure",
    Signal.ERASE: "/delete_me was confirmed for the first time",
    Signal.ERASE_AGAIN: "/delete_me was confirmed once more",
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
    SAY_PRIVACY = "say privacy"
    SAY_LANGUAGES = "say languages"
    SAY_CHOSEN = "say chosen"
    SAY_DELETE = "say delete"
    SAY_FILED = "say filed"
    SAY_FILED_AGAIN = "say filed_again"
    SAY_LATER = "say later"
    NEW_SESSION = "session+1"
    NEW_ATTEMPT = "attempt+1"
    WAKE = "wakes+1"
    FILE = "file the request"


SILENT: Final = frozenset({Effect.NEW_SESSION, Effect.NEW_ATTEMPT, Effect.WAKE, Effect.FILE})
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
    Row(Signal.PRIVACY,     _ALL,  _BOTH, _BOTH,        To.SAME, _KEEP, _KEEP, (Effect.SAY_PRIVACY,)),
    Row(Signal.LANGUAGES,   _ALL,  _BOTH, _BOTH,        To.SAME, _KEEP, _KEEP, (Effect.SAY_LANGUAGES,)),
    Row(Signal.CHOSEN,      _ALL,  _BOTH, _BOTH,        To.SAME, _KEEP, _KEEP, (Effect.SAY_CHOSEN,)),
    Row(Signal.DELETE,      _ALL,  _BOTH, _BOTH,        To.SAME, _KEEP, _KEEP, (Effect.SAY_DELETE,)),
    Row(Signal.ERASE,       _ALL,  _BOTH, _BOTH,        To.SAME, _KEEP, _KEEP, (Effect.FILE, Effect.SAY_FILED)),
    Row(Signal.ERASE_AGAIN, _ALL,  _BOTH, _BOTH,        To.SAME, _KEEP, _KEEP, (Effect.SAY_FILED_AGAIN,)),
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


def move(
    position: Position, signal: Signal, step: Step | None = None, steps: Steps = STEPS
) -> tuple[Position, tuple[Effect, ...]]:
    """Where ``signal`` leads from ``position``, and what it causes.

    Args:
        position: where the person is.
        signal: what is known now.
        step: the step delivered, for `Signal.DELIVERED`.
        steps: of the session.

    Raises:
        ImpossibleError: no row for it, or a step that would lead back.
    """
    rows = rows_for(position, signal)
    if not rows:
        raise ImpossibleError(f"{signal} at {position}")
    row = rows[0]
    after = Position(
        state=_target(row.to, position.state, step, steps),
        pending=position.pending if row.then_pending is None else row.then_pending,
        reachable=position.reachable if row.then_reachable is None else row.then_reachable,
    )
    return after, tuple(effect for effect in row.effects if after.reachable or effect in SILENT)


def _target(to: To, state: State, step: Step | None, steps: Steps) -> State:
    if to is To.NEW:
        return State.NEW
    if to is To.SAME:
        return state
    if step not in steps or steps.index(step) < steps_had(state, steps):
        raise ImpossibleError(f"delivered {step} at {state.name}")
    return state_after(step)
