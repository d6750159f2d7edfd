"""What is said to Telegram, made from a command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lbc_contracts.messages import Button, Buttons, Send, Text, Video
from lbc_delivery.domain.html import CAPTION_LIMIT, TEXT_LIMIT, within
from lbc_delivery.domain.sources import Source

URL_LIMIT: Final = 2048
"""Longest address of a button."""


@dataclass(frozen=True, slots=True)
class TextDraft:
    """A call of sendMessage."""

    chat_id: int
    html: str
    buttons: Buttons = ()


@dataclass(frozen=True, slots=True)
class VideoDraft:
    """A call of sendVideo."""

    chat_id: int
    source: Source
    caption: str
    buttons: Buttons = ()


@dataclass(frozen=True, slots=True)
class AudioDraft:
    """A call of sendAudio."""

    chat_id: int
    source: Source
    title: str
    caption: str
    buttons: Buttons = ()


Draft = TextDraft | VideoDraft | AudioDraft


def draft_of(command: Send, source: Source | None) -> Draft:
    """What the command says, cut to what Telegram takes.

    Args:
        command: any.
        source: of its medium; None for a text, which has none.

    Raises:
        ValueError: a medium without a source, which is a bug of the caller.
    """
    content, chat_id = command.content, command.chat_id
    if isinstance(content, Text):
        return TextDraft(chat_id, within(content.html, TEXT_LIMIT), content.buttons)
    if source is None:
        raise ValueError(f"{command.id}: {content.kind} without a source")
    caption = within(content.caption, CAPTION_LIMIT)
    if isinstance(content, Video):
        return VideoDraft(chat_id, source, caption, content.buttons)
    return AudioDraft(chat_id, source, content.title, caption, content.buttons)


def fallback_draft(command: Send, label: str) -> TextDraft | None:
    """What is said when Telegram cannot fetch the media: the fallback text, with a button that opens the link.

    A button of the fallback without data and address marks the link's place and brings its label; without such a mark
    the link comes first, under ``label``. A link too long for a button is left out: the text and its own buttons stay.

    Returns:
        None if the command has no fallback.
    """
    if command.fallback is None:
        return None
    url = command.link.url if command.link and len(command.link.url) <= URL_LIMIT else None
    rows = command.fallback.buttons
    marked = any(_is_mark(button) for row in rows for button in row)
    filled = tuple(tuple(_filled(button, url) for button in row if url or not _is_mark(button)) for row in rows)
    if url and not marked:
        filled = ((Button(label=label, url=url),), *filled)
    html = within(command.fallback.html, TEXT_LIMIT)
    return TextDraft(command.chat_id, html, tuple(row for row in filled if row))


def _is_mark(button: Button) -> bool:
    return button.data is None and button.url is None


def _filled(button: Button, url: str | None) -> Button:
    return Button(label=button.label, url=url) if _is_mark(button) else button
