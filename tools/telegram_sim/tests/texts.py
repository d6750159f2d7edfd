"""Texts and captions as a call hands them over and Telegram stores them."""

from typing import Any

from telegram_sim.core.text.content import read_text, read_words, stored_caption, stored_text
from telegram_sim.core.text.formatting import Formatted


def message_text(source: str, parse_mode: str, entities: list[Any] | None = None) -> Formatted:
    return stored_text(read_text(source, parse_mode, entities or []))


def caption(source: str, parse_mode: str, entities: list[Any] | None = None) -> Formatted:
    return stored_caption(read_words(source, parse_mode, entities or []))
