"""The arguments of a call: Telegram reads them all as text, whatever form they came in (server, Query.h)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from telegram_sim.core.errors import ApiError, bad_request
from telegram_sim.core.types import Json, deeper_than

_INTEGER = re.compile(r"-?[0-9]+")
_INTEGER_DIGITS = 20
_MAX_SHOWN = 8192
"""Characters of an argument that the record keeps: the longest text that Telegram takes fits in."""
_ATTACHED = "attach://"
_MAX_DEPTH = 100
"""td, JsonBuilder.cpp, do_json_decode."""
_SECRETS = ("secret_token",)

NULL: Any = object()
"""A null that was given, which is not the same as nothing: it is no object and no list."""


@dataclass(frozen=True)
class Upload:
    """A file that came with the call itself."""

    name: str
    content_type: str
    content: bytes


def _utf8(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as cause:
        raise bad_request("strings must be encoded in UTF-8") from cause  # td, misc.cpp, clean_input_string
    return text


class Args:
    """Arguments by name, from the query string, a JSON body or a form, read leniently as Telegram does.

    A null in a JSON body is the text "null", like any value there that is no text (td, HttpReader.cpp,
    parse_json_parameters): `"reply_markup": null` is refused, as many a bot has found out.
    """

    def __init__(self, values: Mapping[str, Any], uploads: Mapping[str, Upload] | None = None) -> None:
        self._values = values
        self._uploads = uploads or {}

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str) -> str:
        """Return the argument as text, "" when it is missing."""
        return _utf8(self._raw(name))

    def integer(self, name: str, default: int = 0) -> int:
        """Return the argument as a number: its leading digits, 0 if there are none (td, misc.h, to_integer).

        `default` stands for a missing or empty argument. What needs more than 64 bits is taken as 0, where the
        real one wraps around.
        """
        text = self._raw(name)
        if not text:
            return default
        found = _INTEGER.match(text)
        return int(found.group()) if found and len(found.group().removeprefix("-")) < _INTEGER_DIGITS else 0

    def boolean(self, name: str) -> bool:
        """Return the argument as a truth value (server, Client.cpp, to_bool)."""
        return self.text(name).lower().strip() in {"true", "yes", "1"}

    def json(self, name: str, what: str) -> Any:
        """Return the argument parsed as JSON, None when it is missing, `NULL` when it is null.

        `what` names it in the error.

        Raises:
            ApiError: 400 when it is not JSON.
        """
        value = self._values.get(name, "")
        if value == "":
            return None
        try:
            parsed = json.loads(value) if isinstance(value, str) else value
            _utf8(json.dumps(parsed, ensure_ascii=False))
        except (ValueError, RecursionError) as cause:
            raise bad_request(f"Can't parse {what} JSON object") from cause
        if deeper_than(_MAX_DEPTH, parsed):
            raise bad_request(f"Can't parse {what} JSON object")
        return NULL if parsed is None else parsed

    def entities(self, name: str) -> list[Any]:
        """Return the argument as a list, an empty one if it is anything else (server, get_input_entities)."""
        try:
            value = self.json(name, name)
        except ApiError:
            return []
        return value if isinstance(value, list) else []

    def upload(self, name: str) -> Upload | None:
        """Return the file that came for an argument, under its name or the one behind attach://.

        Another text in its place wins over a file (server, Client.cpp, get_input_file).
        """
        given = self.text(name)
        if given and not given.startswith(_ATTACHED):
            return None
        return self._uploads.get(given.removeprefix(_ATTACHED) if given else name)

    def _raw(self, name: str) -> str:
        if name not in self._values:
            return ""
        value = self._values[name]
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def shown(self) -> Json:
        """Return the arguments for the record: of files only name, type and size, no secrets, nothing endless."""
        files = {
            name: {"name": file.name, "content_type": file.content_type, "size": len(file.content)}
            for name, file in self._uploads.items()
        }
        secrets = {name: "***" for name in _SECRETS if name in self._values}
        values = {name: _shortened(value) for name, value in self._values.items()}
        return {**values, **secrets, **files}


def _shortened(value: Any) -> Any:
    text = value if isinstance(value, str) else json.dumps(value)
    return value if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}… ({len(text)} characters)"
