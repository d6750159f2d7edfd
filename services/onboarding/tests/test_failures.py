"""Failures, reminders and giving up around the table, by example; the laws are in test_laws."""

from __future__ import annotations

from onboarding_world.decided import RULES
from onboarding_world.examples import Story, at_video, given_up

from lbc_contracts.ids import Step
from lbc_onboarding.domain.fsm import State
from lbc_onboarding.domain.inputs import Due, Ended, Membership, Reported, Said


def test_a_failure_is_said_once_and_keeps_the_attempt_unless_refused() -> None:
    story = Story()
    story.writes(1, 100, Said.START)
    assert story.loses(Step.VIDEO, 110) == ["text"]
    assert story.loses(Step.VIDEO, 111) == []
    assert story.taps(Step.VIDEO, 120) == ["1:video:1"]
    assert story.loses(Step.VIDEO, 130, refused=True) == ["text"]
    assert story.writes(5, 140) == ["1:video:2"]
    assert story.writes(6, 129) == ["1:video:2"]


def test_who_asked_again_since_a_failure_is_served_and_not_told() -> None:
    story = Story()
    story.writes(1, 100, Said.START)
    story.writes(2, 120)
    assert story.loses(Step.VIDEO, 110) == []
    assert story.loses(Step.VIDEO, 110, refused=True) == ["1:video:2"]
    assert story.is_at(State.NEW, pending=True)


def test_a_message_sent_before_the_failure_was_said_is_answered_by_it() -> None:
    story = Story()
    story.writes(1, 100, Said.START)
    story.loses(Step.VIDEO, 110)
    assert story.writes(2, 109) == []
    assert story.writes(3, 110) == []
    assert story.writes(4, 111) == ["1:video:1"]


def test_failures_of_replies_and_of_other_steps_are_only_recorded() -> None:
    story = at_video()
    story.writes(5, 120)
    assert story.take(Reported(Ended.FAILED, 1, None, 1, 999_000)) == []
    assert story.loses(Step.VIDEO, 999) == []
    assert story.is_at(State.WELCOME_VIDEO_SENT, pending=True)


def test_giving_up_on_someone_who_just_asked_again_goes_on_under_a_new_attempt() -> None:
    story = Story()
    story.writes(1, 100, Said.START)
    for wake in range(RULES.max_wakes):
        story.take(Due(1, Step.VIDEO, 1, wake, 200_000))
    story.writes(2, 300)
    assert story.take(Due(1, Step.VIDEO, 1, RULES.max_wakes, 250_000)) == ["1:video:2"]
    assert story.is_at(State.NEW, pending=True)


def test_giving_up_and_a_block_end_alike_in_either_order() -> None:
    early, late = Story(), given_up()
    early.writes(1, 100, Said.START)
    for wake in range(RULES.max_wakes):
        early.due(wake, 150)
    early.take(Membership(blocked=True, date=200, at=200_000))
    assert early.due(RULES.max_wakes, 300) == []
    late.take(Membership(blocked=True, date=200, at=200_000))
    for story in (early, late):
        assert story.is_at(State.NEW)
        assert story.away()
        assert story.take(Membership(blocked=False, date=400, at=400_000)) == ["1:video:2"]


def test_a_reminder_counts_also_for_who_is_away_or_waits_no_more() -> None:
    away, failed = Story(), Story()
    away.writes(1, 100, Said.START)
    away.take(Membership(blocked=True, date=150, at=150_000))
    failed.writes(1, 100, Said.START)
    failed.loses(Step.VIDEO, 150)
    for story in (away, failed):
        assert story.due(0, 160) == []
        assert story.user
        assert story.user.wakes == 1
    assert not failed.user or not failed.user.pending
    assert away.take(Membership(blocked=False, date=170, at=170_000)) == ["1:video:1"]


def test_giving_up_is_taken_back_when_the_attempt_turns_out_to_have_been_refused() -> None:
    story = given_up(at=300)
    assert story.unreachable(Step.VIDEO, 250) == []
    assert story.is_at(State.NEW, pending=True)
    assert story.away()
    assert story.writes(2, 400) == ["1:video:2"]


def test_who_asked_between_the_refusal_and_the_giving_up_is_served() -> None:
    story = given_up(at=300)
    assert story.writes(2, 250) == []
    assert story.loses(Step.VIDEO, 200, refused=True) == ["1:video:2"]
    assert story.is_at(State.NEW, pending=True)


def test_a_refusal_of_an_older_attempt_takes_nothing_back() -> None:
    story = given_up(at=300)
    assert story.writes(2, 400) == ["1:video:2"]
    for wake in range(RULES.max_wakes):
        assert story.due(wake, 450, attempt=2) == ["1:video:2"]
    assert story.due(RULES.max_wakes, 500, attempt=2) == ["text"]
    assert story.loses(Step.VIDEO, 200, refused=True, attempt=1) == []
    assert story.is_at(State.NEW)


def test_of_two_looks_at_the_last_wait_the_earlier_counts() -> None:
    late, early = given_up(at=300), given_up(at=200)
    assert late.writes(2, 250) == []
    assert late.due(RULES.max_wakes, 200) == ["1:video:2"]
    assert late.due(RULES.max_wakes, 200) == []
    assert early.writes(2, 250) == ["1:video:2"]
    assert early.due(RULES.max_wakes, 300) == []
    for story in (late, early):
        assert story.is_at(State.NEW, pending=True)


def test_a_look_at_an_attempt_that_was_refused_gives_nothing_up() -> None:
    story = given_up(at=300)
    story.loses(Step.VIDEO, 200, refused=True)
    story.writes(2, 250)
    assert story.due(RULES.max_wakes, 260) == []
    assert story.is_at(State.NEW, pending=True)


def test_only_the_last_reminder_of_the_attempt_before_is_looked_at_again() -> None:
    story = given_up(at=300)
    assert story.writes(2, 250) == []
    assert story.due(RULES.max_wakes - 1, 200) == []
    assert story.due(RULES.max_wakes, 200, session=2) == []
    assert story.is_at(State.NEW)
