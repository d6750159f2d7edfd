"""Inline buttons: what their data says, and reading it back.

Data is `<name>:<session>:<on>`. ``on`` names the step whose message carries the button (v, g, d), or r on a reply,
which proves nothing. The old system sent the bare names; its messages are still in people's chats.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from lbc_contracts.ids import Step
from lbc_contracts.messages import Button

NAMES: Final[dict[Step, str]] = {
    Step.VIDEO: "watch_video",
    Step.GREETING: "play_audio",
    Step.DONE: "continue",
}
_STEP_NAMED: Final = {name: step for step, name in NAMES.items()}
_ON: Final[dict[Step | None, str]] = {Step.VIDEO: "v", Step.GREETING: "g", Step.DONE: "d", None: "r"}
_STEP_ON: Final = {letter: step for step, letter in _ON.items()}
_DATA: Final = re.compile(r"(watch_video|play_audio|continue)(?::([1-9][0-9]{0,17}):([vgdr]))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Pressed:
    """What the data of a button says; see `lbc_onboarding.domain.inputs.Tap`."""

    step: Step | None
    session: int | None = None
    on: Step | None = None


def button(label: str, step: Step, session: int, on: Step | None) -> Button:
    """A button that asks for ``step``, on the message of step ``on`` or on a reply."""
    return Button(label=label, data=f"{NAMES[step]}:{session}:{_ON[on]}")


def read(data: str) -> Pressed:
    """What pressing a button with ``data`` means; data that is not ours asks for no certain step."""
    match = _DATA.fullmatch(data)
    if match is None:
        return Pressed(None)
    name, session, on = match.groups()
    if session is None:
        return Pressed(_STEP_NAMED[name])
    return Pressed(_STEP_NAMED[name], int(session), _STEP_ON[on])
