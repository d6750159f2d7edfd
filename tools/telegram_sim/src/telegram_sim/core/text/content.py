"""Message texts and captions: limits, trimming and the entities that Telegram finds by itself."""

from typing import Any

from telegram_sim.core.errors import bad_request
from telegram_sim.core.text.cleaning import clean_formatted, is_unseen, trim
from telegram_sim.core.text.detection import find_entities
from telegram_sim.core.text.entities import checked_entities
from telegram_sim.core.text.formatting import Formatted
from telegram_sim.core.text.html import parse_html
from telegram_sim.core.text.legacy_markdown import parse_markdown
from telegram_sim.core.text.markdown import parse_markdown_v2
from telegram_sim.core.text.nesting import nested

MAX_TEXT = 4096
"""Characters of a message "after entities parsing" (docs, sendMessage; td, MessageContent.cpp: code points)."""
MAX_CAPTION = 1024
"""Characters of a caption (docs, sendVideo)."""

MAX_SOURCE = 1 << 15
"""Bytes of a text with its markup (server, Client.cpp, get_formatted_text)."""

MAX_ENTITIES = 100
"""More are left out without a word (tdlib/telegram-bot-api#820; rubenlagus/TelegramBots#854)."""

_PARSERS = {"html": parse_html, "markdown": parse_markdown, "markdownv2": parse_markdown_v2}
_MODES = {"", "none", *_PARSERS}


def read_words(source: str, parse_mode: str, entities: list[Any]) -> Formatted:
    """Return a text or caption with its markup parsed, as the server does it before it looks at the chat.

    With a parse mode, `entities` mean nothing.

    Raises:
        ApiError: 400 for an unknown parse mode, broken markup, or entities that are none.
    """
    if len(source.encode()) > MAX_SOURCE:
        raise bad_request("Text is too long")
    mode = parse_mode.lower()
    if source and mode not in _MODES:
        raise bad_request("Unsupported parse_mode")  # server, Client.cpp, get_formatted_text
    parser = _PARSERS.get(mode) if source else None
    return Formatted(source, checked_entities(entities)) if parser is None else parser(source)


def read_text(source: str, parse_mode: str, entities: list[Any]) -> Formatted:
    """Return the text of a message as `read_words` does; one that is empty is refused."""
    if not source:
        raise bad_request("Message text is empty")  # server, Client.cpp, get_input_message_text
    return read_words(source, parse_mode, entities)


def stored_text(read: Formatted) -> Formatted:
    """Return the text of a message as Telegram stores it.

    Raises:
        ApiError: 400 for entities that do not fit, when nothing is left to be seen, or more than `MAX_TEXT`
            characters.
    """
    result = _stored(read)
    if is_unseen(result.text):
        raise bad_request("Text must be non-empty")  # td, MessageEntity.cpp, fix_formatted_text
    if len(result.text) > MAX_TEXT:
        raise bad_request("Message is too long")  # td, MessageContent.cpp
    return result


def stored_caption(read: Formatted) -> Formatted:
    """Return the caption of a medium as Telegram stores it; it may be empty.

    Raises:
        ApiError: 400 for entities that do not fit, or more than `MAX_CAPTION` characters.
    """
    result = _stored(read)
    if len(result.text) > MAX_CAPTION:
        raise bad_request("Message caption is too long")  # td, MessageContent.cpp
    return result


def _stored(read: Formatted) -> Formatted:
    """Return a text cleaned and trimmed, its entities in order, links and the like found."""
    kept = trim(clean_formatted(read))
    return Formatted(kept.text, nested(kept.entities, find_entities(kept.text))[:MAX_ENTITIES])
