"""Blocks, returns and what reaches nobody, by example; the laws are in test_laws."""

from __future__ import annotations

from onboarding_world.examples import Story, at_end, at_video

from lbc_contracts.ids import Step
from lbc_onboarding.domain.fsm import Signal, State
from lbc_onboarding.domain.inputs import Membership, Said


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
