"""What an input means, given what is known: the few rules around the table of `fsm`.

An input may be late: it can be handled after others that happened later. So it is compared with what is known, and
where it was overtaken it means what it would have meant in time, or nothing when it has been answered already.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from lbc_contracts.ids import Step
from lbc_onboarding.domain.erased import is_of_before
from lbc_onboarding.domain.fsm import Signal, State, state_after
from lbc_onboarding.domain.inputs import (
    Chosen,
    Confirmed,
    Due,
    Ended,
    Input,
    Membership,
    Ordered,
    Reported,
    Said,
    Tap,
    Written,
)
from lbc_onboarding.domain.person import ANYTHING, User
from lbc_onboarding.domain.turn import Turn

_SIGNAL: Final = {Said.START: Signal.START, Said.TEXT: Signal.TEXT}
_ASIDE: Final = {
    Said.HELP: Signal.HELP,
    Said.PRIVACY: Signal.PRIVACY,
    Said.DELETE_ME: Signal.DELETE,
    Said.LANGUAGE: Signal.LANGUAGES,
}
"""Commands that are answered at once and ask for no step."""


def read(turn: Turn, event: Input, *, max_wakes: int, languages: Collection[str]) -> None:
    """Let ``event`` have its turn.

    Args:
        turn: of the person whom it concerns.
        event: what happened.
        max_wakes: how often a step is asked for again before it is given up.
        languages: that the brand has.
    """
    match event:
        case Written():
            _written(turn, event)
        case Tap():
            _tap(turn, event)
        case Chosen():
            _chosen(turn, event, languages)
        case Confirmed():
            _confirmed(turn, event)
        case Membership():
            _membership(turn, event)
        case Reported():
            _reported(turn, event)
        case Due():
            _due(turn, event, max_wakes)
        case Ordered():
            _ordered(turn, event)


def _written(turn: Turn, message: Written) -> None:
    turn.sign_of_life(message.at, message.date)
    if message.said in _ASIDE:
        turn.take(_ASIDE[message.said])
        return
    user = turn.user
    turn.know(message_id=max(user.message_id, message.message_id), message_at=max(user.message_at, message.at))
    if message.said is Said.RESTART:
        _restart(turn, message)
    elif _asks(turn, answered=message.message_id < (user.step_message_id or 0)):
        turn.take(_SIGNAL[message.said])


def _asks(turn: Turn, *, answered: bool) -> bool:
    """Whether a message or an undirected tap gets an answer; at DONE that is words, before it is the next step."""
    return not answered if turn.finished else turn.user.wants_more


def _restart(turn: Turn, message: Written) -> None:
    """A /restart that was sent before the session's first step arrived has its answer in that step."""
    turn.know(restart_id=max(turn.user.restart_id, message.message_id))
    if turn.user.state is State.NEW:
        if turn.user.wants_more:
            turn.take(Signal.RESTART)
    elif _must_restart(turn.user):
        turn.take(Signal.RESTART)


def _must_restart(user: User) -> bool:
    return user.restart_id > (user.first_message_id or user.restart_id)


