"""Texts within Telegram's bounds, cut without breaking their HTML.

Telegram counts what is left after the entities are parsed. We count UTF-16 units, as its entities do: never fewer than
it counts, so a text that fits here fits there.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

TEXT_LIMIT: Final = 4096
CAPTION_LIMIT: Final = 1024
ELLIPSIS: Final = "…"

_TOKEN: Final = re.compile(
    r"<(?P<slash>/?)(?P<tag>[A-Za-z][A-Za-z0-9-]*)(?:\s[^<>]*)?>"
    r"|&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8});"
    r"|.",
    re.DOTALL,
)
_JOINERS: Final = frozenset("\u200d\ufe0e\ufe0f\u20e3") | {chr(c) for c in range(0x1F3FB, 0x1F400)}
_ZWJ: Final = "\u200d"


@dataclass(frozen=True, slots=True)
class _Piece:
    """A tag, or a character however it is written."""

    raw: str
    shown: str = ""
    opens: str = ""
    closes: str = ""


def visible_length(text: str) -> int:
    """How long Telegram may find the HTML ``text``, in UTF-16 units."""
    return sum(_units(piece.shown) for piece in _pieces(text))


def within(text: str, limit: int) -> str:
    """``text`` unchanged if it fits, else its beginning with an ellipsis, every tag closed that was open.

    Args:
        text: Telegram's HTML.
        limit: visible UTF-16 units, at least 1.
    """
    if len(text) <= limit // 2:  # a character is at most two units, and entities only shrink
        return text
    pieces = list(_pieces(text))
    if sum(_units(piece.shown) for piece in pieces) <= limit:
        return text
    kept = pieces[: _cut(pieces, limit - _units(ELLIPSIS))]
    still_open: list[str] = []
    for piece in kept:
        if piece.opens:
            still_open.append(piece.opens)
        elif piece.closes and still_open and still_open[-1] == piece.closes:
            still_open.pop()
    closing = "".join(f"</{tag}>" for tag in reversed(still_open))
    return "".join(piece.raw for piece in kept) + ELLIPSIS + closing


def _pieces(text: str) -> Iterator[_Piece]:
    for match in _TOKEN.finditer(text):
        raw = match[0]
        if tag := match["tag"]:
            yield _Piece(raw, closes=tag.lower()) if match["slash"] else _Piece(raw, opens=tag.lower())
        else:
            yield _Piece(raw, html.unescape(raw) if len(raw) > 1 else raw)


def _cut(pieces: list[_Piece], room: int) -> int:
    """How many pieces fit into ``room`` without tearing a character from what is joined to it."""
    used = 0
    whole = 0
    before = ""
    for index, piece in enumerate(pieces):
        if piece.shown:
            if not _joins(before, piece.shown):
                whole = index
            before = piece.shown
        used += _units(piece.shown)
        if used > room:
            return whole
    return len(pieces)


def _joins(before: str, shown: str) -> bool:
    """Whether ``shown`` belongs to the character before it: accents, variation selectors, joined emoji."""
    return bool(before) and (before[-1] == _ZWJ or shown[0] in _JOINERS or unicodedata.combining(shown[0]) != 0)


def _units(shown: str) -> int:
    return len(shown.encode("utf-16-le", "surrogatepass")) // 2
