"""MarkdownV2 parse mode (td, MessageEntity.cpp, parse_markdown_v2)."""

import contextlib
import re
from dataclasses import dataclass, field

from telegram_sim.core.errors import ApiError
from telegram_sim.core.fields import FieldError
from telegram_sim.core.text.entities import date_time
from telegram_sim.core.text.formatting import Formatted, Parsing, byte_offset, code_begin, link, unparsable
from telegram_sim.core.types import Json

_RESERVED = frozenset("_*[]()~`>#+-=|{}.!\n")
_LAST_ESCAPABLE = "~"
_OWN_URL = re.compile(r"tg://(emoji|time)/?\?([^#]*)(?:#.*)?", re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_ENDS = {
    "bold": "*",
    "italic": "_",
    "underline": "__",
    "strikethrough": "~",
    "spoiler": "||",
    "code": "`",
    "pre": "```",
    "text_link": "]",
    "custom_emoji": "]",
}
_BEGINS = (
    ("__", "underline"),
    ("_", "italic"),
    ("*", "bold"),
    ("~", "strikethrough"),
    ("||", "spoiler"),
    ("![", "custom_emoji"),
    ("[", "text_link"),
    ("```", "pre"),
    ("`", "code"),
)
_NAMES = {
    "bold": "Bold",
    "italic": "Italic",
    "underline": "Underline",
    "strikethrough": "Strikethrough",
    "spoiler": "Spoiler",
    "code": "Code",
    "pre": "Pre",
    "text_link": "TextUrl",
    "custom_emoji": "CustomEmoji",
    "blockquote": "BlockQuote",
}


@dataclass
class _Open:
    kind: str
    at: int
    offset: int
    begin: int
    details: Json = field(default_factory=dict)


@dataclass
class _Parser(Parsing):
    open: list[_Open] = field(default_factory=list)
    quoting: bool = False
    line_begins: bool = True

    def run(self) -> Formatted:
        while self.position < len(self.source):
            character = self.source[self.position]
            if self._escapes(self.position):
                self._take(self.source[self.position + 1])
                self.position += 2
            elif character not in self._reserved():
                self._take(character)
                self.position += 1
            elif self._ends(character):
                self._close(character)
            else:
                self._begin(character)
        self._end_quote()
        if self.open:
            raise self._unended(self.open[-1])
        return self.found()

    def _escapes(self, position: int) -> bool:
        return self.source[position] == "\\" and "\0" < self.source[position + 1 : position + 2] <= _LAST_ESCAPABLE

    def _take(self, character: str) -> None:
        self.append(character)
        if character != "\r":
            self.line_begins = character == "\n"

    def _reserved(self) -> frozenset[str]:
        return frozenset("`") if self.open and self.open[-1].kind in {"code", "pre"} else _RESERVED

    def _ahead(self, expected: str) -> bool:
        return self.source.startswith(expected, self.position)

    def _ends(self, character: str) -> bool:
        if not self.open:
            return False
        if self.quoting and character == "\n" and not self.source.startswith(">", self.position + 1):
            return True
        kind = self.open[-1].kind
        if kind == "italic":
            return character == "_" and not self._ahead("__")
        return kind in _ENDS and self._ahead(_ENDS[kind])

    def _begin(self, character: str) -> None:
        if character == "\n":
            self._take(character)
            self.position += 1
            return
        begun = self.position
        if character == ">" and self.line_begins:
            self.position += 1
            if not self.quoting:
                self.quoting = True
                self._push("blockquote", begun)
            return
        found = next(((mark, kind) for mark, kind in _BEGINS if self._ahead(mark)), None)
        if found is None:
            raise unparsable(f"Character '{character}' is reserved and must be escaped with the preceding '\\'")
        mark, kind = found
        self.position += len(mark)
        language = ""
        if kind == "pre":
            language, self.position = code_begin(self.source, self.position)
        self._push(kind, begun, language)

    def _push(self, kind: str, at: int, language: str = "") -> None:
        details = {"language": language} if language else {}
        self.open.append(_Open(kind, at, self.offset, len(self.text), details))

    def _close(self, character: str) -> None:
        kind = self._closing(character)
        opened = self.open.pop()
        details: Json | None = opened.details
        empty = self.offset == opened.offset
        if kind in {"blockquote", "expandable_blockquote"}:
            self.quoting = empty = False
            self._take("\n")
            self.position += 1
        else:
            self.position += len(_ENDS[kind])
        if kind == "text_link":
            url = self._url() if self._ahead("(") else self.since(opened.begin)
            details = link(url)
        elif kind == "custom_emoji":
            if not self._ahead("("):
                raise unparsable("The entity must contain a tg://emoji or tg://time URL")
            kind, details = _told_by(self._url())
        if details is not None and not empty:
            self._add(kind, opened, details)

    def _closing(self, character: str) -> str:
        """Return what ends here; the end of a line ends a quote, which `||` before it makes expandable."""
        opened = self.open[-1]
        if character != "\n" or opened.kind == "blockquote":
            return opened.kind
        marked = self.position - (3 if self.text and self.text[-1] == "\r" else 2)
        if opened.kind != "spoiler" or opened.at not in {self.position - 2, marked}:
            raise self._unended(opened)
        self.open.pop()
        if self.open[-1].kind != "blockquote":
            raise self._unended(self.open[-1])
        return "expandable_blockquote"

    def _end_quote(self) -> None:
        if not self.quoting:
            return
        kind = "blockquote"
        if self.open[-1].kind == "spoiler" and self.open[-1].at == len(self.source) - 2:
            self.open.pop()
            kind = "expandable_blockquote"
        if self.open[-1].kind == "blockquote":
            opened = self.open.pop()
            if self.offset != opened.offset:
                self._add(kind, opened, {})

    def _url(self) -> str:
        self.position += 1
        begun = self.position
        url: list[str] = []
        while self.position < len(self.source) and self.source[self.position] != ")":
            self.position += self._escapes(self.position)
            url.append(self.source[self.position])
            self.position += 1
        if self.position == len(self.source):
            raise unparsable(f"Can't find end of a URL at byte offset {byte_offset(self.source, begun)}")
        self.position += 1
        return "".join(url)

    def _add(self, kind: str, opened: _Open, details: Json) -> None:
        length = self.offset - opened.offset
        self.entities.append({"offset": opened.offset, "length": length, "type": kind, **details})

    def _unended(self, opened: _Open) -> ApiError:
        name = "PreCode" if opened.details else _NAMES[opened.kind]
        return unparsable(f"Can't find end of {name} entity at byte offset {byte_offset(self.source, opened.at)}")


def _told_by(url: str) -> tuple[str, Json]:
    """Return the kind and the details that a link behind an exclamation mark stands for."""
    found = _OWN_URL.fullmatch(url)
    query = dict(pair.partition("=")[::2] for pair in reversed(found.group(2).split("&"))) if found else {}
    is_emoji = found is not None and found.group(1).lower() == "emoji"
    number = query.get("id" if is_emoji else "unix", "")
    if _NUMBER.fullmatch(number):
        if is_emoji:
            return "custom_emoji", {"custom_emoji_id": number}
        with contextlib.suppress(FieldError):
            return "date_time", date_time(int(number), query.get("format", ""))
    raise unparsable("Invalid tg://emoji or tg://time URL specified")


def parse_markdown_v2(source: str) -> Formatted:
    """Split `source` into text and entities.

    Raises:
        ApiError: 400 "can't parse entities: ..." for a reserved character that is not escaped, or an open entity.
    """
    return _Parser(source).run()
