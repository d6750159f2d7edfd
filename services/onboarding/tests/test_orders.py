"""What an operator orders counts as if the person had asked once more, and never doubles by itself."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from onboarding_world.decided import BRAND, RULES, event_of

from lbc_contracts.ids import Step
from lbc_onboarding.domain.decide import decide
from lbc_onboarding.domain.fsm import Signal, State
from lbc_onboarding.domain.inputs import Due, Ended, Input, Membership, Ordered, Reported, Said, Written
from lbc_onboarding.domain.person import User

START = Written(Said.START, 1, 100, 100_000)
VIDEO = Reported(Ended.DELIVERED, 1, Step.VIDEO, 1, 110_000, message_id=2)
MORE = Written(Said.TEXT, 3, 120, 120_000)


class Story:
    """One person and what was sent to them, by command ids without bot and person."""

    def __init__(self, *inputs: Input) -> None:
        self.user: User | None = None
        self.number = 0
        for what in inputs:
            self.take(what)

    def take(self, what: Input) -> list[str]:
        self.number += 1
        now = datetime.fromtimestamp(1000 + self.number, UTC)
        decision = decide(self.user, event_of(f"e{self.number}", what), brand=BRAND, rules=RULES, now=now)  # type: ignore[arg-type]
        self.user = decision.user
        self.signals = list(decision.signals)
        return [command.id.removeprefix("alba:7:") for command in decision.commands]

    def known(self) -> User:
        assert self.user
        return self.user

    def ended(self, session: int = 1, step: Step = Step.VIDEO) -> None:
        """The attempt fell silent: woken as often as may be, then given up."""
        for wake in range(RULES.max_wakes + 1):
            self.take(Due(session, step, self.known().attempt, wake, 200_000 + wake))


def resend(step: Step = Step.VIDEO, *, session: int = 1, attempt: int = 1, at: int = 300_000) -> Ordered:
    return Ordered(session, step, attempt, at)


def test_a_pending_step_is_sent_again_under_the_next_attempt() -> None:
    story = Story(START)
    assert story.take(resend()) == ["1:video:2"]
    assert (story.known().attempt, story.known().pending, story.known().wakes) == (2, True, 0)


def test_a_step_that_was_given_up_is_asked_for_again() -> None:
    story = Story(START)
    story.ended()
    assert (story.known().pending, story.known().attempt) == (False, 2)
    assert story.take(resend(attempt=2)) == ["1:video:3"]
    assert story.known().pending
    assert story.known().due_at


def test_a_step_that_failed_is_asked_for_again() -> None:
    story = Story(START, Reported(Ended.FAILED, 1, Step.VIDEO, 1, 150_000))
    assert not story.known().pending
    assert story.take(resend()) == ["1:video:2"]
    assert story.known().pending


@pytest.mark.parametrize(
    "overtaken",
    [
        resend(session=2),
        resend(Step.GREETING),
        Ordered(2, None, 1, 300_000),
    ],
    ids=["another-session", "another-step", "reset-of-another-session"],
)
def test_an_order_that_does_not_fit_any_more_means_nothing(overtaken: Ordered) -> None:
    story = Story(START)
    before = story.known()
    assert story.take(overtaken) == []
    assert story.signals == []
    assert story.known().position == before.position
    assert story.known().attempt == 1


def test_an_order_for_an_attempt_that_is_over_already_does_not_raise_it_again() -> None:
    story = Story(START, resend())
    assert story.take(resend(at=310_000)) == []
    assert story.known().attempt == 2


def test_an_order_and_the_end_of_the_attempt_converge() -> None:
    """The sweeper gives up what an operator has just ordered again, and the other way round."""
    one, other = Story(START), Story(START)
    last = Due(1, Step.VIDEO, 1, RULES.max_wakes, 250_000)
    for story in (one, other):
        for wake in range(RULES.max_wakes):
            story.take(Due(1, Step.VIDEO, 1, wake, 200_000 + wake))
    for what in (last, resend()):
        one.take(what)
    for what in (resend(), last):
        other.take(what)
    assert one.known().position == other.known().position
    assert one.known().attempt == other.known().attempt == 2
    assert one.known().pending


def test_the_old_attempt_s_end_is_no_failure_of_the_new_one() -> None:
    story = Story(START, resend())
    assert story.take(Reported(Ended.FAILED, 1, Step.VIDEO, 1, 150_000, refused=True)) == []
    assert story.known().pending


def test_who_is_away_is_sent_it_when_they_return() -> None:
    story = Story(START, Membership(True, 130, 130_000))
    assert story.take(resend()) == []
    assert story.take(Membership(False, 400, 400_000)) == ["1:video:2"]


def test_a_reset_begins_a_new_session_from_anywhere() -> None:
    story = Story(START, VIDEO, MORE)
    assert story.take(Ordered(1, None, 1, 300_000)) == ["2:video:1"]
    user = story.known()
    assert (user.state, user.session, user.pending) == (State.NEW, 2, True)
    assert story.signals == [Signal.RESTART]
    assert story.take(Reported(Ended.DELIVERED, 1, Step.GREETING, 1, 310_000, message_id=9)) == []
    assert story.known().state is State.NEW


def test_a_reset_at_the_start_asks_once_more_under_the_same_id() -> None:
    story = Story(START)
    assert story.take(Ordered(1, None, 1, 300_000)) == ["1:video:1"]
    assert story.known().session == 1


def test_an_order_about_nobody_leaves_nobody() -> None:
    story = Story()
    assert story.take(resend()) == []
    assert story.user is None
