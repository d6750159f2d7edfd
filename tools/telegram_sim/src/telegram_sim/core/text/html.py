"""HTML parse mode: which markup Telegram takes, and how it complains (td, MessageEntity.cpp, parse_html)."""

import re
from dataclasses import dataclass, field

from telegram_sim.core.errors import ApiError
from telegram_sim.core.fields import FieldError
from telegram_sim.core.text.entities import date_time
from telegram_sim.core.text.formatting import Formatted, Parsing, byte_offset, link, unparsable
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
_PLAIN = re.compile(r"[^<]*")
_SPACES = re.compile(r"\s*", re.ASCII)
_NAME = re.compile(r"[^\s>]*", re.ASCII)
_ATTRIBUTE = re.compile(
    r"\s*([^\s=>/\"']+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9.-]+)(?=[\s>])))?\s*", re.ASCII
)
_LAST_CODE_POINT = 0x10FFFF
_LANGUAGE = "language-"
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNMATCHED = (
    "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units"
)
_UNIX = re.compile(r"[0-9]{1,10}")
_EMOJI = re.compile(r"[1-9][0-9]{0,18}")


@dataclass
class _Open:
    tag: str
    attributes: dict[str, str]
    offset: int
    begin: int


@dataclass
class _Parser(Parsing):
    open: list[_Open] = field(default_factory=list)

    def run(self) -> Formatted:
        while self.position < len(self.source):
            if self.source.startswith("</", self.position):
                self._end_tag()
            elif self.source[self.position] == "<":
                self._start_tag()
            else:
                self._characters()
        if self.open:
            raise unparsable(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        for entity in self.entities:
            if entity["type"] == "code":
                entity.pop("language", None)
        if _SURROGATE.search(self.since(0)):
            raise unparsable(_UNMATCHED)
        return self.found()

    def _at(self, begin: int) -> str:
        return f"at byte offset {byte_offset(self.source, begin)}"

    def _characters(self) -> None:
        """Take over what stands before the next tag."""
        plain = _match(_PLAIN, self.source, self.position)
        self.append(_unescape(plain.group()))
        self.position = plain.end()

    def _start_tag(self) -> None:
        begin = self.position
        name = _match(_NAME, self.source, begin + 1)
        self.position = name.end()
        tag = name.group().lower()
        if self.position >= len(self.source):
            raise unparsable(f"Unclosed start tag {self._at(begin)}")
        if tag not in _KINDS:
            raise unparsable(f'Unsupported start tag "{tag}" {self._at(begin)}')
        attributes = self._attributes(tag, begin)
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise unparsable(f'Tag "span" must have class "tg-spoiler" {self._at(begin)}')
        self.open.append(_Open(tag, attributes, self.offset, len(self.text)))

    def _attributes(self, tag: str, begin: int) -> dict[str, str]:
        found: dict[str, str] = {}
        while True:
            self.position = _match(_SPACES, self.source, self.position).end()
            if self.position >= len(self.source):
                raise unparsable(f'Unclosed start tag "{tag}" {self._at(begin)}')
            if self.source[self.position] == ">":
                self.position += 1
                return found
            match = _ATTRIBUTE.match(self.source, self.position)
            if match is None:
                raise unparsable(f'Empty attribute name in the tag "{tag}" {self._at(begin)}')
            self.position = match.end()
            if self.source[self.position : self.position + 1] == "=":
                raise self._broken_value(tag, begin)
            value = next((part for part in match.groups()[1:] if part is not None), "")
            found[match.group(1)] = _SURROGATE.sub("", _unescape(value))

    def _broken_value(self, tag: str, begin: int) -> ApiError:
        rest = self.source[self.position + 1 :].lstrip()
        if not rest:
            return unparsable(f'Unclosed start tag "{tag}" {self._at(begin)}')
        if rest[0] in "\"'":
            return unparsable(f"Unclosed start tag {self._at(begin)}")
        return unparsable(f"Unexpected end of name token {self._at(len(self.source) - len(rest))}")

    def _end_tag(self) -> None:
        begin = self.position
        if not self.open:
            raise unparsable(f"Unexpected end tag {self._at(begin)}")
        name = _match(_NAME, self.source, begin + 2)
        tag = name.group().lower()
        end = _match(_SPACES, self.source, name.end()).end()
        if not self.source.startswith(">", end):
            raise unparsable(f"Unclosed end tag {self._at(begin)}")
        self.position = end + 1
        opened = self.open.pop()
        if tag and tag != opened.tag:
            raise unparsable(f'Unmatched end tag {self._at(begin)}, expected "</{opened.tag}>", found "</{tag}>"')
        if self.offset > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        place: Json = {"offset": opened.offset, "length": self.offset - opened.offset}
        if opened.tag in {"pre", "code"} and self._merged(opened, place):
            return
        details = self._details(opened)
        if details is not None:
            self.entities.append({**place, "type": _KINDS[opened.tag], **details})

    def _merged(self, opened: _Open, place: Json) -> bool:
        """Make one entity of a pre and a code of the same text, if the code names its language."""
        last = self.entities[-1] if self.entities else {}
        other = {"pre": "code", "code": "pre"}[opened.tag]
        language = last.get("language") if opened.tag == "pre" else _language(opened)
        if not language or last.get("type") != other or not place.items() <= last.items():
            return False
        self.entities[-1] = {**place, "type": "pre", "language": language}
        return True

    def _details(self, opened: _Open) -> Json | None:
        if opened.tag == "a":
            return link(opened.attributes.get("href") or self.since(opened.begin))
        if opened.tag == "tg-emoji":
            emoji = opened.attributes.get("emoji-id", "")
            if not _EMOJI.fullmatch(emoji):
                raise unparsable("Invalid custom emoji identifier specified")
            return {"custom_emoji_id": emoji}
        if opened.tag == "tg-time":
            return _date_time(opened.attributes)
        if opened.tag == "blockquote" and "expandable" in opened.attributes:
            return {"type": "expandable_blockquote"}
        language = _language(opened) if opened.tag == "code" else ""
        return {"language": language} if language else {}  # taken away again unless a pre is around it


def _date_time(attributes: dict[str, str]) -> Json | None:
    unix = _UNIX.match(attributes.get("unix", ""))
    try:
        said = date_time(int(unix.group()) if unix else 0, attributes.get("format", ""))
    except FieldError as cause:
        raise unparsable("Invalid date format used") from cause  # td, FormattedDate.cpp, get_date_flags
    return said if said["unix_time"] else None


def _language(opened: _Open) -> str:
    named = opened.attributes.get("class", "")
    return named.removeprefix(_LANGUAGE) if named.startswith(_LANGUAGE) else ""


def _match(pattern: re.Pattern[str], text: str, position: int) -> re.Match[str]:
    match = pattern.match(text, position)
    if match is None:  # all patterns used here match the empty string
        raise AssertionError(pattern)
    return match


def _meaning(reference: re.Match[str]) -> str:
    """Return the character that a reference stands for, "" if it stands for none."""
    hexadecimal, decimal, name = reference.groups()
    if name is not None:
        return _NAMED.get(name, "")
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    return chr(code) if 0 < code < _LAST_CODE_POINT else ""


def _unescape(source: str) -> str:
    return _REFERENCE.sub(lambda reference: _meaning(reference) or reference.group(), source)


def parse_html(source: str) -> Formatted:
    """Split `source` into text and entities.

    Raises:
        ApiError: 400 "can't parse entities: ..." for tags that are unknown, unbalanced or unclosed.
    """
    return _Parser(source).run()
