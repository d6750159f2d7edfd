"""The keys of a brand pack, for editors as JSON schema and for people as a table; both from the models."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, Final

from lbc_contracts.brand import Brand, Texts

Json = dict[str, Any]

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_HTML: Final = "telegram-html"


def brand_schema() -> Json:
    """JSON schema of ``brand.yaml``."""
    schema = Brand.model_json_schema()
    del schema["properties"]["texts"], schema["$defs"][Texts.__name__]
    schema["required"].remove("texts")
    return _dressed(schema, "brand.yaml of a brand pack")


def texts_schema() -> Json:
    """JSON schema of ``texts/<language>.yaml``."""
    return _dressed(Texts.model_json_schema(), "texts/<language>.yaml of a brand pack")


def brand_table() -> str:
    """The keys of ``brand.yaml`` as a Markdown table."""
    return _table(("key", "kind", "needed", "meaning"), _rows(brand_schema(), ""))


def texts_table() -> str:
    """The keys of ``texts/<language>.yaml`` as a Markdown table."""
    schema = texts_schema()
    rows = ((f"`{key}`", _kind(about), _most(about), about["description"]) for key, about in _properties(schema))
    return _table(("key", "kind", "at most", "when"), rows)


def _rows(schema: Json, before: str) -> Iterator[tuple[str, ...]]:
    """One row for each key that holds a value, those of inner mappings under their own names."""
    for key, about in _properties(schema):
        inner, way = _inner(about), f"{before}{key}"
        needed = "yes" if key in schema.get("required", ()) else _default(about)
        step, kind = _step(about) if inner else ("", _kind(about))
        yield f"`{way}`", kind, needed, about["description"]
        yield from _rows(inner, f"{way}{step}.") if inner else ()


def _step(about: Json) -> tuple[str, str]:
    """What stands between a key and the keys of the mapping inside, and what kind of value that makes it."""
    if "properties" in about:
        return "", "keys"
    return ("[]", "list") if about["type"] == "array" else (".<language>", "for each language")


def _properties(schema: Json) -> Iterator[tuple[str, Json]]:
    for key, about in schema["properties"].items():
        yield key, _resolved(about, schema)


def _resolved(about: Json, schema: Json) -> Json:
    """Follow a reference; the definitions go along, for those below."""
    found = about
    if name := about.get("$ref", "").rpartition("/")[2]:
        found = schema["$defs"][name] | {key: value for key, value in about.items() if key != "$ref"}
    return {"$defs": schema["$defs"]} | found if "$defs" in schema else found


def _inner(about: Json) -> Json | None:
    """The mapping that a key is, or that its list or its languages hold, if it is a mapping."""
    held = about if "properties" in about else _held(about)
    return held if held and "properties" in held else None


def _held(about: Json) -> Json | None:
    """What a list or the languages hold."""
    patterns = about.get("patternProperties") or {}
    held = about.get("items") or next(iter(patterns.values()), None)
    return _resolved(held, about) if held else None


def _kind(about: Json) -> str:
    if about.get("format") == _HTML:
        return "HTML"
    if choices := about.get("enum"):
        return ", ".join(f"`{choice}`" for choice in choices)
    if about.get("type") == "object":
        return "text for each language"
    if about["type"] == "array":
        held = _held(about)
        return f"list of {_kind(held)}" if held else "list"
    return {"string": "text", "integer": "number", "number": "number", "boolean": "`true`, `false`"}[about["type"]]


def _most(about: Json) -> str:
    return str(about.get("x-shown-at-most") or about.get("maxLength") or "")


def _default(about: Json) -> str:
    default = None if "properties" in about else about.get("default")
    many = default if isinstance(default, list) else [] if default is None else [default]
    return ", ".join(f"`{one}`" for one in many) or "no"


def _table(header: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def _dressed(schema: Json, title: str) -> Json:
    """With its dialect and title, and without what is pydantic's own.

    These are titles made of names, and null for what is left out: a key of a pack is a value or is not there.
    """
    bare = copy.deepcopy(schema)
    for part in (bare, *bare.get("$defs", {}).values()):
        part.pop("title", None)
        for about in part.get("properties", {}).values():
            about.pop("title", None)
            for choice in about.pop("anyOf", ()):
                about.update(choice if choice["type"] != "null" else {})
            if isinstance(about.get("default"), dict | None):
                about.pop("default", None)
    return {"$schema": _DIALECT, "title": title} | bare
