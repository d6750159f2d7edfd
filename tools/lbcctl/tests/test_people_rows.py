"""The step that somebody waits for, in the order of their own session."""

from __future__ import annotations

from typing import Any

import pytest

from lbc_contracts.ids import Step
from lbcctl.people.rows import next_step, waiting_of

V, G, D = Step.VIDEO, Step.GREETING, Step.DONE


def row(state: str, *steps: str, **more: Any) -> dict[str, Any]:
    ordered = {"steps": {"L": [{"S": step} for step in steps]}} if steps else {}
    return {"state": {"S": state}, **ordered, **more}


@pytest.mark.parametrize(
    ("state", "steps", "following"),
    [
        ("NEW", (), V),
        ("WELCOME_VIDEO_SENT", (), G),
        ("TTS_SENT", (), D),
        ("DONE", (), None),
        ("QUIZ_SENT", (), None),
        ("NEW", (V, G, D), V),
        ("NEW", (G, V, D), G),
        ("TTS_SENT", (G, V, D), V),
        ("WELCOME_VIDEO_SENT", (G, V, D), D),
        ("WELCOME_VIDEO_SENT", (V, D), D),
        ("DONE", (G, D), None),
    ],
)
def test_what_is_next_is_what_their_session_says(state: str, steps: tuple[Step, ...], following: Step | None) -> None:
    assert next_step(row(state, *steps)) == following


def test_a_row_of_unknown_steps_waits_for_nothing_that_we_know() -> None:
    number = {"N": "1"}
    known = dict.fromkeys(("telegramId", "session", "attempt"), number)
    flags = {"pending": {"BOOL": True}, "reachable": {"BOOL": True}}
    assert waiting_of(row("NEW", "quiz", "done", **known, **flags)) is None
    assert waiting_of(row("TTS_SENT", "video", "done", **known, **flags)) is None
    assert waiting_of(row("NEW", "greeting", "done", **known, **flags)) is not None
