"""HTML parse mode: which markup Telegram takes, and how it complains (td, MessageEntity.cpp, parse_html)."""

import re
from dataclasses import dataclass, field

from telegram_sim.core.errors import ApiError
from telegram_sim.core.types import Json

_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([A-Za-z]+));?")
_NAME = re.compile(r"[^\s>]*")
_ATTRIBUTE = re.compile(r"\s*([^\s=>/\"']+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9.-]+)(?=[\s>])))?\s*")
_LAST_CODE_POINT = 0x10FFFF


@dataclass(frozen=True)
class Formatted:
    """Text without its markup, and docs' MessageEntity objects (offsets in UTF-16 code units)."""

    text: str
    entities: list[Json]


@dataclass
class _Open:
    tag: str
    attributes: dict[str, str]
    offset: int
    begin: int


@dataclass
class _Parser:
    source: str
    position: int = 0
    text: list[str] = field(default_factory=list)
    offset: int = 0
    open: list[_Open] = field(default_factory=list)
    entities: list[Json] = field(default_factory=list)

    def run(self) -> Formatted:
        while self.position < len(self.source):
            if self.source.startswith("</", self.position):
                self._end_tag()
            elif self.source[self.position] == "<":
                self._start_tag()
            else:
                self._character()
        if self.open:
            raise _refuse(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        ordered = sorted(self.entities, key=lambda entity: (entity["offset"], -entity["length"]))
        return Formatted("".join(self.text), ordered)

    def _at(self, begin: int) -> str:
        return f"at byte offset {len(self.source[:begin].encode())}"

    def _character(self) -> None:
        value, self.position = _character(self.source, self.position)
        self.text.append(value)
        self.offset += utf16_length(value)

    def _start_tag(self) -> None:
        begin = self.position
        name = _match(_NAME, self.source, begin + 1)
        self.position = name.end()
        tag = name.group().lower()
        if self.position >= len(self.source):
            raise _refuse(f"Unclosed start tag {self._at(begin)}")
        if tag not in _KINDS:
            raise _refuse(f'Unsupported start tag "{tag}" {self._at(begin)}')
        attributes = self._attributes(tag, begin)
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise _refuse(f'Tag "span" must have class "tg-spoiler" {self._at(begin)}')
        self.open.append(_Open(tag, attributes, self.offset, len(self.text)))

    def _attributes(self, tag: str, begin: int) -> dict[str, str]:
        found: dict[str, str] = {}
        while True:
            while self.source[self.position : self.position + 1].isspace():
                self.position += 1
            if self.position >= len(self.source):
                raise _refuse(f'Unclosed start tag "{tag}" {self._at(begin)}')
            if self.source[self.position] == ">":
                self.position += 1
                return found
            match = _ATTRIBUTE.match(self.source, self.position)
            if match is None:
                raise _refuse(f'Empty attribute name in the tag "{tag}" {self._at(begin)}')
            self.position = match.end()
            if self.source[self.position : self.position + 1] == "=":
                raise self._broken_value(begin)
            value = next((part for part in match.groups()[1:] if part is not None), "")
            found[match.group(1)] = _unescape(value)

    def _broken_value(self, begin: int) -> ApiError:
        rest = self.source[self.position + 1 :].lstrip()
        if not rest or rest[0] in "\"'":
            return _refuse(f"Unclosed start tag {self._at(begin)}")
        return _refuse(f"Unexpected end of name token {self._at(len(self.source) - len(rest))}")

    def _end_tag(self) -> None:
        begin = self.position
        if not self.open:
            raise _refuse(f"Unexpected end tag {self._at(begin)}")
        name = _match(_NAME, self.source, begin + 2)
        tag = name.group().lower()
        rest = self.source[name.end() :].lstrip()
        if not rest.startswith(">"):
            raise _refuse(f"Unclosed end tag {self._at(begin)}")
        self.position = len(self.source) - len(rest) + 1
        opened = self.open.pop()
        if tag and tag != opened.tag:
            raise _refuse(f'Unmatched end tag {self._at(begin)}, expected "</{opened.tag}>", found "</{tag}>"')
        if self.offset > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        entity: Json = {
            "offset": opened.offset,
            "length": self.offset - opened.offset,
            "type": _KINDS[opened.tag],
        }
        if opened.tag == "a":
            url = opened.attributes.get("href") or "".join(self.text[opened.begin :])
            if "." not in url and ":" not in url:
                return  # a link that leads nowhere is plain text (td, MessageEntity.cpp)
            entity["url"] = url
        elif opened.tag == "tg-emoji":
            emoji = opened.attributes.get("emoji-id", "")
            if not emoji.isdecimal() or not int(emoji):
                raise _refuse("Invalid custom emoji identifier specified")
            entity["custom_emoji_id"] = emoji
        elif opened.tag == "blockquote" and "expandable" in opened.attributes:
            entity["type"] = "expandable_blockquote"
        self.entities.append(entity)


def _refuse(cause: str) -> ApiError:
    return ApiError(400, f"Bad Request: can't parse entities: {cause}")


def _match(pattern: re.Pattern[str], text: str, position: int) -> re.Match[str]:
    match = pattern.match(text, position)
    if match is None:  # both patterns used here match the empty string
        raise AssertionError(pattern)
    return match


def _character(source: str, position: int) -> tuple[str, int]:
    match = _REFERENCE.match(source, position) if source[position] == "&" else None
    if match is None:
        return source[position], position + 1
    hexadecimal, decimal, name = match.groups()
    if name is not None:
        value = _NAMED.get(name, "")
    else:
        code = int(hexadecimal, 16) if hexadecimal else int(decimal)
        value = chr(code) if 0 < code < _LAST_CODE_POINT and not 0xD800 <= code <= 0xDFFF else ""  # noqa: PLR2004 - surrogates
    return (value, match.end()) if value else ("&", position + 1)


def _unescape(source: str) -> str:
    parts: list[str] = []
    position = 0
    while position < len(source):
        value, position = _character(source, position)
        parts.append(value)
    return "".join(parts)


def utf16_length(text: str) -> int:
    """Return the length of `text` in UTF-16 code units, in which Telegram counts offsets."""
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)  # noqa: PLR2004 - the last of one unit


def parse_html(source: str) -> Formatted:
    """Split `source` into text and entities.

    Raises:
        ApiError: 400 "can't parse entities: ..." for tags that are unknown, unbalanced or unclosed.
    """
    return _Parser(source).run()
