"""Message texts and captions: limits, trimming and the entities that Telegram finds by itself."""

from typing import Any

from telegram_sim.core.entities import checked_entities
from telegram_sim.core.errors import bad_request
from telegram_sim.core.finding import find_entities
from telegram_sim.core.formatting import Formatted, in_order, utf16_length
from telegram_sim.core.html import parse_html
from telegram_sim.core.markdown import parse_markdown_v2
from telegram_sim.core.old_markdown import parse_markdown
from telegram_sim.core.types import Json

MAX_TEXT = 4096
"""Characters of a message "after entities parsing" (docs, sendMessage; td, MessageContent.cpp: code points)."""
MAX_CAPTION = 1024
"""Characters of a caption (docs, sendVideo)."""

MAX_SOURCE = 1 << 15
"""Bytes of a text with its markup (server, Client.cpp, get_formatted_text)."""

_WHOLE = {"code", "pre", "text_link", "text_mention", "custom_emoji", "date_time"}
_PARSERS = {"html": parse_html, "markdown": parse_markdown, "markdownv2": parse_markdown_v2}
_MODES = {"", "none", *_PARSERS}


def formatted(source: str, parse_mode: str, entities: list[Any] | None = None) -> Formatted:
    """Return `source` as Telegram stores it: markup parsed, spaces around it removed, links and the like found.

    Raises:
        ApiError: 400 for an unknown parse mode or broken markup.
    """
    if len(source.encode()) > MAX_SOURCE:
        raise bad_request("Text is too long")
    mode = parse_mode.lower()
    if source and mode not in _MODES:
        raise bad_request("Unsupported parse_mode")  # server, Client.cpp, get_formatted_text
    parser = _PARSERS.get(mode)
    parsed = Formatted(source, checked_entities(entities or [])) if parser is None else parser(source)
    trimmed = _trimmed(parsed)
    return Formatted(trimmed.text, in_order(trimmed.entities + _outside(find_entities(trimmed.text), trimmed.entities)))


def _trimmed(parsed: Formatted) -> Formatted:
    cut = utf16_length(parsed.text) - utf16_length(parsed.text.lstrip())
    text = parsed.text.strip()
    end = utf16_length(text)
    kept: list[Json] = []
    for entity in parsed.entities:
        start = max(entity["offset"] - cut, 0)
        stop = min(entity["offset"] + entity["length"] - cut, end)
        if stop > start:
            kept.append({**entity, "offset": start, "length": stop - start})
    return Formatted(text, kept)


def _outside(found: list[Json], entities: list[Json]) -> list[Json]:
    """Leave out what lies in an entity that no other may be in (td, MessageEntity.cpp, fix_entities)."""
    whole = [entity for entity in entities if entity["type"] in _WHOLE]
    return [one for one in found if not any(_overlap(one, entity) for entity in whole)]


def _overlap(one: Json, other: Json) -> bool:
    ends = (one["offset"] + one["length"], other["offset"] + other["length"])
    return bool(one["offset"] < ends[1] and other["offset"] < ends[0])


def message_text(source: str, parse_mode: str, entities: list[Any] | None = None) -> Formatted:
    """Return the text of a message.

    Raises:
        ApiError: 400 when nothing is left to send, or more than `MAX_TEXT` characters.
    """
    if not source:
        raise bad_request("Message text is empty")  # server, Client.cpp, get_input_message_text
    result = formatted(source, parse_mode, entities)
    if not result.text:
        raise bad_request("Text must be non-empty")  # td, MessageEntity.cpp, fix_formatted_text
    if len(result.text) > MAX_TEXT:
        raise bad_request("Message is too long")  # td, MessageContent.cpp
    return result


def caption(source: str, parse_mode: str, entities: list[Any] | None = None) -> Formatted:
    """Return the caption of a medium, which may be empty.

    Raises:
        ApiError: 400 for more than `MAX_CAPTION` characters.
    """
    result = formatted(source, parse_mode, entities)
    if len(result.text) > MAX_CAPTION:
        raise bad_request("Message caption is too long")  # td, MessageContent.cpp
    return result
