"""The rules around the table, by example; the laws are in test_laws."""

from __future__ import annotations

from datetime import UTC, datetime

from onboarding_world.decided import BRAND, RULES, event_of

from lbc_contracts.ids import Step
from lbc_contracts.messages import Send
from lbc_onboarding.domain.decide import Decision, decide
from lbc_onboarding.domain.fsm import Signal, State
from lbc_onboarding.domain.inputs import Due, Ended, Input, Membership, Reported, Said, Tap, Written
from lbc_onboarding.domain.person import User


class Story:
    """One person; times are in seconds from 100."""

    def __init__(self) -> None:
        self.user: User | None = None
        self.number = 0
        self.last: Decision | None = None

    def take(self, what: Input) -> list[str]:
        self.number += 1
        now = datetime.fromtimestamp(10_000 + self.number, UTC)
        self.last = decide(self.user, event_of(f"e{self.number}", what), brand=BRAND, rules=RULES, now=now)
        self.user = self.last.user
        return [name(command) for command in self.last.commands]

    def writes(self, message_id: int, at: int, said: Said = Said.TEXT) -> list[str]:
        return self.take(Written(said, message_id, at, at * 1000))

    def taps(
        self, step: Step | None, at: int, session: int | None = 1, on: Step | None = None, message_id: int = 2
    ) -> list[str]:
        return self.take(Tap(step, at * 1000, session, on, message_id))

    def gets(self, step: Step, message_id: int, at: int, session: int = 1) -> list[str]:
        return self.take(Reported(Ended.DELIVERED, session, step, 1, at * 1000, message_id=message_id))

    def loses(self, step: Step, at: int, *, refused: bool = False, attempt: int = 1) -> list[str]:
        return self.take(Reported(Ended.FAILED, 1, step, attempt, at * 1000, refused))

    def unreachable(self, step: Step | None, at: int, attempt: int = 1) -> list[str]:
        return self.take(Reported(Ended.UNREACHABLE, 1, step, attempt, at * 1000, refused=True))

    def due(self, wake: int, at: int, attempt: int = 1, session: int = 1) -> list[str]:
        return self.take(Due(session, Step.VIDEO, attempt, wake, at * 1000))

    def signals(self) -> list[Signal]:
        assert self.last
        return list(self.last.signals)

    def away(self) -> bool:
        return self.user is not None and not self.user.reachable

    def is_at(self, state: State, *, pending: bool = False, session: int = 1) -> bool:
        assert self.user
        return (self.user.state, self.user.pending, self.user.session) == (state, pending, session)


def name(command: Send) -> str:
    return command.id.removeprefix("alba:7:") if command.step else command.content.kind


def at_video() -> Story:
    story = Story()
    story.writes(1, 100, Said.START)
    story.gets(Step.VIDEO, 2, 110)
    return story


def at_end() -> Story:
    story = at_video()
    story.gets(Step.GREETING, 3, 120)
    story.gets(Step.DONE, 4, 130)
    return story


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


def test_unreachable_counts_only_if_younger_than_the_last_sign_of_life() -> None:
    story = Story()
    story.writes(1, 100, Said.START)
    story.writes(2, 120)
    assert story.unreachable(Step.VIDEO, 110) == ["1:video:2"]
    assert story.unreachable(Step.VIDEO, 130, attempt=2) == []
    assert story.user
    assert not story.user.reachable
    assert story.user.due_at is None
    assert story.writes(3, 140) == ["1:video:3"]


def test_unreachable_by_a_reply_moves_no_attempt() -> None:
    story = Story()
    story.writes(1, 100, Said.START)
    assert story.unreachable(None, 130) == []
    assert story.writes(3, 140) == ["1:video:1"]


def test_blocks_are_ordered_by_telegrams_date() -> None:
    story = Story()
    story.writes(1, 100, Said.START)
    story.take(Membership(blocked=False, date=130, at=200_000))
    story.take(Membership(blocked=True, date=120, at=210_000))
    assert story.user
    assert story.user.reachable
    story.take(Membership(blocked=True, date=140, at=220_000))
    assert story.away()
    assert story.take(Membership(blocked=False, date=140, at=221_000)) == ["1:video:1"]


def test_a_block_of_a_stranger_is_remembered() -> None:
    story = Story()
    story.take(Membership(blocked=True, date=120, at=120_000))
    assert story.writes(1, 110, Said.START) == []
    assert story.user
    assert not story.user.reachable
    assert story.user.pending


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


