"""What pydantic says of a brand pack, in words for those who write one."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from lbc_contracts.brand import Brand

_SHOWN: Final = 60

_WORDS: Final = {
    "missing": "missing",
    "string_too_short": "empty",
    "string_type": "must be a text",
    "model_type": "must be a mapping of keys",
    "model_attributes_type": "must be a mapping of keys",
    "mapping_type": "must be a mapping of keys",
    "dict_type": "must be a mapping of keys",
    "tuple_type": "must be a list",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number",
    "int_from_float": "must be a whole number",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
}
"""By pydantic's type of error; what stands in braces is of its context."""


def told(mistake: ErrorDetails, way: Sequence[str | int]) -> str:
    """One mistake in words.

    Args:
        mistake: of pydantic.
        way: to its key, from `Brand` down.
    """
    given, context = mistake.get("input"), mistake.get("ctx", {})
    match mistake["type"]:
        case "extra_forbidden":
            return _unknown(str(way[-1]), way[:-1])
        case "string_pattern_mismatch":
            return f"{_short(given)} does not match {context['pattern']}"
        case "string_too_long":
            return f"{len(str(given))} characters, {context['max_length']} allowed"
        case "literal_error":
            return f"{_short(given)} is none of {context['expected']}"
        case kind if kind in _WORDS:
            return _WORDS[kind].format(**context)
    return mistake["msg"].removeprefix("Value error, ")


def _short(given: object) -> str:
    if not isinstance(given, str):
        return "what is given"  # a few aliases can make a list that no memory holds
    text = repr(given[: _SHOWN + 1])
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _unknown(key: str, mapping: Sequence[str | int]) -> str:
    """That a key is unknown, with the nearest known one."""
    known = [name for model in _models(Brand, mapping) for name in model.model_fields]
    near = difflib.get_close_matches(key, known, n=1)
    return f"unknown key; did you mean {near[0]}?" if near else "unknown key"


def _models(annotation: Any, way: Sequence[str | int]) -> Iterator[type[BaseModel]]:
    """The models that stand at a place of the schema; mappings and lists are passed through."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if not way:
            yield annotation
        elif field := annotation.model_fields.get(str(way[0])):
            yield from _models(field.annotation, way[1:])
    elif way:
        rest = way[1:] if get_origin(annotation) in {Mapping, tuple} else way
        for inner in get_args(annotation):
            yield from _models(inner, rest)
