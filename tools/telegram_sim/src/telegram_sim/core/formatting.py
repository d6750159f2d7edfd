"""What all parse modes share: text with its entities, and how a mistake is told."""

from dataclasses import dataclass

from telegram_sim.core.errors import ApiError
from telegram_sim.core.types import Json

_ONE_UNIT = 0xFFFF
_PRIORITY = {
    "blockquote": 0,
    "expandable_blockquote": 0,
    "pre": 11,
    "code": 20,
    "text_link": 49,
    "text_mention": 49,
    "bold": 90,
    "italic": 91,
    "underline": 92,
    "strikethrough": 93,
    "spoiler": 94,
    "custom_emoji": 99,
    "date_time": 30,
}
"""Which of two entities of one place comes first (td, MessageEntity.cpp, get_type_priority)."""


@dataclass(frozen=True)
class Formatted:
    """Text without its markup, and docs' MessageEntity objects (offsets in UTF-16 code units)."""

    text: str
    entities: list[Json]


def utf16_length(text: str) -> int:
    """Return the length of `text` in UTF-16 code units, in which Telegram counts offsets."""
    return len(text) + sum(1 for character in text if ord(character) > _ONE_UNIT)


def byte_offset(source: str, position: int) -> int:
    """Return the offset in bytes, in which Telegram's complaints count."""
    return len(source[:position].encode("utf-8", "surrogatepass"))


def unparsable(cause: str) -> ApiError:
    """Return the refusal of broken markup."""
    return ApiError(400, f"Bad Request: can't parse entities: {cause}")


def link(url: str) -> Json | None:
    """Return what a text_link says besides its place; None if the link leads nowhere and the text stays plain.

    td (MessageEntity.cpp, get_checked_link) takes what looks like a URL; here that is whatever has a dot or a colon.
    """
    return {"url": url} if "." in url or ":" in url else None


def in_order(entities: list[Json]) -> list[Json]:
    """Return entities as messages show them: by place, the longer first (td, MessageEntity.h, operator<)."""
    return sorted(entities, key=lambda entity: (entity["offset"], -entity["length"], _PRIORITY.get(entity["type"], 50)))


def code_begin(source: str, position: int) -> tuple[str, int]:
    """Return the language behind three backticks, "" if none is told, and where the code begins."""
    end = position
    while end < len(source) and not source[end].isspace() and source[end] != "`":
        end += 1
    language = source[position:end] if end < len(source) and source[end] != "`" else ""
    begin = end if language else position
    line_end = next((mark for mark in ("\r\n", "\n\r", "\n", "\r") if source.startswith(mark, begin)), "")
    return language, begin + len(line_end)
