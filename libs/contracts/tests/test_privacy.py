"""The hash of a tombstone, its end, and what is too late."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbc_contracts.privacy import TAP_LIFE, is_late, tombstone_end, tombstone_key

ERASED = 1_790_000_000_500
ERASED_S = ERASED // 1000


def test_the_key_is_the_same_everywhere_and_for_ever() -> None:
    assert tombstone_key("alba", 7) == "d2c361ca3b371a2dfe3583e1895e068cf5ea692372634310acedc2122a896cde"


@given(st.integers(1, 2**52), st.integers(1, 2**52))
def test_people_have_keys_of_their_own_that_do_not_name_them(one: int, other: int) -> None:
    assert (tombstone_key("alba", one) == tombstone_key("alba", other)) == (one == other)
    assert tombstone_key("alba", one) != tombstone_key("other", one)
    assert len(tombstone_key("alba", one)) == 64


@pytest.mark.parametrize(
    ("date", "late"), [(0, True), (ERASED_S - 1, True), (ERASED_S, True), (ERASED_S + 1, False), (ERASED_S * 2, False)]
)
def test_a_message_counts_by_telegrams_date_however_late_it_comes(date: int, late: bool) -> None:  # noqa: FBT001 - a column
    assert is_late(ERASED, date=date, at=ERASED * 2) is late
    assert is_late(ERASED, date=date, at=0) is late


@pytest.mark.parametrize(
    ("at", "late"), [(0, True), (ERASED, True), (ERASED + TAP_LIFE, True), (ERASED + TAP_LIFE + 1, False)]
)
def test_a_tap_has_no_date_and_may_be_of_before_for_as_long_as_telegram_repeats_it(at: int, late: bool) -> None:  # noqa: FBT001 - a column
    assert is_late(ERASED, date=None, at=at) is late


@given(st.integers(0, 2**42), st.integers(1, 400), st.integers(1, 400))
def test_a_tombstone_outlives_every_row_that_could_repeat_something(erased: int, events: int, sent: int) -> None:
    end = tombstone_end(erased, events_days=events, deliveries_days=sent)
    assert end > erased / 1000 + max(events, sent) * 86_400
    assert end <= erased / 1000 + (max(events, sent) + 1) * 86_400