def test_giving_up_on_someone_who_just_asked_again_goes_on_under_a_new_attempt() -> None:
    story = Story()
    story.writes(1, 100, Said.START)
    for wake in range(RULES.max_wakes):
        story.take(Due(1, Step.VIDEO, 1, wake, 200_000))
    story.writes(2, 300)
    assert story.take(Due(1, Step.VIDEO, 1, RULES.max_wakes, 250_000)) == ["1:video:2"]
    assert story.is_at(State.NEW, pending=True)


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


def given_up(at: int = 300) -> Story:
    """Asked at 100 for the video, and given up after the last reminder."""
    story = Story()
    story.writes(1, 100, Said.START)
    for wake in range(RULES.max_wakes):
        assert story.due(wake, 150) == ["1:video:1"]
    assert story.due(RULES.max_wakes, at) == ["text"]
    assert story.is_at(State.NEW)
    return story


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


def test_who_is_back_is_asked_again_for_what_failed_while_they_were_away() -> None:
    story = Story()
    story.writes(1, 100, Said.START)
    story.take(Membership(blocked=True, date=150, at=150_000))
    assert story.loses(Step.VIDEO, 160) == []
    assert story.is_at(State.NEW)
    assert story.take(Membership(blocked=False, date=200, at=200_000)) == ["1:video:1"]
    assert story.is_at(State.NEW, pending=True)
    assert story.loses(Step.VIDEO, 190) == []
    assert story.loses(Step.VIDEO, 210) == ["text"]


def test_who_comes_back_late_is_still_away_and_asked_for_on_return() -> None:
    story = Story()
    story.writes(1, 100, Said.START)
    story.loses(Step.VIDEO, 110)
    story.take(Membership(blocked=True, date=300, at=300_000))
    assert story.take(Membership(blocked=False, date=200, at=200_000)) == []
    assert story.is_at(State.NEW, pending=True)
    assert story.take(Membership(blocked=False, date=400, at=400_000)) == ["1:video:1"]


def test_who_is_back_and_had_asked_for_nothing_is_left_in_peace() -> None:
    for story in (at_video(), at_end()):
        story.take(Membership(blocked=True, date=200, at=200_000))
        assert story.take(Membership(blocked=False, date=300, at=300_000)) == []
        assert story.user
        assert not story.user.pending
        assert story.user.reachable


def test_who_is_back_at_the_end_hears_nothing_though_they_wrote_since() -> None:
    story = at_end()
    story.writes(9, 140)
    story.take(Membership(blocked=True, date=200, at=200_000))
    assert story.take(Membership(blocked=False, date=300, at=300_000)) == []


def test_a_return_while_the_step_is_on_its_way_asks_for_nothing_twice() -> None:
    story = Story()
    story.writes(1, 100, Said.START)
    assert story.take(Membership(blocked=False, date=110, at=110_000)) == []


def test_a_tap_is_a_sign_of_life() -> None:
    story = Story()
    story.writes(1, 100, Said.START)
    story.take(Membership(blocked=True, date=150, at=150_000))
    assert story.taps(Step.VIDEO, 149, session=None) == []
    assert story.away()
    assert story.taps(Step.VIDEO, 150, session=None) == ["1:video:1"]
    assert not story.away()
    assert story.unreachable(Step.VIDEO, 149) == ["1:video:2"]
    assert not story.away()


def test_what_took_people_away_is_told_apart() -> None:
    story = Story()
    story.writes(1, 100, Said.START)
    story.unreachable(Step.VIDEO, 130)
    assert story.signals() == [Signal.UNREACHABLE, Signal.REFUSED]
    story.writes(2, 140)
    assert story.signals() == [Signal.UNBLOCKED, Signal.TEXT]
    story.take(Membership(blocked=True, date=150, at=150_000))
    assert story.signals() == [Signal.BLOCKED]


def test_a_bare_tap_before_anything_arrived_is_an_answerable_one() -> None:
    story = Story()
    assert story.taps(None, 100, session=None) == ["1:video:1"]
    assert story.taps(Step.DONE, 101) == ["1:video:1"]


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


def test_a_step_without_a_message_id_counts_as_younger_than_all_messages_known() -> None:
    story = Story()
    story.writes(5, 100, Said.START)
    assert story.take(Reported(Ended.DELIVERED, 1, Step.VIDEO, 1, 90_000)) == []
    assert story.is_at(State.WELCOME_VIDEO_SENT)
    assert story.writes(6, 95) == ["1:greeting:1"]
