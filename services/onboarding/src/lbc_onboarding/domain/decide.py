"""The decision: what one event changes about one person, and what is to be sent because of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from lbc_contracts.brand import Brand
from lbc_contracts.ids import Step
from lbc_contracts.messages import Send
from lbc_onboarding.domain.attribution import LEGACY, Reader, Touch, earlier, later, read_touch
from lbc_onboarding.domain.fsm import Effect, Signal
from lbc_onboarding.domain.inputs import Input, Person, Said, Written
from lbc_onboarding.domain.person import User
from lbc_onboarding.domain.reading import read
from lbc_onboarding.domain.render import Writer
from lbc_onboarding.domain.turn import Turn

MAX_NAME: Final = 256
"""Characters of a name that are stored; what is shown is cut further."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Numbers that a deployment may choose.

    Attributes:
        due_after: how long a step may take before it is asked for again (ms).
        due_growth: by what each further wait is multiplied.
        max_wakes: how often it is asked for again before it is given up.
        readers: forms of start tokens that count.
    """

    due_after: int = 60_000
    due_growth: float = 2
    max_wakes: int = 5
    readers: Sequence[Reader] = LEGACY


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a person.

    Attributes:
        id: by which it is known when it comes again.
        person: the sender as Telegram describes them; None when it is one of our own messages that came.
    """

    id: str
    correlation_id: str
    bot: str
    user_id: int
    what: Input
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from an event.

    Attributes:
        user: the person's row after it; None when there is none and none is needed.
        commands: to send, in this order; empty when nothing is.
        signals: what the event turned out to be.
        asked: the step asked for.
        arrived: the step newly known to have been delivered.
        failed: the step that will not come.
        given_up: it fell silent instead of being reported.
        touch: the way the person came, if this was a /start.
    """

    user: User | None
    commands: tuple[Send, ...] = ()
    signals: tuple[Signal, ...] = ()
    asked: Step | None = None
    arrived: Step | None = None
    failed: Step | None = None
    given_up: bool = False
    touch: Touch | None = None

    @property
    def result(self) -> str:
        """``applied``, or ``recorded`` when the event meant nothing any more."""
        return "applied" if self.signals else "recorded"


def decide(user: User | None, event: Event, *, brand: Brand, rules: Rules, now: datetime) -> Decision:
    """Decide.

    Args:
        user: the person's row as read; None when there is none.
        event: what happened.
        brand: words and media.
        rules: the deployment's numbers.
        now: the time of the decision; it goes into timers and commands, never into where the person is.
    """
    moment = round(now.timestamp() * 1000)
    known = user or _stranger(event, moment)
    if known is None:
        return Decision(None)
    touch = _touch(event, rules)
    turn = Turn(_introduced(known, event.person, touch), moment)
    read(turn, event.what, max_wakes=rules.max_wakes)
    after = _with_timer(turn.user, known, moment, rules)
    writer = Writer(brand, after, event.id, event.correlation_id, now)
    said = [caused for caused in turn.caused if caused.effect is not Effect.ASK]
    commands = [writer.answer(caused, number) for number, caused in enumerate(said, 1)]
    asked = _asked(turn)
    if asked:
        commands.append(writer.ask(asked))
    failed = [caused for caused in turn.caused if caused.effect is Effect.SAY_LATER]
    return Decision(
        user=replace(after, version=known.version + 1),
        commands=tuple(commands),
        signals=tuple(turn.signals),
        asked=asked,
        arrived=turn.arrived,
        failed=failed[0].step if failed else None,
        given_up=any(caused.given_up for caused in failed),
        touch=touch,
    )


def _asked(turn: Turn) -> Step | None:
    """The step to ask for: where one turn asked twice, only where it ended counts."""
    wanted = any(caused.effect is Effect.ASK for caused in turn.caused)
    return turn.user.next_step if wanted and turn.user.pending and turn.user.reachable else None


def _stranger(event: Event, now: int) -> User | None:
    """A first row for someone who was never seen; our own messages concern people whom we know."""
    if event.person is None:
        return None
    return User(bot=event.bot, user_id=event.user_id, chat_id=event.person.chat_id, created_at=now, session_at=now)


def _introduced(user: User, person: Person | None, touch: Touch | None) -> User:
    if person:
        user = replace(
            user,
            chat_id=person.chat_id,
            name=person.name[:MAX_NAME],
            language=person.language or user.language,
        )
    if touch:
        user = replace(user, first_touch=earlier(user.first_touch, touch), last_touch=later(user.last_touch, touch))
    return user


def _touch(event: Event, rules: Rules) -> Touch | None:
    what = event.what
    if not isinstance(what, Written) or what.said is not Said.START:
        return None
    return read_touch(
        what.payload, user_id=event.user_id, date=what.date, message_id=what.message_id, readers=rules.readers
    )


def _with_timer(user: User, before: User, now: int, rules: Rules) -> User:
    """Keep a running timer for the same wait, start one for a new wait, and none for who does not wait."""
    if not (user.pending and user.reachable):
        return replace(user, due_at=None)
    if user.due_at is not None and _wait(user) == _wait(before):
        return user
    return replace(user, due_at=now + round(rules.due_after * rules.due_growth**user.wakes))


def _wait(user: User) -> tuple[int, int, int, int]:
    return (user.session, user.state, user.attempt, user.wakes)


def iso(moment: int) -> str:
    """Milliseconds as people read them."""
    return datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds")
