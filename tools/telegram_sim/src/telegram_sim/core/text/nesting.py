"""Which entities may lie within others (td, MessageEntity.cpp, fix_entities, split_entities, merge_new_entities)."""

from bisect import bisect_right
from collections import deque

from telegram_sim.core.text.formatting import in_order
from telegram_sim.core.types import Json

_STYLES = {"bold", "italic", "underline", "strikethrough", "spoiler"}
"""May lie anywhere: where another style begins, or any other entity begins or ends within one, it is split."""
_QUOTES = {"blockquote", "expandable_blockquote"}
_PLAIN = {"code", "pre", "date_time"}
"""Hold no style."""

_AT_THE_END: Json = {"offset": 2**31, "length": 0, "type": ""}

Span = tuple[int, int]


def nested(entities: list[Json], found: list[Json] | None = None) -> list[Json]:
    """Return entities as Telegram stores them: styles merged and split, whatever crosses something else left out.

    `found` are those that Telegram itself found in the text, which lie side by side; they give way to the others.
    """
    ordered = in_order(entities)
    quotes = _Row([entity for entity in ordered if entity["type"] in _QUOTES])
    whole = _Row([entity for entity in ordered if entity["type"] not in _QUOTES and entity["type"] not in _STYLES])
    kept = _Row([entity for entity in whole.entities if quotes.respected_by(entity)])
    free = [one for one in found or [] if quotes.respected_by(one) and kept.met_by(one) is None]
    others = in_order(quotes.entities + kept.entities + free)
    return in_order(others + _Splitter([entity for entity in ordered if entity["type"] in _STYLES]).run(others))


class _Row:
    """Entities side by side: what begins before another one has ended is left out (remove_intersecting_entities)."""

    def __init__(self, ordered: list[Json]) -> None:
        self.entities: list[Json] = []
        self._ends: list[int] = []
        for entity in ordered:
            if not self._ends or entity["offset"] >= self._ends[-1]:
                self.entities.append(entity)
                self._ends.append(_end(entity))

    def met_by(self, other: Json) -> Json | None:
        """Return the first entity that shares a character with another one."""
        index = bisect_right(self._ends, other["offset"])
        met = self.entities[index] if index < len(self.entities) else None
        return met if met is not None and met["offset"] < _end(other) else None

    def respected_by(self, other: Json) -> bool:
        """Tell whether an entity lies within one of these, or outside (remove_entities_intersecting_blockquote)."""
        met = self.met_by(other)
        return met is None or (met["offset"] <= other["offset"] and _end(other) <= _end(met))


class _Splitter:
    """Goes through styles and other entities side by side, as split_entities does."""

    def __init__(self, styles: list[Json]) -> None:
        self._left = deque(styles)
        self._open: dict[str, Span] = {}
        self._done: list[Json] = []

    def run(self, others: list[Json]) -> list[Json]:
        around: list[Json] = []
        for other in [*others, _AT_THE_END]:
            while around and other["offset"] >= _end(around[-1]):
                self._close(around.pop())
            self._go_to(other["offset"])
            around.append(other)
        return self._done

    def _close(self, other: Json) -> None:
        before = len(self._done)
        self._go_to(_end(other))
        if other["type"] in _PLAIN:
            del self._done[before:]

    def _go_to(self, place: int) -> None:
        while self._left and self._left[0]["offset"] < place:
            style = self._left.popleft()
            kind, begin, end = style["type"], style["offset"], _end(style)
            if kind in self._open and begin <= self._open[kind][1]:
                self._open[kind] = (self._open[kind][0], max(end, self._open[kind][1]))
            else:
                self._cut(begin)
                self._open[kind] = (begin, end)
        self._cut(place)

    def _cut(self, place: int) -> None:
        for kind, (begin, end) in list(self._open.items()):
            if begin >= place:
                continue
            self._done.append({"offset": begin, "length": min(end, place) - begin, "type": kind})
            if end <= place:
                del self._open[kind]
            else:
                self._open[kind] = (place, end)


def _end(entity: Json) -> int:
    return int(entity["offset"] + entity["length"])
