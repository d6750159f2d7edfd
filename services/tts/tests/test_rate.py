from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lbc_tts.domain.rate import Turns


def test_a_burst_goes_at_once_and_the_rest_in_turn() -> None:
    turns = Turns(per_second=4, burst=2)
    assert [turns.take(100.0, 10) for _ in range(4)] == [0, 0, 0.25, 0.5]


def test_who_would_wait_too_long_takes_no_turn() -> None:
    turns = Turns(per_second=1)
    assert [turns.take(0.0, 1.5) for _ in range(4)] == [0, 1, None, None]
    assert turns.take(1.0, 1.5) == 1


@given(st.integers(1, 8), st.integers(1, 8), st.lists(st.floats(0, 2, allow_nan=False), min_size=1, max_size=50))
def test_no_second_ever_has_more_than_the_rate_and_the_burst(rate: int, burst: int, pauses: list[float]) -> None:
    turns, now, starts = Turns(float(rate), burst), 0.0, list[float]()
    for pause in pauses:
        now += pause
        wait = turns.take(now, patience=1e9)
        assert wait is not None
        starts.append(now + wait)
    assert starts == sorted(starts)
    for index, start in enumerate(starts):
        within = sum(1 for other in starts[index:] if other < start + 1 - 1e-6)
        assert within <= rate + burst
