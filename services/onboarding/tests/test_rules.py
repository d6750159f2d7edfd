"""Patience with a step: what the brand pack says, and the deployment's numbers for what it leaves out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onboarding_world.decided import BRAND, T0, event_of
from pydantic import ValidationError

from lbc_contracts.brand import Limits
from lbc_contracts.ids import Step
from lbc_onboarding.domain.decide import Decision, decide
from lbc_onboarding.domain.inputs import Due, Said, Written
from lbc_onboarding.domain.person import User
from lbc_onboarding.domain.rules import LONGEST_WAIT, Rules, rules_of

LEAST = 1000
"""Less (ms) than a second is no patience, and next to nothing would be rounded to none at all."""
RULES = st.builds(
    Rules,
    due_after=st.integers(1, 10**8),
    due_growth=st.floats(1, 10),
    max_wakes=st.integers(min_value=0, max_value=20),
)


def _accepted(seconds: float) -> bool:
    """Whether a pack may say so."""
    try:
        return bool(Limits(ask_again_after=seconds))
    except ValidationError:
        return False


LIMITS = st.fixed_dictionaries(
    {},
    optional={
        "ask_again_after": st.floats(0, 86_400).filter(_accepted),
        "ask_again_growth": st.floats(1, 10),
        "ask_again_times": st.integers(0, 20),
    },
).map(Limits.model_validate)


def test_the_defaults_wait_a_minute_then_twice_as_long_and_give_up_after_five() -> None:
    rules = rules_of(Limits(), Rules())
    assert [rules.wait(wakes) for wakes in range(3)] == [60_000, 120_000, 240_000]
    assert rules.max_wakes == 5


@given(LIMITS, RULES)
def test_what_the_pack_says_counts_and_what_it_leaves_out_is_the_deployments(limits: Limits, deployment: Rules) -> None:
    rules = rules_of(limits, deployment)
    after, growth, times = limits.ask_again_after, limits.ask_again_growth, limits.ask_again_times
    assert rules.due_after == (deployment.due_after if after is None else round(after * 1000))
    assert rules.due_growth == (deployment.due_growth if growth is None else growth)
    assert rules.max_wakes == (deployment.max_wakes if times is None else times)


@given(LIMITS, RULES)
def test_waits_never_shrink_and_end_within_what_keeps_a_step_from_being_sent_twice(
    limits: Limits, deployment: Rules
) -> None:
    rules = rules_of(limits, deployment)
    waits = [rules.wait(wakes) for wakes in range(rules.max_wakes + 1)]
    assert waits[0] == rules.due_after
    assert waits == sorted(waits)
    assert limits.ask_again_after is None or waits[0] >= LEAST, "a step has time to come"
    assert waits[-1] <= max(LONGEST_WAIT, rules.due_after)
    if limits.ask_again_after is not None:
        assert sum(waits) < 30 * LONGEST_WAIT, "events stay for thirty days"


class Person:
    """Asks for the video and is reminded, served from packs whose limits change; nothing is ever delivered."""

    def __init__(self) -> None:
        self.user: User | None = None
        self.limits = Limits()
        self.now = T0

    def take(self, what: Written | Due) -> Decision:
        brand = BRAND.model_copy(update={"limits": self.limits})
        moment = datetime.fromtimestamp(self.now / 1000, UTC)
        decision = decide(
            self.user, event_of(f"e{self.now}", what), brand=brand, rules=Rules(due_after=1000, max_wakes=2), now=moment
        )
        self.user = decision.user
        return decision

    def start(self) -> Decision:
        return self.take(Written(Said.START, 1, self.now // 1000, self.now))

    def remind(self) -> Decision:
        """As the sweeper does once the wait is over."""
        assert self.user
        assert self.user.due_at
        self.now = self.user.due_at
        return self.take(Due(1, Step.VIDEO, 1, self.user.wakes, self.now))

    @property
    def wait(self) -> int:
        assert self.user
        assert self.user.due_at
        return self.user.due_at - self.now


@pytest.mark.parametrize(
    ("limits", "waits"),
    [
        ({}, [1000, 2000, 4000]),
        ({"ask_again_after": 1.5}, [1500, 3000, 6000]),
        ({"ask_again_growth": 1}, [1000, 1000, 1000]),
        ({"ask_again_times": 0}, [1000]),
        ({"ask_again_after": 3, "ask_again_growth": 3, "ask_again_times": 3}, [3000, 9000, 27_000, 81_000]),
        ({"ask_again_after": 86_400, "ask_again_growth": 10, "ask_again_times": 1}, [LONGEST_WAIT] * 2),
    ],
)
def test_a_person_is_asked_again_as_the_pack_says(limits: dict[str, Any], waits: list[int]) -> None:
    person = Person()
    person.limits = Limits.model_validate(limits)
    person.start()
    found = [person.wait]
    while not (decision := person.remind()).given_up:
        assert decision.asked is Step.VIDEO
        found.append(person.wait)
    assert found == waits


def test_a_pack_that_is_replaced_counts_from_the_next_wait_on() -> None:
    person = Person()
    person.start()
    person.limits = Limits(ask_again_after=10)
    assert person.start().asked is Step.VIDEO
    assert person.wait == 1000, "a wait that runs ends as it began"
    assert person.remind().asked is Step.VIDEO
    assert person.wait == 20_000
    person.limits = Limits(ask_again_times=1)
    assert person.remind().given_up
