"""Fields of JSON objects, read and refused as Telegram's own parser does (td, utils/JsonBuilder.cpp)."""

from typing import Any

from telegram_sim.core.types import Json

_MAX_DIGITS = 19


class FieldError(ValueError):
    """A field that is missing or of the wrong type; whoever knows the object puts its name before the words."""


def text_field(values: Json, name: str, default: str | None = None) -> str:
    """Return a text; a number is one too. Without a default the field has to be there."""
    if name not in values:
        return _missing(name) if default is None else default
    value = values[name]
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise FieldError(f'Field "{name}" must be of type String')


def integer_field(values: Json, name: str, bits: int = 32) -> int:
    """Return a whole number of so many bits, which may be written as a text."""
    if name not in values:
        _missing(name)
    value = values[name]
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise FieldError(f'Field "{name}" must be a Number')
    text = str(value)
    digits = text.removeprefix("-")
    fits = digits.isdecimal() and digits.isascii() and len(digits) <= _MAX_DIGITS
    if not fits or str(int(text)) != text or not -(2 ** (bits - 1)) <= int(text) < 2 ** (bits - 1):
        raise FieldError(f'Field "{name}" must be a valid Number')
    return int(text)


def object_field(values: Json, name: str) -> Json:
    """Return an object."""
    if name not in values:
        _missing(name)
    value = values[name]
    if not isinstance(value, dict):
        raise FieldError(f'Field "{name}" must be of type Object')
    return value


def list_field(values: Json, name: str) -> list[Any]:
    """Return a list, an empty one if the field is missing."""
    value = values.get(name, [])
    if not isinstance(value, list):
        raise FieldError(f'Field "{name}" must be of type Array')
    return value


def _missing(name: str) -> str:
    raise FieldError(f'Can\'t find field "{name}"')
