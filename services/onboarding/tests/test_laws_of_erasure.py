"""The laws of being forgotten: what comes late brings nobody back, and who returns is a stranger."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onboarding_world.decided import BRAND, PERSON, RULES, event_of
from onboarding_world.story import World

from lbc_contracts.privacy import TAP_LIFE
from lbc_onboarding.domain.decide import Decision, Event, decide
from lbc_onboarding.domain.fsm import State
from lbc_onboarding.domain.inputs import Chosen, Confirmed, Input, Membership, Said, Tap, Written
from lbc_onboarding.domain.person import Tombstone, User

EXAMPLES = int(os.environ.get("LBC_LAW_EXAMPLES", "100"))
SETTINGS = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
SECOND = 1000

pytestmark = pytest.mark.timeout(max(120, EXAMPLES))


def decided(known: User | Tombstone | None, event: Event) -> Decision:
    return decide(known, event, brand=BRAND, rules=RULES, now=datetime.fromtimestamp(event.what.at / 1000, UTC))


def lived(data: Any) -> tuple[World, Tombstone]:
    """A story that has ended, and what the erasure leaves of it."""
    world = World(data.draw)
    world.arrive(data.draw(st.sampled_from(State)))
    world.live(data.draw(st.integers(1, 20)))
    session = world.onboarding.user.session if world.onboarding.user else 0
    return world, Tombstone(world.now + SECOND, session)


@SETTINGS
@given(st.data())
def test_whatever_comes_late_leaves_no_trace(data: Any) -> None:
    world, left = lived(data)
    for event in world.history:
        assert decided(left, event) == Decision(None, erased=True)


@SETTINGS
@given(st.data(), st.sampled_from([Said.START, Said.TEXT, Said.RESTART, Said.HELP, Said.DELETE_ME]))
def test_who_writes_again_begins_anew_and_nothing_of_before_concerns_them(data: Any, said: Said) -> None:
    world, left = lived(data)
    at = left.erased_at + SECOND
    begun = decided(left, event_of("again", Written(said, 10_000, at // 1000, at))).user
    assert begun
    fresh = User(bot=begun.bot, user_id=PERSON.user_id, chat_id=PERSON.chat_id, created_at=at, session_at=at)
    assert (begun.session, begun.created_at, begun.attempt) == (left.session + 1, at, 1)
    assert begun.state is fresh.state
    assert begun.first_touch == begun.last_touch
    assert begun.erased_at == left.erased_at
    before = begun
    for event in data.draw(st.permutations(world.history)):
        decision = decided(before, event)
        if decision.erased:
            assert decision == Decision(None, erased=True)
            continue
        assert isinstance(event.what, Tap | Confirmed) or event.person is None
        assert decision.user
        before = decision.user
        assert (before.session, before.state, before.erasure_asked_at) == (begun.session, State.NEW, None)
        assert (before.first_touch, before.chosen_language) == (begun.first_touch, "")
    commands = decided(left, again(at)).commands
    assert commands
    assert world.onboarding.emitted.keys().isdisjoint(command.id for command in commands)


def again(at: int) -> Event:
    return event_of("again", Written(Said.START, 10_000, at // 1000, at))


@pytest.mark.parametrize(
    ("what", "known"),
    [
        (Tap(None, TAP_LIFE), False),
        (Tap(None, TAP_LIFE + 1), True),
        (Chosen("es", TAP_LIFE), False),
        (Chosen("es", TAP_LIFE + 1), True),
        (Confirmed(1, TAP_LIFE + 1), False),
        (Membership(False, TAP_LIFE, TAP_LIFE * SECOND), False),
        (Membership(True, TAP_LIFE, TAP_LIFE * SECOND), False),
        (Written(Said.START, 5, 0, TAP_LIFE), False),
        (Written(Said.START, 5, 1, 0), True),
    ],
)
def test_what_counts_as_a_return(what: Input, known: bool) -> None:  # noqa: FBT001 - a column
    left = Tombstone(0, 3)
    decision = decided(left, replace(event_of("e", Tap(None, 0)), what=what))
    assert (decision.user is not None) is known
    assert decision.erased is not known
    if decision.user:
        assert decision.user.session == left.session + 1
