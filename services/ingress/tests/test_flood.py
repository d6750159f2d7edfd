from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lbc_ingress.domain.flood import FloodGate, FloodLimit


def test_a_burst_and_then_the_rate() -> None:
    gate = FloodGate(FloodLimit(per_second=2, burst=3, people=10))
    assert [gate.knock(1, 100.0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert gate.knock(1, 100.5) == 0
    assert gate.knock(1, 100.5) == 0.5


def test_people_do_not_share() -> None:
    gate = FloodGate(FloodLimit(per_second=1, burst=1, people=10))
    assert gate.knock(1, 0) == 0
    assert gate.knock(2, 0) == 0
    assert gate.knock(1, 0) > 0


def test_zero_and_nobody_are_unlimited() -> None:
    off = FloodGate(FloodLimit(per_second=0, burst=1, people=10))
    assert not any(off.knock(1, 0) for _ in range(100))
    gate = FloodGate(FloodLimit(per_second=1, burst=1, people=10))
    assert not any(gate.knock(None, 0) for _ in range(100))
    assert len(gate) == len(off) == 0


def test_who_was_quiet_longest_is_forgotten() -> None:
    gate = FloodGate(FloodLimit(per_second=0.001, burst=2, people=2))
    for person in (1, 2, 1, 3):
        assert gate.knock(person, 0) == 0
    assert len(gate) == 2
    assert gate.knock(1, 0) > 0
    assert gate.knock(2, 0) == 0


@given(
    st.integers(1, 5),
    st.integers(1, 5),
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 8)), max_size=60),
)
def test_it_is_a_token_bucket(rate: int, burst: int, knocks: list[tuple[int, int]]) -> None:
    gate = FloodGate(FloodLimit(float(rate), burst, people=10))
    tokens = {person: (float(burst), 0.0) for person in (1, 2, 3)}
    now = 0.0
    for person, eighths in knocks:
        now += eighths / 8
        left, since = tokens[person]
        left = min(float(burst), left + (now - since) * rate)
        let_in = left >= 1 - 1e-9
        tokens[person] = (left - 1 if let_in else left, now)
        wait = gate.knock(person, now)
        # At the very border rounding may decide either way.
        if abs(left - 1) > 1e-6:
            assert (wait == 0) == let_in
        if not let_in:
            assert abs(wait - (1 - left) / rate) < 1e-6
