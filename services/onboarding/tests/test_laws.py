"""The laws of the conversation, over stories that Hypothesis makes up.

Longer: `LBC_LAW_EXAMPLES=20000 python -m pytest services/onboarding/tests/test_laws.py`
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from onboarding_world.decided import BRAND, ORDERS, Onboarding, relive
from onboarding_world.story import ACTIONS, World

from lbc_contracts.brand import Limits
from lbc_onboarding.domain.fsm import State
from lbc_onboarding.domain.rules import Rules

EXAMPLES = int(os.environ.get("LBC_LAW_EXAMPLES", "200"))
SETTINGS = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)

pytestmark = pytest.mark.timeout(max(120, EXAMPLES))


def story(data: Any) -> tuple[World, int]:
    """A story, and how many of its events are a straight way to where it begins."""
    limits = Limits(ask_again_times=data.draw(st.none() | st.integers(0, 2)))
    brand = BRAND.model_copy(update={"steps": data.draw(st.sampled_from(ORDERS)), "limits": limits})
    world = World(data.draw, Onboarding(Rules(max_wakes=data.draw(st.integers(0, 2))), brand))
    straight = world.arrive(data.draw(st.sampled_from(State)))
    world.live(data.draw(st.integers(1, 25)))
    return world, straight


@SETTINGS
@given(st.data())
def test_inputs_without_a_cause_between_them_converge_in_any_order(data: Any) -> None:
    world, straight = story(data)
    kept = data.draw(st.sampled_from([0, straight]))
    shuffled = data.draw(st.permutations(world.history[kept:]))
    again = relive([*world.history[:kept], *shuffled], rules=world.onboarding.rules, brand=world.onboarding.brand)
    assume(again)
    assert again
    assert again.end == world.onboarding.end


@SETTINGS
@given(st.data())
def test_a_swap_of_neighbours_converges(data: Any) -> None:
    world, _ = story(data)
    events = list(world.history)
    assume(len(events) > 1)
    first = data.draw(st.integers(0, len(events) - 2))
    events[first], events[first + 1] = events[first + 1], events[first]
    again = relive(events, rules=world.onboarding.rules, brand=world.onboarding.brand)
    assume(again)
    assert again
    assert again.end == world.onboarding.end


@SETTINGS
@given(st.data(), st.booleans())
def test_duplicates_change_nothing_even_when_no_event_row_stops_them(data: Any, dedupe: bool) -> None:  # noqa: FBT001 - drawn
    world, _ = story(data)
    repeated = [event for event in world.history for _ in range(data.draw(st.integers(1, 3)))]
    again = relive(repeated, rules=world.onboarding.rules, brand=world.onboarding.brand, dedupe=dedupe)
    assert again
    assert again.end == world.onboarding.end


@SETTINGS
@given(st.data())
def test_late_redeliveries_change_nothing(data: Any) -> None:
    world, _ = story(data)
    late = data.draw(st.lists(st.sampled_from(world.history), max_size=5)) if world.history else []
    again = relive([*world.history, *late], rules=world.onboarding.rules, brand=world.onboarding.brand)
    assert again
    assert again.end == world.onboarding.end
    assert set(again.emitted) == set(world.onboarding.emitted)


class Life(RuleBasedStateMachine):
    """The same world, each move a rule of its own: Hypothesis looks for long ways differently."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self._no_draw)

    @staticmethod
    def _no_draw(_strategy: Any) -> Any:
        raise AssertionError("outside of a rule")

    @rule(data=st.data(), order=st.randoms(use_true_random=False))
    def converge(self, data: Any, order: Any) -> None:
        """However what was handled so far had been ordered, the end would be the same."""
        self.world.draw = data.draw
        self.world.settle()
        shuffled = list(self.world.history)
        order.shuffle(shuffled)
        again = relive(shuffled)
        assert again is None or again.end == self.world.onboarding.end


def _move(action: str) -> Any:
    @rule(data=st.data())
    def move(self: Life, data: Any) -> None:
        self.world.draw = data.draw
        self.world.act(action)

    return precondition(lambda self: self.world.can(action))(move)


for _action in ACTIONS:
    setattr(Life, _action, _move(_action))


def test_a_life_of_moves_keeps_the_laws() -> None:
    run_state_machine_as_test(Life, settings=settings(SETTINGS, max_examples=EXAMPLES // 3, stateful_step_count=40))
