"""The laws of the conversation hold for operators' orders too: in whatever order they are handled among the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from onboarding_world.decided import RULES, Event, Onboarding, Send, event_of
from onboarding_world.story import ACTIONS, World

from lbc_contracts.ids import Step
from lbc_onboarding.domain.inputs import Ordered
from lbc_onboarding.domain.person import User

SETTINGS = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)

pytestmark = pytest.mark.timeout(180)

Seen = tuple[int, Step, int]


@dataclass
class Watched(Onboarding):
    """Knows since when an operator can have seen somebody wait under an attempt."""

    attempts: dict[Seen, int] = field(default_factory=dict)

    def handle(self, event: Event) -> tuple[Send, ...]:
        commands = super().handle(event)
        if self.user and (seen := seen_of(self.user)):
            self.attempts.setdefault(seen, self.seen_until)
        return commands

    def could_know(self, event: Event) -> bool:
        what = event.what
        if isinstance(what, Ordered):
            assert what.step
            return self.attempts.get((what.session, what.step, what.attempt), what.at + 1) <= what.at
        return super().could_know(event)


class Attended(World):
    """A world with an operator in it, who sends again what they see somebody wait for."""

    def can(self, action: str) -> bool:
        user = self.onboarding.user
        return bool(user and seen_of(user)) if action == "order" else super().can(action)

    def _possible(self) -> list[str]:
        weights = ACTIONS | {"order": 3}
        return [action for action, weight in weights.items() if self.can(action) for _ in range(weight)]

    def _order(self) -> None:
        assert self.onboarding.user
        seen = seen_of(self.onboarding.user)
        assert seen
        session, step, attempt = seen
        order = Ordered(session, step, attempt, self.now)
        self.network.append(event_of(f"order:{session}:{step}:{attempt}:{self.now}", order))


def seen_of(user: User) -> Seen | None:
    """What the operator's command would order: as `lbcctl.people.rows.waiting_of` reads the row."""
    if user.next_step is None or not (user.pending or user.given_up_at or user.failed_at):
        return None
    return (user.session, user.next_step, user.attempt)


def relive(events: Iterable[Event]) -> Watched | None:
    """Live through ``events`` in this order, each no sooner than what caused it; None if a cause never happens."""
    again = Watched()
    waiting = list(events)
    while waiting:
        for number, event in enumerate(waiting):
            if again.could_know(event):
                again.handle(waiting.pop(number))
                break
        else:
            return None
    return again


def story(data: Any) -> Attended:
    world = Attended(data.draw, Watched(RULES))
    world.live(data.draw(st.integers(1, 25)))
    return world


@SETTINGS
@given(st.data())
def test_orders_converge_with_all_else(data: Any) -> None:
    world = story(data)
    assume(any(isinstance(event.what, Ordered) for event in world.history))
    again = relive(data.draw(st.permutations(world.history)))
    assume(again)
    assert again
    assert again.end == world.onboarding.end


@SETTINGS
@given(st.data())
def test_an_order_that_comes_again_changes_nothing(data: Any) -> None:
    world = story(data)
    orders = [event for event in world.history if isinstance(event.what, Ordered)]
    assume(orders)
    again = relive([*world.history, *orders])
    assert again
    assert again.end == world.onboarding.end
    assert set(again.emitted) == set(world.onboarding.emitted)
