from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from lbc_delivery.domain.patience import DELAYS, Patience

DAY = timedelta(days=1)


@given(st.integers(1, 50), st.integers(1, 100))
def test_there_are_as_many_sends_as_allowed_and_the_waits_between_them_grow(allowed: int, sends: int) -> None:
    patience = Patience(allowed, DAY)
    delay = patience.delay(sends)
    if sends >= allowed:
        assert delay is None
    else:
        assert delay in DELAYS
        assert delay >= (patience.delay(sends - 1) or 0 if sends > 1 else DELAYS[0])


def test_the_last_wait_stands_for_all_that_follow() -> None:
    assert [Patience(7, DAY).delay(sends) for sends in range(1, 8)] == [*DELAYS, DELAYS[-1], DELAYS[-1], None]


def test_a_command_outlives_patience_at_its_age() -> None:
    assert Patience(3, DAY).outlived(DAY)
    assert not Patience(3, DAY).outlived(DAY - timedelta(microseconds=1))
