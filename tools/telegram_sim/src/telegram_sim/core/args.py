"""The arguments of a call: Telegram reads them all as text, whatever form they came in (server, Query.h)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from telegram_sim.core.errors import bad_request
from telegram_sim.core.types import Json

_INTEGER_DIGITS = 20
_SECRETS = ("secret_token",)


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
    """Arguments by name, from the query string, a JSON body or a form, read leniently as Telegram does."""

    def __init__(self, values: Mapping[str, Any], uploads: Mapping[str, Upload] | None = None) -> None:
        self._values = values
        self._uploads = uploads or {}

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str) -> str:
        """Return the argument as text, "" when it is missing."""
        return _utf8(self._raw(name))

    def integer(self, name: str, default: int = 0) -> int:
        """Return the argument as a number, `default` when it is missing or is none."""
        text = self._raw(name).strip()
        digits = text.removeprefix("-")
        if digits.isdecimal() and digits.isascii() and len(digits) < _INTEGER_DIGITS:
            return int(text)
        return default

    def boolean(self, name: str) -> bool:
        """Return the argument as a truth value (server, Client.cpp, to_bool)."""
        return self.text(name).lower() in {"true", "yes", "1"}

    def json(self, name: str, what: str) -> Any:
        """Return the argument parsed as JSON, None when it is missing; `what` names it in the error.

        Raises:
            ApiError: 400 when it is not JSON.
        """
        value = self._values.get(name)
        if value is None or value == "":
            return None
        try:
            parsed = json.loads(value) if isinstance(value, str) else value
            _utf8(json.dumps(parsed, ensure_ascii=False))
        except (ValueError, RecursionError) as cause:
            raise bad_request(f"Can't parse {what} JSON object") from cause
        return parsed

    def objects(self, name: str, what: str) -> list[Json]:
        """Return the argument as a list of objects, empty when it is missing.

        Raises:
            ApiError: 400 when it is something else.
        """
        value = self.json(name, what)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise bad_request(f"Can't parse {what} JSON object")
        return value

    def upload(self, name: str) -> Upload | None:
        """Return the file of that argument, also when the argument points to it by attach://."""
        return self._uploads.get(self.text(name).removeprefix("attach://")) or self._uploads.get(name)

    def _raw(self, name: str) -> str:
        value = self._values.get(name)
        if value is None:
            return ""
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def shown(self) -> Json:
        """Return the arguments for the record: of files only name, type and size, no secrets."""
        files = {
            name: {"name": file.name, "content_type": file.content_type, "size": len(file.content)}
            for name, file in self._uploads.items()
        }
        secrets = {name: "***" for name in _SECRETS if name in self._values}
        return {**self._values, **secrets, **files}
