"""The laws of the conversation, over stories that Hypothesis makes up."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from onboarding_world.story import World, relive

from lbc_onboarding.domain.fsm import State

SETTINGS = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


def story(data: Any) -> tuple[World, int]:
    """A story, and how many of its events are a straight way to where it begins."""
    world = World(data.draw)
    straight = world.arrive(data.draw(st.sampled_from(State)))
    world.live(data.draw(st.integers(1, 25)))
    return world, straight


@SETTINGS
@given(st.data())
def test_inputs_without_a_cause_between_them_converge_in_any_order(data: Any) -> None:
    world, straight = story(data)
    kept = data.draw(st.sampled_from([0, straight]))
    shuffled = data.draw(st.permutations(world.history[kept:]))
    again = relive([*world.history[:kept], *shuffled])
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
    again = relive(events)
    assume(again)
    assert again
    assert again.end == world.onboarding.end


@SETTINGS
@given(st.data(), st.booleans())
def test_duplicates_change_nothing_even_when_no_event_row_stops_them(data: Any, dedupe: bool) -> None:  # noqa: FBT001 - drawn
    world, _ = story(data)
    repeated = [event for event in world.history for _ in range(data.draw(st.integers(1, 3)))]
    again = relive(repeated, dedupe=dedupe)
    assert again
    assert again.end == world.onboarding.end


@SETTINGS
@given(st.data())
def test_late_redeliveries_change_nothing(data: Any) -> None:
    world, _ = story(data)
    late = data.draw(st.lists(st.sampled_from(world.history), max_size=5)) if world.history else []
    again = relive([*world.history, *late])
    assert again
    assert again.end == world.onboarding.end
    assert set(again.emitted) == set(world.onboarding.emitted)
