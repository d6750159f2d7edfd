from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbc_contracts.ids import Step
from lbc_onboarding.domain.buttons import button, delete_button, language_button, read
from lbc_onboarding.domain.inputs import Chosen, Confirmed, Tap

AT = 5_000


@given(st.sampled_from(Step), st.integers(1, 10**18 - 1), st.none() | st.sampled_from(Step))
def test_what_is_written_is_read(step: Step, session: int, on: Step | None) -> None:
    data = button("Label", step, session, on).data
    assert data
    assert len(data.encode()) <= 64
    assert read(data, at=AT, message_id=3) == Tap(step, AT, session, on, 3)


@given(st.from_regex(r"[a-z]{2,3}", fullmatch=True))
def test_a_language_that_is_written_is_read(code: str) -> None:
    data = language_button("Language", code).data
    assert data
    assert len(data.encode()) <= 64
    assert read(data, at=AT, message_id=3) == Chosen(code, AT)


@given(st.integers(1, 10**18 - 1))
def test_a_confirmation_says_when_it_was_asked_for(asked_at: int) -> None:
    data = delete_button("Yes", asked_at).data
    assert data
    assert len(data.encode()) <= 64
    assert read(data, at=AT, message_id=None) == Confirmed(asked_at, AT)


@pytest.mark.parametrize(
    ("data", "step"), [("watch_video", Step.VIDEO), ("play_audio", Step.GREETING), ("continue", Step.DONE)]
)
def test_bare_names_of_the_old_system(data: str, step: Step) -> None:
    assert read(data, at=AT, message_id=3) == Tap(step, AT, message_id=3)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "x",
        "watch_video:",
        "watch_video:0:v",
        "watch_video:1:x",
        "watch_video:1",
        "play_audio:\u0661:v",
        "continue:1:g\n",
        "language",
        "language:",
        "language:EN",
        "language:en\n",
        "language:en-GB",
        "delete_me",
        "delete_me:0",
        "delete_me:-1",
        "delete_me:" + "9" * 40,
    ],
)
def test_foreign_data_asks_for_no_certain_step(data: str) -> None:
    assert read(data, at=AT, message_id=3) == Tap(None, AT, message_id=3)
