"""What all parse modes share: text with its entities, and how a mistake is told."""

from dataclasses import dataclass, field

from telegram_sim.core.errors import ApiError
from telegram_sim.core.text.links import LinkError, checked_link, linked_user
from telegram_sim.core.types import Json

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


@dataclass
class Parsing:
    """How far a parse mode has come in its source, and what it has found."""

    source: str
    position: int = 0
    text: list[str] = field(default_factory=list)
    offset: int = 0
    """Of the text, in UTF-16 code units."""
    entities: list[Json] = field(default_factory=list)

    def append(self, text: str) -> None:
        """Add to the text."""
        self.text.append(text)
        self.offset += utf16_length(text)

    def since(self, begin: int) -> str:
        """Return the text from its part with that index on."""
        return "".join(self.text[begin:])

    def found(self) -> Formatted:
        """Return all that was found."""
        return Formatted(self.since(0), in_order(self.entities))


def utf16_length(text: str) -> int:
    """Return the length of `text` in UTF-16 code units, in which Telegram counts offsets."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def byte_offset(source: str, position: int) -> int:
    """Return the offset in bytes, in which Telegram's complaints count."""
    return len(source[:position].encode("utf-8", "surrogatepass"))


def unparsable(cause: str) -> ApiError:
    """Return the refusal of broken markup."""
    return ApiError(400, f"Bad Request: can't parse entities: {cause}")


def link(url: str) -> Json | None:
    """Return what a link says besides its place; None if it leads nowhere and the text stays plain.

    One to a user is a mention of them (td, MessageEntity.cpp: get_link_user_id, then get_checked_link).
    """
    if user := linked_user(url):
        return {"type": "text_mention", "user": {"id": user}}
    try:
        return {"type": "text_link", "url": checked_link(url)}
    except LinkError:
        return None


def in_order(entities: list[Json]) -> list[Json]:
    """Return entities as messages show them: by place, the longer first (td, MessageEntity.h, operator<)."""
    return sorted(entities, key=lambda entity: (entity["offset"], -entity["length"], _PRIORITY.get(entity["type"], 50)))


def code_begin(source: str, position: int) -> tuple[str, int]:
    """Return the language behind three backticks, "" if none is told, and where the code begins."""
    end = position
    while end < len(source) and source[end] not in " \t\r\n\0\v`":
        end += 1
    language = source[position:end] if end < len(source) and source[end] != "`" else ""
    begin = end if language else position
    line_end = next((mark for mark in ("\r\n", "\n\r", "\n", "\r") if source.startswith(mark, begin)), "")
    return language, begin + len(line_end)
