from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbc_delivery.domain.pace import REGAIN_PER_SECOND, SLOWEST, Chats, Pace


@given(st.floats(1, 100), st.lists(st.floats(0, 0.5), min_size=1, max_size=200))
def test_no_second_holds_more_than_the_rate(rate: float, gaps: list[float]) -> None:
    pace, now, turns = Pace(rate), 1000.0, []
    for gap in gaps:
        now += gap
        turns.append(now + pace.reserve(now))
    for first in range(len(turns)):
        within = [turn for turn in turns[first:] if turn < turns[first] + 1 - 1e-6]
        assert len(within) <= rate + 1


def test_no_limit_means_no_wait() -> None:
    pace = Pace(0)
    pace.flooded(1.0)
    assert [pace.reserve(1.0) for _ in range(100)] == [0.0] * 100


def test_a_flood_halves_the_rate_once_and_it_comes_back() -> None:
    pace = Pace(30)
    for _ in range(10):
        pace.flooded(100.0)
    assert pace.rate(100.0) == 15
    assert pace.rate(110.0) == pytest.approx(15 + 10 * REGAIN_PER_SECOND)
    assert pace.rate(10_000.0) == 30


@given(st.floats(0.1, 50), st.lists(st.floats(1, 5), max_size=30))
def test_floods_never_stop_us_altogether(rate: float, gaps: list[float]) -> None:
    pace, now = Pace(rate), 0.0
    for gap in gaps:
        now += gap
        pace.flooded(now)
        assert min(SLOWEST, rate) <= pace.rate(now) <= rate


def test_a_chat_waits_for_its_own_gap_only() -> None:
    chats = Chats(1, 10)
    chats.spoke(1, 100.0)
    assert chats.wait(1, 100.4) == pytest.approx(0.6)
    assert chats.wait(2, 100.4) == 0
    assert chats.wait(1, 101.0) == 0


def test_a_hold_is_not_shortened_by_talk() -> None:
    chats = Chats(1, 10)
    chats.hold(1, 30, 100.0)
    chats.spoke(1, 101.0)
    assert chats.wait(1, 101.0) == 29


def test_a_hold_is_kept_without_a_rate_of_ours() -> None:
    chats = Chats(0, 10)
    chats.spoke(1, 100.0)
    assert len(chats) == 0
    chats.hold(1, 30, 100.0)
    assert chats.wait(1, 110.0) == 20


@given(st.lists(st.tuples(st.integers(0, 50), st.floats(0, 2)), max_size=200))
def test_memory_is_bounded(talks: list[tuple[int, float]]) -> None:
    chats, now = Chats(1, 5), 0.0
    for chat, gap in talks:
        now += gap
        chats.spoke(chat, now)
        assert len(chats) <= 5
        assert chats.wait(chat, now) == pytest.approx(1)