def _tap(turn: Turn, tap: Tap) -> None:
    turn.sign_of_life(tap.at, tap.at // 1000)
    if tap.on in turn.user.steps and tap.message_id and tap.session == turn.user.session:
        _arrived(turn, tap.on, tap.message_id, tap.at)
    if tap.step not in turn.user.steps or tap.session not in {None, turn.user.session}:
        _call(turn, ANYTHING, tap.at)
        if _asks(turn, answered=tap.at < (turn.user.step_delivered_at or 0)):
            turn.take(Signal.TEXT)
    elif turn.user.has(tap.step):
        if not _answered(turn.user, tap):
            turn.take(Signal.REPLAY, tap.step)
    else:
        _call(turn, state_after(tap.step), tap.at)
        if turn.user.wants_more:
            turn.take(Signal.TAP)


def _answered(user: User, tap: Tap) -> bool:
    """Whether the tap was made before the very step that it asks for arrived, so that the step was its answer."""
    if tap.step is None or tap.on is tap.step or state_after(tap.step) != user.state:
        return False
    return tap.at < (user.step_delivered_at or 0)


def _call(turn: Turn, number: int, at: int) -> None:
    calls = list(turn.user.calls)
    calls[number - 1] = max(calls[number - 1], at)
    turn.know(calls=tuple(calls))


def _chosen(turn: Turn, choice: Chosen, languages: Collection[str]) -> None:
    """The newest choice stands, whichever is handled last; what the pack has no longer is asked for anew."""
    turn.sign_of_life(choice.at, choice.at // 1000)
    user = turn.user
    if choice.language not in languages:
        turn.take(Signal.LANGUAGES)
    elif (choice.at, choice.language) >= (user.chosen_at, user.chosen_language):
        turn.know(chosen_at=choice.at, chosen_language=choice.language)
        turn.take(Signal.CHOSEN)


def _confirmed(turn: Turn, confirmed: Confirmed) -> None:
    """A question of before is put again: whoever came back was not asked."""
    turn.sign_of_life(confirmed.at, confirmed.at // 1000)
    known = turn.user.erasure_asked_at
    if is_of_before(confirmed, turn.user):
        turn.take(Signal.DELETE)
        return
    turn.know(erasure_asked_at=_least(known, confirmed.at))
    turn.take(Signal.ERASE if known is None else Signal.ERASE_AGAIN)


def _membership(turn: Turn, event: Membership) -> None:
    if not event.blocked:
        _back(turn, event)
        return
    turn.know(blocked_date=max(turn.user.blocked_date, event.date))
    turn.settle_presence(Signal.BLOCKED)


def _back(turn: Turn, event: Membership) -> None:
    """Who is back gets what they waited for, also when it failed while they were away and could not be told."""
    turn.know(back_at=max(turn.user.back_at, event.at))
    if not turn.finished:
        _resume(turn)
    turn.sign_of_life(event.at, event.date)


def _reported(turn: Turn, report: Reported) -> None:
    user = turn.user
    if report.ended is Ended.UNREACHABLE:
        turn.know(unreachable_at=max(user.unreachable_at, report.at))
        turn.settle_presence(Signal.UNREACHABLE)
    if report.step not in user.steps or report.session != user.session:
        return
    if report.ended is Ended.DELIVERED:
        _arrived(turn, report.step, report.message_id, report.at)
    elif report.step is user.next_step:
        if report.ended is Ended.FAILED:
            turn.know(failed_at=max(user.failed_at, report.at))
            _not_coming(turn, given_up=False)
        if report.refused:
            _over(turn, report.attempt)


def _arrived(turn: Turn, step: Step, message_id: int | None, at: int) -> None:
    """A step is known to have arrived: reported, or proven by a tap on its message."""
    user = turn.user
    # Without an id of its own a step counts as younger than all messages known.
    message_id = message_id or user.message_id
    turn.know(first_message_id=_least(user.first_message_id, message_id))
    ahead = user.steps.index(step) + 1 - user.had
    if ahead > 0:
        turn.take(Signal.DELIVERED, step)
        turn.know(step_message_id=message_id, step_delivered_at=at)
    elif ahead == 0:
        turn.know(
            step_message_id=_least(user.step_message_id, message_id),
            step_delivered_at=_least(user.step_delivered_at, at),
        )
    _overtaken(turn, advanced=ahead > 0)


def _overtaken(turn: Turn, *, advanced: bool) -> None:
    """Answer what was sent after the step had arrived, but handled before we knew that it had."""
    user = turn.user
    if _must_restart(user):
        turn.take(Signal.RESTART)
    elif turn.finished:
        late = user.message_id > (user.step_message_id or 0) or user.calls[-1] >= (user.step_delivered_at or 0)
        if advanced and late:
            turn.take(Signal.TEXT)
    elif user.wants_more and not user.pending:
        turn.take(Signal.TEXT)


def _least(known: int | None, new: int) -> int:
    return new if known is None else min(known, new)


def _not_coming(turn: Turn, *, given_up: bool) -> None:
    """The next step failed; who asked again since then waits for the answer to that."""
    if turn.user.pending and not turn.user.wants_more:
        turn.take(Signal.FAILED, turn.user.next_step, given_up=given_up)


def _over(turn: Turn, attempt: int) -> None:
    """Delivery has refused an attempt for good. If it had been given up before, that is taken back: its end counts."""
    if attempt == turn.user.attempt:
        turn.take(Signal.REFUSED)
    elif attempt == turn.user.attempt - 1:
        turn.know(given_up_at=0)
        _resume(turn)


def _resume(turn: Turn) -> None:
    """Ask for what is wanted again, though nobody asked just now."""
    if turn.user.wants_more and not turn.user.pending:
        turn.take(Signal.TEXT)


def _due(turn: Turn, due: Due, max_wakes: int) -> None:
    """A reminder that fits counts also when a failure or a block was handled before it; who is away hears nothing."""
    user, last = turn.user, due.wake >= max_wakes
    if (due.session, due.step) != (user.session, user.next_step):
        return
    if last and due.attempt == user.attempt - 1 and user.given_up_at:
        # Two looks at the same wait: it ended with the first, whichever is handled first.
        turn.know(given_up_at=min(user.given_up_at, due.at))
        _resume(turn)
    elif (due.attempt, due.wake) != (user.attempt, user.wakes):
        return
    elif not last:
        turn.take(Signal.DUE)
    else:
        turn.know(given_up_at=max(user.given_up_at, due.at))
        _not_coming(turn, given_up=True)
        turn.take(Signal.REFUSED)


def _ordered(turn: Turn, order: Ordered) -> None:
    """What an operator wants counts as if the person had asked once more, and gives up the attempt that was seen."""
    user = turn.user
    if order.session != user.session or (order.step and order.step is not user.next_step):
        return
    turn.know(back_at=max(user.back_at, order.at))
    if order.step is None:
        if turn.user.state is not State.NEW or turn.user.wants_more:
            turn.take(Signal.RESTART)
        return
    if order.attempt == user.attempt:
        turn.take(Signal.REFUSED)
    _resume(turn)
