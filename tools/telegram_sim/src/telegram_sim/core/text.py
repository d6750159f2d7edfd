"""Message texts and captions: limits, trimming and the entities that Telegram finds by itself."""

import re

from telegram_sim.core.errors import ApiError, bad_request
from telegram_sim.core.html import Formatted, parse_html, utf16_length
from telegram_sim.core.types import Json

MAX_TEXT = 4096
"""Characters of a message "after entities parsing" (docs, sendMessage; td, MessageContent.cpp: code points)."""
MAX_CAPTION = 1024
"""Characters of a caption (docs, sendVideo)."""

MAX_OFFSET = 2**31

_COMMAND = re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])")
_MODES = {"", "html", "markdown", "markdownv2", "none"}


def formatted(source: str, parse_mode: str, entities: list[Json] | None = None) -> Formatted:
    """Return `source` as Telegram stores it: markup parsed, spaces around it removed, commands found.

    Markdown is taken as plain text: it is not simulated yet.

    Raises:
        ApiError: 400 for an unknown parse mode or broken markup.
    """
    mode = parse_mode.lower()
    if mode not in _MODES:
        raise ApiError(400, "Bad Request: unsupported parse_mode")  # server, Client.cpp, get_formatted_text
    parsed = parse_html(source) if mode == "html" else Formatted(source, _checked(entities or []))
    trimmed = _trimmed(parsed)
    return Formatted(trimmed.text, trimmed.entities + commands(trimmed.text))


def _checked(entities: list[Json]) -> list[Json]:
    for entity in entities:
        numbers = (entity.get("offset"), entity.get("length"))
        if not all(type(number) is int and 0 <= number < MAX_OFFSET for number in numbers):
            raise bad_request('Can\'t parse MessageEntity: Field "offset" and "length" must be Numbers')
        if not isinstance(entity.get("type"), str):
            raise bad_request('Can\'t parse MessageEntity: Field "type" must be of type String')
    return list(entities)


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


def commands(text: str) -> list[Json]:
    """Return the bot_command entities of `text`."""
    return [
        {"offset": utf16_length(text[: found.start()]), "length": len(found.group()), "type": "bot_command"}
        for found in _COMMAND.finditer(text)
    ]


def message_text(source: str, parse_mode: str, entities: list[Json] | None = None) -> Formatted:
    """Return the text of a message.

    Raises:
        ApiError: 400 when nothing is left to send, or more than `MAX_TEXT` characters.
    """
    result = formatted(source, parse_mode, entities)
    if not result.text:
        raise bad_request("Message text is empty")  # server, Client.cpp
    if len(result.text) > MAX_TEXT:
        raise bad_request("Message is too long")  # td, MessagesManager.cpp, MESSAGE_TOO_LONG
    return result


def caption(source: str, parse_mode: str, entities: list[Json] | None = None) -> Formatted:
    """Return the caption of a medium, which may be empty.

    Raises:
        ApiError: 400 for more than `MAX_CAPTION` characters.
    """
    result = formatted(source, parse_mode, entities)
    if len(result.text) > MAX_CAPTION:
        raise bad_request("Message caption is too long")  # td, MessagesManager.cpp, MEDIA_CAPTION_TOO_LONG
    return result
