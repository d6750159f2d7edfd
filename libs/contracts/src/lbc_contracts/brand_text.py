"""What a text of a brand pack may be, and how a person's name goes into it.

Limits are those of Bot API 10.3 and of Polly's SynthesizeSpeech.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, StringConstraints

MAX_CAPTION: Final = 1024
MAX_MESSAGE: Final = 4096
MAX_NAME: Final = 64
"""Characters of a person's name that a text takes in; Telegram's own clients accept as many for a first name."""
MAX_SOURCE: Final = 32 * 1024
"""Bytes of a text with its tags that Telegram reads (telegram-bot-api, Client.cpp)."""

_BRACES: Final = re.compile(r"\{[^{}]*\}|[{}]")
_TAG: Final = re.compile(r"<(/?)([a-z][a-z0-9-]*)((?:\s+[a-z-]+(?:=\"[^\"<>]*\")?)*)\s*>", re.ASCII)
_ENTITY: Final = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});", re.ASCII)
_NUMBER: Final = re.compile(r"&#(\d{1,7}|x[0-9a-fA-F]{1,6});", re.ASCII)
_BARE_TAGS: Final = frozenset(
    ("b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "tg-spoiler", "code", "pre", "blockquote")
)
_TAGS_WITH: Final = {
    "a": re.compile(r'\s+href="(?:https?|tg|mailto|tel):[^"]+"'),
    "span": re.compile(r'\s+class="tg-spoiler"'),
    "code": re.compile(r'\s+class="language-[^"]+"'),
    "blockquote": re.compile(r"\s+expandable"),
    "tg-emoji": re.compile(r'\s+emoji-id="[1-9][0-9]{0,18}"'),
}
_NAME: Final = "{name}"
# Letters and symbols by their category that show nothing: fillers of Hangul, the blank of Braille, and what Telegram
# takes for a space.
_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufffc")
# Directions that a name must not impose on the words around it.
_BIDI_CONTROLS: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LAST_CODE_POINT: Final = 0x10FFFF  # which Telegram itself leaves out
_JOINER: Final = "\u200d"
_SKIN_TONES: Final = frozenset("\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")


def fill(text: str, name: str | None, length: int = MAX_NAME) -> str:
    """Put a person's name into a text of HTML parse mode.

    The name is a stranger's input: it is escaped, cut to ``length`` characters and stripped of line breaks, controls
    and marks of direction. When nothing visible is left, the placeholder goes, with the comma before it.
    """
    shown = _presentable(name or "", length)
    if not shown:
        return re.sub(r",?\s*\{name\}", "", text)
    # Quotes need no escape, since a name is never inside a tag (`_tag_problems`).
    return text.replace(_NAME, html.escape(shown, quote=False))


def _presentable(name: str, length: int) -> str:
    kept = "".join(
        " " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char
        for char in name[: 4 * MAX_NAME]
        if char not in _BIDI_CONTROLS and unicodedata.category(char) != "Cs"
    )
    short = _cut(" ".join(kept.split()), length).rstrip()
    # Joiners stay, since emoji and Persian need them, but a name of nothing else is no name.
    return short if _shows_something(short) else ""


def _shows_something(text: str) -> bool:
    return any(unicodedata.category(char)[0] not in "CZM" and char not in _BLANK for char in text)


def _cut(text: str, length: int) -> str:
    """At most ``length`` characters, and where that would part an accent from its letter or an emoji in two, fewer."""
    end = length
    while 0 < end < len(text) and (_leans_on_what_is_before(text[end]) or text[end - 1] == _JOINER):
        end -= 1
    return text[: end or length]


def _leans_on_what_is_before(char: str) -> bool:
    return char == _JOINER or char in _SKIN_TONES or unicodedata.category(char)[0] == "M"


def _checked(text: str, problems: Iterable[str]) -> str:
    if found := list(problems):
        raise ValueError("; ".join(found))
    return text


def _brace_problems(text: str, allowed: frozenset[str]) -> Iterator[str]:
    for found in sorted({match[0] for match in _BRACES.finditer(text)} - allowed):
        yield f"unknown placeholder {found}" if len(found) > 1 else f"stray {found}"


def _tag_problems(text: str) -> Iterator[str]:
    """What Telegram's HTML parser would refuse: unknown tags and attributes, and tags that do not nest.

    A name inside a tag is refused too: a stranger's words could end the tag, or choose where a link leads.
    """
    still_open: list[str] = []
    for closing, tag, attributes in _TAG.findall(text):
        if _NAME in attributes:
            yield f"{_NAME} inside <{tag}>; a name may only stand between tags"
        if closing:
            if attributes:
                yield f"</{tag}> takes no attributes"
            if not still_open or still_open.pop() != tag:
                yield f"</{tag}> closes nothing that is open"
                return
            continue
        pattern = _TAGS_WITH.get(tag)
        if not attributes and tag in _BARE_TAGS:
            pass
        elif pattern is None and tag not in _BARE_TAGS:
            yield f"<{tag}> is no tag of Telegram"
        elif pattern is None or not pattern.fullmatch(attributes):
            yield f"<{tag}> needs other attributes"
        still_open.append(tag)
    if still_open:
        yield f"<{still_open[-1]}> is never closed"


def _escape_problems(text: str) -> Iterator[str]:
    rest = _TAG.sub("", text)
    yield from (f"{char} must be written as {html.escape(char)}" for char in "<>" if char in rest)
    if "&" in _ENTITY.sub("", rest):
        yield "& must be written as &amp;"
    # Telegram and HTML differ on what such a number stands for, and there is no use for one.
    yield from (f"{found[0]} is no character" for found in _NUMBER.finditer(text) if not _is_character(found[1]))


def _is_character(number: str) -> bool:
    code = int(f"0{number}", 16) if number.startswith("x") else int(number)
    return code < _LAST_CODE_POINT and (unicodedata.category(chr(code)) not in {"Cc", "Cs"} or chr(code) in "\t\n")


def _shown(text: str) -> str:
    return html.unescape(_TAG.sub("", text))


def _length_problems(text: str, limit: int) -> Iterator[str]:
    """Lengths as Telegram counts them: UTF-16 units after parsing, and bytes before it, here with the longest name."""
    shown = _shown(text).replace(_NAME, "\U0001f600" * MAX_NAME)
    if (length := len(shown.encode("utf-16-le", "surrogatepass")) // 2) > limit:
        yield f"{length} characters with the longest name, {limit} allowed"
    if len(text.replace(_NAME, "&amp;" * MAX_NAME).encode("utf-8", "surrogatepass")) > MAX_SOURCE:
        yield f"Telegram reads at most {MAX_SOURCE} bytes of a text with its tags"


def _check_html(text: str, limit: int) -> str:
    def problems() -> Iterator[str]:
        yield from _brace_problems(text, frozenset({_NAME}))
        yield from _tag_problems(text)
        yield from _escape_problems(text)
        yield from _length_problems(text, limit)
        if not _shows_something(_shown(fill(text, None))):
            yield f"nothing to see in it{' for people without a visible name' if _NAME in text else ''}"

    return _checked(text, problems())


def _check_caption(text: str) -> str:
    return _check_html(text, MAX_CAPTION)


def _check_message(text: str) -> str:
    return _check_html(text, MAX_MESSAGE)


def _check_plain(text: str) -> str:
    def problems() -> Iterator[str]:
        yield from _brace_problems(text, frozenset())
        if not _shows_something(text):
            yield "nothing to see in it"

    return _checked(text, problems())


def _about(at_most: int) -> Any:
    """What the JSON schema says of an HTML text; JSON schema cannot measure what is shown."""
    return Field(json_schema_extra={"format": "telegram-html", "x-shown-at-most": at_most})


_Filled = StringConstraints(strip_whitespace=True, min_length=1)
Caption = Annotated[str, _Filled, AfterValidator(_check_caption), _about(MAX_CAPTION)]
Message = Annotated[str, _Filled, AfterValidator(_check_message), _about(MAX_MESSAGE)]
Label = Annotated[str, _Filled, Field(max_length=64), AfterValidator(_check_plain)]
Speech = Annotated[str, _Filled, Field(max_length=3000), AfterValidator(_check_plain)]
