"""The rules around the table, by example; the laws are in test_laws."""

from __future__ import annotations

from onboarding_world.examples import Story, at_end, at_video

from lbc_contracts.ids import Step
from lbc_onboarding.domain.fsm import State
from lbc_onboarding.domain.inputs import Due, Ended, Reported, Said


def test_a_double_tapped_start_gets_one_video_however_late_its_second_half() -> None:
    story = Story()
    assert story.writes(1, 100, Said.START) == ["1:video:1"]
    assert story.gets(Step.VIDEO, 3, 110) == []
    assert story.writes(2, 999, Said.START) == []
    assert story.is_at(State.WELCOME_VIDEO_SENT)


def test_a_message_that_overtakes_the_outcome_counts_when_it_comes() -> None:
    story = Story()
    story.writes(1, 100, Said.START)
    assert story.writes(9, 120) == ["1:video:1"]
    assert story.gets(Step.VIDEO, 3, 110) == ["1:greeting:1"]
    assert story.is_at(State.WELCOME_VIDEO_SENT, pending=True)


def test_a_tap_is_proof_and_asks() -> None:
    story = Story()
    story.writes(1, 100, Said.START)
    assert story.taps(Step.GREETING, 120, on=Step.VIDEO) == ["1:greeting:1"]
    assert story.is_at(State.WELCOME_VIDEO_SENT, pending=True)
    assert story.gets(Step.VIDEO, 2, 110) == []
    assert story.is_at(State.WELCOME_VIDEO_SENT, pending=True)


def test_a_replay_is_sent_as_often_as_asked_but_not_for_what_was_in_flight() -> None:
    story = at_video()
    assert story.taps(Step.GREETING, 115, on=Step.VIDEO) == ["1:greeting:1"]
    story.gets(Step.GREETING, 3, 120)
    assert story.taps(Step.GREETING, 116, on=Step.VIDEO) == []
    assert story.taps(Step.GREETING, 130, on=Step.VIDEO) == ["speech"]
    assert story.taps(Step.VIDEO, 100, on=Step.VIDEO) == ["video"]
    assert story.is_at(State.TTS_SENT)


def test_a_tap_too_far_ahead_is_led_to_the_next_step() -> None:
    story = Story()
    assert story.taps(Step.GREETING, 100, session=None) == ["1:video:1"]
    story.gets(Step.VIDEO, 2, 110)
    assert story.is_at(State.WELCOME_VIDEO_SENT)


def test_a_tap_of_an_older_session_offers_the_next_step_or_replays() -> None:
    story = at_video()
    story.writes(5, 120, Said.RESTART)
    story.take(Reported(Ended.DELIVERED, 2, Step.VIDEO, 1, 130_000, message_id=7))
    assert story.taps(Step.VIDEO, 140, session=1, on=Step.GREETING) == ["2:greeting:1"]
    assert at_end().taps(Step.VIDEO, 140, session=9) == ["text"]
    assert at_end().taps(None, 129) == []
    assert at_end().taps(None, 130) == ["text"]


def test_at_the_end_only_what_came_after_it_is_answered() -> None:
    story = at_end()
    assert story.writes(3, 999, Said.START) == []
    assert story.writes(5, 140, Said.START) == ["text"]
    assert story.writes(6, 141) == ["text"]


def test_a_message_that_overtook_the_last_outcome_is_answered_too() -> None:
    story = at_video()
    story.gets(Step.GREETING, 3, 120)
    story.writes(4, 121)
    story.writes(9, 140)
    assert story.gets(Step.DONE, 5, 130) == ["text"]


def test_what_is_learned_late_of_the_last_step_is_not_answered_twice() -> None:
    story = at_end()
    assert story.writes(9, 140) == ["text"]
    assert story.gets(Step.DONE, 5, 135) == []
    assert story.taps(None, 150) == ["text"]
    assert story.gets(Step.DONE, 5, 135) == []


def test_of_two_deliveries_of_a_step_the_first_counts() -> None:
    story = at_video()
    assert story.writes(2, 112) == []
    assert story.gets(Step.VIDEO, 1, 105) == ["1:greeting:1"]
    assert story.user
    assert (story.user.step_message_id, story.user.step_delivered_at, story.user.first_message_id) == (1, 105_000, 1)


def test_help_is_help_everywhere_and_asks_for_nothing() -> None:
    story = Story()
    assert story.writes(1, 100, Said.HELP) == ["text"]
    assert story.is_at(State.NEW)


def test_a_reminder_must_fit_exactly() -> None:
    story = Story()
    story.writes(1, 100, Said.START)
    assert story.take(Due(1, Step.VIDEO, 1, 1, 200_000)) == []
    assert story.take(Due(2, Step.VIDEO, 1, 0, 200_000)) == []
    assert story.take(Due(1, Step.VIDEO, 2, 0, 200_000)) == []
    assert story.take(Due(1, Step.GREETING, 1, 0, 200_000)) == []
    assert story.take(Due(1, Step.VIDEO, 1, 0, 200_000)) == ["1:video:1"]
    assert story.take(Due(1, Step.VIDEO, 1, 0, 200_000)) == []


def test_a_running_timer_is_not_put_off_by_impatience() -> None:
    story = Story()
    story.writes(1, 100, Said.START)
    assert story.user
    due = story.user.due_at
    story.writes(2, 101)
    assert story.user.due_at == due


def test_language_and_name_follow_the_person_and_a_missing_one_changes_nothing() -> None:
    story = at_video()
    assert story.user
    assert (story.user.language, story.user.name) == ("es-MX", "Ana")


def test_a_bare_tap_before_anything_arrived_is_an_answerable_one() -> None:
    story = Story()
    assert story.taps(None, 100, session=None) == ["1:video:1"]
    assert story.taps(Step.DONE, 101) == ["1:video:1"]


def test_a_step_without_a_message_id_counts_as_younger_than_all_messages_known() -> None:
    story = Story()
    story.writes(5, 100, Said.START)
    assert story.take(Reported(Ended.DELIVERED, 1, Step.VIDEO, 1, 90_000)) == []
    assert story.is_at(State.WELCOME_VIDEO_SENT)
    assert story.writes(6, 95) == ["1:greeting:1"]
