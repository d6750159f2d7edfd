"""Fields of JSON objects, read and refused as Telegram's own parser does (td, utils/JsonBuilder.cpp)."""

from collections.abc import Callable
from typing import Any, TypeVar

from telegram_sim.core.errors import bad_request
from telegram_sim.core.types import Json

T = TypeVar("T")

_MAX_DIGITS = 19


class FieldError(ValueError):
    """A field that is missing or of the wrong type; whoever knows the object puts its name before the words."""


def read_object(value: Any, otherwise: str, read: Callable[[Json], T], about: str = "") -> T:
    """Return what `read` makes of an object.

    Raises:
        ApiError: 400 with the words `otherwise` for what is no object, with `about` and the cause for a wrong field.
    """
    if not isinstance(value, dict):
        raise bad_request(otherwise)
    try:
        return read(value)
    except FieldError as cause:
        raise bad_request(f"{about}{cause}") from cause


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


def integer_field(values: Json, name: str, bits: int = 32, default: int | None = None) -> int:
    """Return a whole number of so many bits, which may be written as a text; without a default it has to be there."""
    if name not in values:
        if default is not None:
            return default
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


def boolean_field(values: Json, name: str) -> bool:
    """Return a truth value, False if the field is missing."""
    value = values.get(name, False)
    if not isinstance(value, bool):
        raise FieldError(f'Field "{name}" must be of type Boolean')
    return value


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
