"""Every message of a pack, as a person would get it: which there are, in which order, and what stands below each."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from lbc_contracts.brand import Brand, Texts
from lbc_contracts.brand_text import fill
from lbc_contracts.ids import Step

NAME: Final = "Ana"
"""Who the previews are for."""

_LANGUAGES: Final = "language_name"
_STEPS: Final = {Step.VIDEO: "video_caption", Step.GREETING: "greeting_caption", Step.DONE: "done"}
"""The text of each step."""
_ASKS_FOR: Final = {
    Step.VIDEO: "button_watch_video",
    Step.GREETING: "button_play_audio",
    Step.DONE: "button_continue",
}
"""The label of the button that asks for each step."""
_BELOW: Final = {
    "help": (_LANGUAGES,),
    "language_choose": (_LANGUAGES,),
    "delete_me": ("button_delete_me",),
    "video_later": ("button_again",),
    "step_later": ("button_again",),
}
"""Keys of the buttons below a message, as onboarding puts them there (a test compares)."""
_REPLAYS_BELOW: Final = frozenset({"done_again", "replays", "language_set"})

_WITH_THE_GREETING: Final = ("greeting_title", "greeting_speech")
_IN_A_ROW: Final = 3

Label = tuple[str, str]
"""A button: its label, and the key that the label has in the pack."""


class Kind(StrEnum):
    """What a message is."""

    TEXT = "text"
    VIDEO = "video"
    SPEECH = "speech"


@dataclass(frozen=True, slots=True)
class Shown:
    """One message.

    Attributes:
        keys: of the texts in it; the first one names it.
        when: it is sent.
        html: text or caption, with the name filled in.
        rows: of buttons.
    """

    keys: tuple[str, ...]
    when: str
    kind: Kind
    html: str
    rows: tuple[tuple[Label, ...], ...] = ()


def messages(brand: Brand, language: str) -> Iterator[Shown]:
    """All messages in one language: the journey first, then the rest; at the end the labels that stood on none."""
    texts = brand.texts[language]
    seen: set[str] = set()
    first = [_STEPS[step] for step in brand.steps]
    others = [name for name in Texts.model_fields if name not in first and not _is_label(name)]
    for name in (*first, *others):
        shown = _message(brand, texts, name)
        seen.update(shown.keys, (key for row in shown.rows for _, key in row))
        yield shown
    left = tuple(((getattr(texts, name), name),) for name in Texts.model_fields if name not in seen)
    if left:
        keys = tuple(name for row in left for _, name in row)
        yield Shown(keys, "Labels that stand on none of these messages.", Kind.TEXT, "…", left)


def _message(brand: Brand, texts: Texts, name: str) -> Shown:
    text = fill(getattr(texts, name), NAME, brand.limits.name_length)
    if name == "greeting_later":
        text = f"{text}\n\n{html.escape(texts.greeting_speech, quote=False)}"  # as the person gets it
    about = Texts.model_fields[name].description or ""
    kinds = {"video_caption": Kind.VIDEO, "greeting_caption": Kind.SPEECH}
    keys = (name, *_WITH_THE_GREETING) if name == "greeting_caption" else (name,)
    rows = tuple(row for key in _below(brand, name) for row in _rows(brand, texts, key))
    return Shown(keys, about, kinds.get(name, Kind.TEXT), text, rows)


def _below(brand: Brand, name: str) -> tuple[str, ...]:
    """Keys of the labels below a message; for steps and replays they follow from the brand's steps."""
    step = next((step for step, text in _STEPS.items() if text == name), None)
    if step is Step.DONE or name in _REPLAYS_BELOW:
        return tuple(_ASKS_FOR[each] for each in brand.steps[:-1])
    if step:
        return _after(brand, step), _ASKS_FOR[step]
    if name == "greeting_later":
        return "button_again", _after(brand, Step.GREETING)
    if name == "fallback_link":
        return "button_open_link", "button_again", _after(brand, brand.steps[0])
    return _BELOW.get(name, ())


def _after(brand: Brand, step: Step) -> str:
    """The label that asks for what follows a step; the end, for one that the brand does not take."""
    place = brand.steps.index(step) + 1 if step in brand.steps else -1
    return _ASKS_FOR[brand.steps[place]]


def _rows(brand: Brand, texts: Texts, key: str) -> Iterator[tuple[Label, ...]]:
    if key != _LANGUAGES:
        yield ((getattr(texts, key), key),)
    elif len(brand.languages) > 1:
        names = [(brand.texts[code].language_name, key) for code in brand.languages]
        yield from (tuple(names[first : first + _IN_A_ROW]) for first in range(0, len(names), _IN_A_ROW))


def _is_label(name: str) -> bool:
    return name.startswith("button_") or name in {*_WITH_THE_GREETING, _LANGUAGES}
