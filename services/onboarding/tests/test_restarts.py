"""/restart around the table, by example; the laws are in test_laws."""

from __future__ import annotations

from onboarding_world.examples import Story, at_video

from lbc_contracts.ids import Step
from lbc_onboarding.domain.fsm import State
from lbc_onboarding.domain.inputs import Ended, Membership, Reported, Said


def test_restart_begins_a_session_and_outcomes_of_the_old_one_are_only_recorded() -> None:
    story = at_video()
    assert story.writes(5, 120, Said.RESTART) == ["text", "2:video:1"]
    assert story.is_at(State.NEW, pending=True, session=2)
    assert story.gets(Step.GREETING, 6, 125, session=1) == []
    assert story.last
    assert story.last.result == "recorded"
    assert story.is_at(State.NEW, pending=True, session=2)


def test_restart_where_nothing_came_yet_starts_nothing_new() -> None:
    story = Story()
    story.writes(1, 100, Said.START)
    assert story.writes(2, 101, Said.RESTART) == ["text", "1:video:1"]
    story.gets(Step.VIDEO, 3, 110)
    assert story.is_at(State.WELCOME_VIDEO_SENT)


def test_a_restart_sent_before_the_session_began_to_arrive_is_answered() -> None:
    story = at_video()
    story.writes(5, 120, Said.RESTART)
    story.take(Reported(Ended.DELIVERED, 2, Step.VIDEO, 1, 130_000, message_id=7))
    assert story.writes(6, 140, Said.RESTART) == []
    assert story.is_at(State.WELCOME_VIDEO_SENT, session=2)


def test_a_restart_is_measured_by_the_first_step_and_not_by_one_in_flight() -> None:
    story = at_video()
    story.writes(5, 115)
    story.gets(Step.GREETING, 7, 125)
    assert story.writes(6, 120, Said.RESTART) == ["text", "2:video:1"]


def test_a_restart_that_overtook_the_outcome_counts_when_it_comes() -> None:
    story = Story()
    story.writes(1, 100, Said.START)
    assert story.writes(9, 120, Said.RESTART) == ["text", "1:video:1"]
    assert story.gets(Step.VIDEO, 3, 110) == ["2:video:1"], "confirmed once, and started over"
    assert story.is_at(State.NEW, pending=True, session=2)


def test_every_restart_is_confirmed_once_and_an_overtaken_one_not_at_all() -> None:
    story = Story()
    story.writes(1, 100, Said.START)
    assert story.writes(9, 120, Said.RESTART) == ["text", "1:video:1"]
    assert story.writes(12, 122, Said.RESTART) == ["text", "1:video:1"]
    assert story.writes(10, 121, Said.RESTART) == ["1:video:1"]
    assert story.gets(Step.VIDEO, 3, 110) == ["2:video:1"]
    story.take(Reported(Ended.DELIVERED, 2, Step.VIDEO, 1, 130_000, message_id=14))
    assert story.writes(15, 140, Said.RESTART) == ["text", "3:video:1"]


def test_a_restart_that_could_not_be_confirmed_is_when_it_takes_effect() -> None:
    story = Story()
    story.writes(1, 100, Said.START)
    story.take(Membership(blocked=True, date=200, at=200_000))
    assert story.writes(9, 120, Said.RESTART) == []
    assert story.take(Membership(blocked=False, date=300, at=300_000)) == ["1:video:1"]
    assert story.gets(Step.VIDEO, 3, 110) == ["text", "2:video:1"]
