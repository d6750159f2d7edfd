"""The decision around the table: timers, rows of strangers, touches, and what is to be counted."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime

from onboarding_world.decided import BRAND

from lbc_contracts.ids import Step
from lbc_onboarding.domain.attribution import ORGANIC_ARRIVAL, Arrival, Claim, Past, Touch, Uses
from lbc_onboarding.domain.decide import MAX_NAME, Decision, Event, decide, iso
from lbc_onboarding.domain.fsm import STEPS, Signal, State
from lbc_onboarding.domain.inputs import Due, Ended, Input, Membership, Person, Reported, Said, Tap, Written
from lbc_onboarding.domain.person import User
from lbc_onboarding.domain.rules import Rules

RULES = Rules(due_after=1000, due_growth=3, max_wakes=2)
ANA = Person(7, 7, "Ana", "en")
NOW = 1_790_000_000_000


def decided(
    user: User | None, what: Input, *, now: int = NOW, person: Person | None = ANA, arrival: Arrival = ORGANIC_ARRIVAL
) -> Decision:
    event = Event("e", "c", "alba", 7, what, person)
    moment = datetime.fromtimestamp(now / 1000, UTC)
    return decide(user, event, brand=BRAND, rules=RULES, now=moment, arrival=arrival)


def after(
    user: User | None, what: Input, *, now: int = NOW, person: Person | None = ANA, arrival: Arrival = ORGANIC_ARRIVAL
) -> User:
    decision = decided(user, what, now=now, person=person, arrival=arrival)
    assert decision.user
    return decision.user


def start(message_id: int = 1, at: int = NOW) -> Written:
    return Written(Said.START, message_id, at // 1000, at)


def delivered(step: Step, message_id: int, at: int) -> Reported:
    return Reported(Ended.DELIVERED, 1, step, 1, at, message_id=message_id)


def test_a_strangers_row_begins_with_what_is_known() -> None:
    user = after(None, start(), person=Person(7, 8, "Ana", "es"))
    assert (user.bot, user.user_id, user.chat_id, user.name, user.language) == ("alba", 7, 8, "Ana", "es")
    assert (user.created_at, user.session_at, user.version, user.session, user.attempt) == (NOW, NOW, 1, 1, 1)
    assert (user.state, user.pending, user.reachable) == (State.NEW, True, True)
    assert decided(None, start()).signals == (Signal.START,)


def test_of_a_new_person_nothing_is_known() -> None:
    user = User(bot="alba", user_id=7, chat_id=7, created_at=5)
    assert (user.state, user.pending, user.reachable, user.session, user.attempt) == (State.NEW, False, True, 1, 1)
    facts = asdict(user)
    ours = {"bot", "user_id", "chat_id", "created_at", "state", "pending", "reachable", "session", "attempt"}
    assert facts.pop("steps") == STEPS
    assert facts.pop("past") == {"links": (), "referrers": ()}
    assert not any(
        any(value) if isinstance(value, tuple) else value for name, value in facts.items() if name not in ours
    )
    assert user.calls == (0, 0, 0, 0)
    assert user.present
    assert not user.wants_more


def test_our_own_messages_make_no_stranger_known() -> None:
    decision = decided(None, delivered(Step.VIDEO, 2, NOW), person=None)
    assert decision == Decision(None)
    assert not decision.given_up
    assert decision.result == "recorded"


def test_every_decision_makes_a_new_version() -> None:
    first = decided(None, start())
    again = decided(first.user, Reported(Ended.FAILED, 9, Step.VIDEO, 1, NOW), person=None)
    assert again.user
    assert again.user.version == 2
    assert (first.result, again.result) == ("applied", "recorded")


def test_a_person_is_introduced_anew_by_each_input_and_not_by_our_own_messages() -> None:
    user = after(None, start())
    renamed = after(user, start(2), person=Person(7, 9, "x" * (MAX_NAME + 1), None))
    assert (renamed.chat_id, renamed.name, renamed.language) == (9, "x" * MAX_NAME, "en")
    assert after(renamed, delivered(Step.VIDEO, 3, NOW), person=None).name == renamed.name


def test_the_stored_name_is_bounded() -> None:
    assert MAX_NAME == 256


def test_waits_grow() -> None:
    user = after(None, start())
    waits = []
    for wake in range(RULES.max_wakes):
        assert user.due_at
        waits.append(user.due_at - NOW)
        decision = decided(user, Due(1, Step.VIDEO, 1, wake, NOW), person=None)
        assert (decision.asked, decision.failed, decision.given_up) == (Step.VIDEO, None, False)
        assert decision.user
        user = decision.user
    assert user.due_at
    assert [*waits, user.due_at - NOW] == [1000, 3000, 9000]


def test_after_the_last_wake_the_step_is_given_up_and_told() -> None:
    user = replace(after(None, start()), wakes=RULES.max_wakes)
    decision = decided(user, Due(1, Step.VIDEO, 1, RULES.max_wakes, NOW + 1), person=None)
    assert (decision.failed, decision.given_up, decision.asked) == (Step.VIDEO, True, None)
    assert [command.content.kind for command in decision.commands] == ["text"]
    assert decision.signals == (Signal.FAILED, Signal.REFUSED)
    assert decision.user
    assert (decision.user.attempt, decision.user.wakes, decision.user.due_at) == (2, 0, None)
    assert decision.user.given_up_at == NOW + 1


def test_a_failure_that_was_reported_is_not_given_up() -> None:
    decision = decided(after(None, start()), Reported(Ended.FAILED, 1, Step.VIDEO, 1, NOW + 1), person=None)
    assert (decision.failed, decision.given_up) == (Step.VIDEO, False)


def test_a_timer_runs_on_through_impatience_and_begins_anew_with_another_wait() -> None:
    user = after(None, start())
    assert after(user, start(2, NOW + 5), now=NOW + 5).due_at == user.due_at
    refused = after(user, Reported(Ended.UNREACHABLE, 1, Step.VIDEO, 1, NOW - 1, refused=True), now=NOW + 7)
    assert refused.due_at == NOW + 7 + 1000
    moved = after(user, Tap(Step.GREETING, NOW + 9, 1, Step.VIDEO, 5), now=NOW + 9)
    assert moved.due_at == NOW + 9 + 1000
    assert (moved.state, moved.pending) == (State.WELCOME_VIDEO_SENT, True)


def test_a_timer_begins_anew_with_a_session() -> None:
    waiting = after(None, start())
    user = after(waiting, delivered(Step.VIDEO, 2, NOW), person=None)
    assert user.due_at is None
    again = after(user, Written(Said.RESTART, 3, NOW // 1000, NOW), now=NOW + 3)
    assert (again.session, again.session_at, again.due_at) == (2, NOW + 3, NOW + 3 + 1000)
    assert (again.first_message_id, again.step_message_id, again.step_delivered_at) == (None, None, None)


def test_a_step_that_arrives_begins_the_next_one_afresh() -> None:
    user = replace(after(None, start()), attempt=3, wakes=1, failed_at=5, given_up_at=6)
    moved = after(user, delivered(Step.VIDEO, 2, NOW), person=None)
    assert (moved.attempt, moved.wakes, moved.failed_at, moved.given_up_at) == (1, 0, 0, 0)


def test_a_session_begins_afresh() -> None:
    user = after(after(None, start()), delivered(Step.VIDEO, 2, NOW), person=None)
    user = replace(user, attempt=3, wakes=1, failed_at=5, given_up_at=6)
    moved = after(user, Written(Said.RESTART, 3, NOW // 1000, NOW))
    assert (moved.session, moved.attempt, moved.wakes, moved.failed_at, moved.given_up_at) == (2, 1, 0, 0, 0)


def test_a_refused_attempt_begins_the_next_one_with_all_its_wakes() -> None:
    user = replace(after(None, start()), wakes=2)
    moved = after(user, Reported(Ended.FAILED, 1, Step.VIDEO, 1, NOW - 1, refused=True), person=None)
    assert (moved.attempt, moved.wakes) == (2, 0)


def test_who_is_away_has_no_timer_until_they_are_back() -> None:
    user = after(None, start())
    away = after(user, Membership(True, NOW // 1000 + 1, NOW + 1000))
    assert (away.pending, away.reachable, away.due_at) == (True, False, None)
    back = decided(away, Membership(False, NOW // 1000 + 2, NOW + 2000), now=NOW + 2000)
    assert back.user
    assert (back.asked, back.user.due_at) == (Step.VIDEO, NOW + 3000)
    assert len(back.commands) == 1


def test_what_arrived_and_what_is_asked_are_told_apart() -> None:
    user = after(None, start())
    decision = decided(user, Tap(Step.GREETING, NOW, 1, Step.VIDEO, 5))
    assert (decision.arrived, decision.asked) == (Step.VIDEO, Step.GREETING)
    assert decision.signals == (Signal.DELIVERED, Signal.TAP)
    assert decided(user, delivered(Step.VIDEO, 5, NOW), person=None).arrived is Step.VIDEO


def test_only_a_start_is_a_visit() -> None:
    eva = Arrival(Claim(referrer="eva"))
    decision = decided(None, start(3), arrival=eva)
    assert decision.visit
    touch = decision.visit.touch
    assert touch == Touch(NOW // 1000, 3, "unverified", referrer="eva")
    assert decision.user
    assert (decision.user.first_touch, decision.user.last_touch, decision.user.visits) == (touch, touch, 1)
    for said in (Said.TEXT, Said.HELP, Said.RESTART):
        other = decided(None, Written(said, 3, 1, 1000, "ref_eva"), arrival=eva)
        assert other.visit is None
        assert other.user
        assert other.user.visits == 0
    assert decided(None, Tap(Step.VIDEO, NOW), arrival=eva).visit is None


def test_the_first_touch_stays_and_the_last_one_moves() -> None:
    user = after(None, start(3), arrival=Arrival(Claim(referrer="eva")))
    user = after(user, start(9, NOW + 9000), arrival=Arrival(Claim(referrer="bob")))
    user = after(user, start(5, NOW + 5000))
    assert user.first_touch
    assert user.last_touch
    assert (user.first_touch.referrer, user.last_touch.referrer) == ("eva", "bob")
    assert user.visits == 3


def test_visits_are_counted_by_session_and_the_past_is_kept_over_all() -> None:
    arrival = Arrival(Claim(referrer="9", link="x", verified=True), link=Uses(0, 1))
    user = after(None, start(1), arrival=arrival)
    user = after(user, delivered(Step.VIDEO, 2, NOW), person=None)
    user = after(user, Written(Said.RESTART, 3, NOW // 1000, NOW))
    assert (user.session, user.visits, user.past) == (2, 0, Past(links=("x",), referrers=(9,)))
    assert after(user, start(4)).visits == 1


def test_replies_are_numbered_from_one_and_come_before_the_step() -> None:
    user = after(after(None, start()), delivered(Step.VIDEO, 2, NOW), person=None)
    decision = decided(user, Written(Said.RESTART, 3, NOW // 1000, NOW))
    assert [command.id for command in decision.commands] == ["e/1", "alba:7:2:video:1"]
    assert {command.correlation_id for command in decision.commands} == {"c"}


def test_moments_are_written_for_people() -> None:
    assert iso(1_790_000_000_123) == "2026-09-21T14:13:20.123+00:00"
