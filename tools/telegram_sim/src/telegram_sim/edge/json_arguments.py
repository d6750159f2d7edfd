"""A JSON body as the server's reader takes it (td, HttpReader.cpp, parse_json_parameters)."""

import json
import re
from typing import Any

from telegram_sim.core.types import deeper_than

MAX_DEPTH = 100
"""Of an argument (td, JsonBuilder.cpp, do_json_skip)."""

_SPACE = re.compile(r"[ \t\r\n]*")


def _first(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        found.setdefault(name, value)
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_first)


def json_arguments(body: bytes) -> dict[str, Any]:
    """Return the arguments in a JSON object; of two with one name the first.

    A mistake is no error: it ends the reading, and the call is carried out with the arguments before it (td,
    HttpReader.cpp, do_read_next, which only logs it). So a body that is cut off is told "message text is empty".
    """
    text = body.decode(errors="surrogateescape")
    try:
        whole = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return _up_to_the_mistake(text)
    if not isinstance(whole, dict):
        return {}
    return _up_to_the_mistake(text) if deeper_than(MAX_DEPTH + 1, whole) else whole


def _up_to_the_mistake(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    position = _expected("{", text, 0)
    while position > 0:
        position = _argument(text, position, found)
    return found


def _argument(text: str, position: int, found: dict[str, Any]) -> int:
    """Read an argument into `found` and return where the next one begins, -1 if there is none."""
    try:
        name, behind = _DECODER.raw_decode(text, _skipped(text, position))
        value, behind = _DECODER.raw_decode(text, _skipped(text, _expected(":", text, behind)))
    except (ValueError, RecursionError):
        return -1
    if not isinstance(name, str) or deeper_than(MAX_DEPTH, value):
        return -1
    found.setdefault(name, value)
    return _expected(",", text, behind)


def _expected(mark: str, text: str, position: int) -> int:
    position = _skipped(text, position)
    return position + 1 if text.startswith(mark, position) else -1


def _skipped(text: str, position: int) -> int:
    found = _SPACE.match(text, position) if position >= 0 else None
    return found.end() if found else len(text)
