from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbc_contracts.ids import Step
from lbc_onboarding.domain.buttons import Pressed, button, read


@given(st.sampled_from(Step), st.integers(1, 10**18 - 1), st.none() | st.sampled_from(Step))
def test_what_is_written_is_read(step: Step, session: int, on: Step | None) -> None:
    data = button("Label", step, session, on).data
    assert data
    assert len(data.encode()) <= 64
    assert read(data) == Pressed(step, session, on)


@pytest.mark.parametrize(
    ("data", "step"), [("watch_video", Step.VIDEO), ("play_audio", Step.GREETING), ("continue", Step.DONE)]
)
def test_bare_names_of_the_old_system(data: str, step: Step) -> None:
    assert read(data) == Pressed(step)


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
    ],
)
def test_foreign_data_asks_for_no_certain_step(data: str) -> None:
    assert read(data) == Pressed(None)
