"""Inline buttons: what their data says, and reading it back.

Data of a step is `<name>:<session>:<on>`. ``on`` names the step whose message carries the button (v, g, d), or r on a
reply, which proves nothing. The old system sent the bare names; its messages are still in people's chats. Besides there
are `language:<code>` and `delete_me:<when it was asked, ms>`.
"""

from __future__ import annotations

import re
from typing import Final

from lbc_contracts.ids import Step
from lbc_contracts.messages import Button
from lbc_onboarding.domain.inputs import Chosen, Confirmed, Pressed, Tap

NAMES: Final[dict[Step, str]] = {
    Step.VIDEO: "watch_video",
    Step.GREETING: "play_audio",
    Step.DONE: "continue",
}
_STEP_NAMED: Final = {name: step for step, name in NAMES.items()}
_ON: Final[dict[Step | None, str]] = {Step.VIDEO: "v", Step.GREETING: "g", Step.DONE: "d", None: "r"}
_STEP_ON: Final = {letter: step for step, letter in _ON.items()}
_DATA: Final = re.compile(r"(watch_video|play_audio|continue)(?::([1-9][0-9]{0,17}):([vgdr]))?", re.ASCII)
_LANGUAGE: Final = re.compile(r"language:([a-z]{2,3})", re.ASCII)
_DELETE: Final = re.compile(r"delete_me:([1-9][0-9]{0,17})", re.ASCII)


def button(label: str, step: Step, session: int, on: Step | None) -> Button:
    """A button that asks for ``step``, on the message of step ``on`` or on a reply."""
    return Button(label=label, data=f"{NAMES[step]}:{session}:{_ON[on]}")


def language_button(name: str, code: str) -> Button:
    """A button that chooses the language ``code``, which calls itself ``name``."""
    return Button(label=name, data=f"language:{code}")


def delete_button(label: str, asked_at: int) -> Button:
    """The button that confirms a wish to be forgotten, below the question put at ``asked_at`` (ms)."""
    return Button(label=label, data=f"delete_me:{asked_at}")


def read(data: str, *, at: int, message_id: int | None) -> Pressed:
    """What pressing a button with ``data`` means; data that is not ours asks for no certain step.

    Args:
        data: of the button.
        at: when the press was received (ms).
        message_id: of the message that carries the button.
    """
    if chosen := _LANGUAGE.fullmatch(data):
        return Chosen(chosen[1], at)
    if confirmed := _DELETE.fullmatch(data):
        return Confirmed(int(confirmed[1]), at)
    match = _DATA.fullmatch(data)
    if match is None:
        return Tap(None, at, message_id=message_id)
    name, session, on = match.groups()
    if session is None:
        return Tap(_STEP_NAMED[name], at, message_id=message_id)
    return Tap(_STEP_NAMED[name], at, int(session), _STEP_ON[on], message_id)
