"""The decision: what one event changes about one person, and what is to be sent because of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from lbc_contracts.brand import Brand
from lbc_contracts.ids import Step
from lbc_contracts.messages import Send
from lbc_onboarding.domain.attribution import ORGANIC_ARRIVAL, Arrival, Visit, earlier, later, visit_of
from lbc_onboarding.domain.erased import comes_late
from lbc_onboarding.domain.fsm import Effect, Signal, Steps
from lbc_onboarding.domain.inputs import Input, Person, Said, Written
from lbc_onboarding.domain.person import Tombstone, User
from lbc_onboarding.domain.reading import read
from lbc_onboarding.domain.render import Writer
from lbc_onboarding.domain.rules import Rules, rules_of
from lbc_onboarding.domain.turn import Turn

MAX_NAME: Final = 256
"""Characters of a name that are stored; what is shown is cut further."""


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
        visit: the way the person came and what that takes, if this was a /start.
        files: the wish to be forgotten is to be filed; the language of the pack in which the person was told.
        erased: it concerns somebody who was erased after it, and must leave no trace.
    """

    user: User | None
    commands: tuple[Send, ...] = ()
    signals: tuple[Signal, ...] = ()
    asked: Step | None = None
    arrived: Step | None = None
    failed: Step | None = None
    given_up: bool = False
    visit: Visit | None = None
    files: str | None = None
    erased: bool = False

    @property
    def result(self) -> str:
        """``applied``, ``recorded`` when the event meant nothing any more, or ``erased``."""
        if self.erased:
            return "erased"
        return "applied" if self.signals else "recorded"


def decide(
    user: User | Tombstone | None,
    event: Event,
    *,
    brand: Brand,
    rules: Rules,
    now: datetime,
    arrival: Arrival = ORGANIC_ARRIVAL,
) -> Decision:
    """Decide.

    Args:
        user: the person's row as read, or their tombstone; None when there is neither.
        event: what happened.
        brand: words, media and limits.
        rules: the deployment's numbers, for what the brand leaves out.
        now: the time of the decision; it goes into timers and commands, never into where the person is.
        arrival: what the token of a /start says.
    """
    moment, rules = round(now.timestamp() * 1000), rules_of(brand.limits, rules)
    if comes_late(event.what, user):
        return Decision(None, erased=True)
    known = user if isinstance(user, User) else _stranger(event, moment, user, brand.steps)
    if known is None:
        return Decision(None)
    visit = _visit(event, known, arrival)
    turn = Turn(_introduced(known, event.person), moment, brand.steps)
    read(turn, event.what, max_wakes=rules.max_wakes, languages=brand.languages)
    after = _with_visit(_with_timer(turn.user, known, moment, rules), known, visit)
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
        visit=visit,
        files=brand.language_for(after.spoken(brand.languages)) if turn.files else None,
    )


def _asked(turn: Turn) -> Step | None:
    """The step to ask for: where one turn asked twice, only where it ended counts."""
    wanted = any(caused.effect is Effect.ASK for caused in turn.caused)
    return turn.user.next_step if wanted and turn.user.pending and turn.user.reachable else None


def _stranger(event: Event, now: int, left: Tombstone | None, steps: Steps) -> User | None:
    """A first row for someone who was never seen, or was erased; our own messages concern people whom we know."""
    if event.person is None:
        return None
    return User(
        bot=event.bot,
        user_id=event.user_id,
        chat_id=event.person.chat_id,
        created_at=now,
        session_at=now,
        session=left.session + 1 if left else 1,
        erased_at=left.erased_at if left else None,
        steps=steps,
    )


def _introduced(user: User, person: Person | None) -> User:
    if person is None:
        return user
    return replace(user, chat_id=person.chat_id, name=person.name[:MAX_NAME], language=person.language or user.language)


def _visit(event: Event, user: User, arrival: Arrival) -> Visit | None:
    what = event.what
    if not isinstance(what, Written) or what.said is not Said.START:
        return None
    return visit_of(arrival, user.past, user_id=event.user_id, date=what.date, message_id=what.message_id)


def _with_visit(user: User, before: User, visit: Visit | None) -> User:
    """Count the visits of a session, and keep what the visit adds to where the person came from."""
    visits = user.visits if user.session == before.session else 0
    if visit is None:
        return replace(user, visits=visits)
    return replace(
        user,
        visits=visits + 1,
        past=visit.past,
        first_touch=earlier(user.first_touch, visit.touch),
        last_touch=later(user.last_touch, visit.touch),
    )


def _with_timer(user: User, before: User, now: int, rules: Rules) -> User:
    """Keep a running timer for the same wait, start one for a new wait, and none for who does not wait."""
    if not (user.pending and user.reachable):
        return replace(user, due_at=None)
    if user.due_at is not None and _wait(user) == _wait(before):
        return user
    return replace(user, due_at=now + rules.wait(user.wakes))


def _wait(user: User) -> tuple[int, int, int, int]:
    return (user.session, user.state, user.attempt, user.wakes)


def iso(moment: int) -> str:
    """Milliseconds as people read them."""
    return datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds")
