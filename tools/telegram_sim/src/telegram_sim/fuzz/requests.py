"""Requests drawn at random from the schema."""

import json
import random
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from telegram_sim.fuzz.schema import ARGUMENTS, EVERYTHING, NEEDED, VALUES

BOUNDARY = "the-boundary"
_UNTIMED = "timeout"
_METHODS = ("POST", "POST", "POST", "GET")
_FILES = ("photo", "video", "audio", "voice", "document", "file_id")
_KINDS = ("photo", "video", "audio", "voice", "document", "upload", "certificate")
_NOISE = (
    b"",
    b"{",
    b"[]",
    b"\xff\xfe",
    b'{"chat_id":1',
    b"5",
    b"null",
    b"--the-boundary\r\n\r\n",
    b"a=%zz&b",
    b"\0" * 64,
)
_TYPES = (
    *("application/json", "application/x-www-form-urlencoded", "multipart/form-data"),
    *(f"multipart/form-data; boundary={BOUNDARY}", "text/plain", "", "application/json; charset=nonsense"),
)


@dataclass(frozen=True)
class Drawn:
    """A request to make: the path follows the token."""

    verb: str
    path: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def method(self) -> str:
        """The method that is called, in small letters."""
        return self.path.partition("?")[0].strip("/").lower()

    def __str__(self) -> str:
        return f"{self.verb} {self.path[:200]} {self.headers} {self.body[:500]!r}"


@dataclass(frozen=True)
class Known:
    """What a call may name with success: chats with a message of the bot in each, file_ids, and taps."""

    messages: list[tuple[int, int]]
    files: list[str] = field(default_factory=lambda: ["AAAE"])
    taps: list[str] = field(default_factory=lambda: ["1"])


class Drawing:
    """Draws requests; equal seeds draw equal ones."""

    def __init__(self, seed: int, known: Known) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - dice, no secret
        self._known = known
        self._methods = sorted(ARGUMENTS)

    def next(self) -> Drawn:
        """Draw one."""
        dice = self._dice
        method = dice.choice(self._methods)
        spelled = dice.choice((method, method.upper(), method))
        if dice.random() < 0.03:  # noqa: PLR2004 - a share
            return Drawn("POST", f"/{spelled}", dice.choice(_NOISE), {"Content-Type": dice.choice(_TYPES)})
        if dice.random() < 0.01:  # noqa: PLR2004 - a share
            return Drawn("GET", f"/{quote(dice.choice(('sendNothing', 'a b', '%', 'ä', 'x' * 500)))}")
        arguments = self._arguments(method)
        verb = dice.choice(_METHODS)
        if verb == "GET":
            return Drawn(verb, f"/{spelled}?{_urlencoded(arguments, 200)}")
        return dice.choice((_json, _json, _form, self._multipart))(f"/{spelled}", arguments)

    def _arguments(self, method: str) -> dict[str, Any]:
        """Draw arguments: for one half of the calls many of any kind, for the other few, and good ones."""
        dice = self._dice
        calm = dice.random() < 0.5  # noqa: PLR2004 - a share
        share = 0.2 if calm else 0.8
        names = [name for name in ARGUMENTS[method] if dice.random() < (0.98 if name in NEEDED else share)]
        if dice.random() < 0.05:  # noqa: PLR2004 - a share
            names += dice.sample(sorted(VALUES), 2)
        arguments = {name: self._value(name, calm=calm) for name in names}
        if dice.random() < 0.8:  # noqa: PLR2004 - a share
            chat_id, message_id = dice.choice(self._known.messages)
            places = {"chat_id": dice.choice((int, str))(chat_id), "message_id": message_id}
            arguments |= {name: place for name, place in places.items() if name in names}
        return arguments

    def _value(self, name: str, *, calm: bool) -> Any:
        dice = self._dice
        known = {"callback_query_id": self._known.taps, **dict.fromkeys(_FILES, self._known.files)}
        if name in known and dice.random() < 0.6:  # noqa: PLR2004 - a share
            return dice.choice(known[name])
        if calm and dice.random() < 0.8:  # noqa: PLR2004 - a share
            return VALUES[name][0]
        if name != _UNTIMED and dice.random() < 0.25:  # noqa: PLR2004 - a share
            return dice.choice(EVERYTHING)
        return dice.choice(VALUES[name])

    def _multipart(self, path: str, arguments: dict[str, Any]) -> Drawn:
        dice = self._dice
        parts = [_part(name, "", _plain(value)) for name, value in arguments.items()]
        for name in dice.sample(_KINDS, dice.randint(0, 2)):
            content = dice.choice(
                (b"", b"bytes", b"\x89PNG\r\n\x1a\n" + bytes(8) + b"\0\0\0\x08\0\0\0\x08", bytes(3000))
            )
            parts.append(_part(name, f'; filename="{dice.choice(("a.png", "", "a/../b", "ä"))}"', content))
        body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
        if dice.random() < 0.05:  # noqa: PLR2004 - a share
            body = body[: dice.randint(0, len(body))]
        return Drawn("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"})


def _json(path: str, arguments: dict[str, Any]) -> Drawn:
    return Drawn("POST", path, json.dumps(arguments).encode(), {"Content-Type": "application/json"})


def _form(path: str, arguments: dict[str, Any]) -> Drawn:
    body = _urlencoded(arguments, 10**6).encode()
    return Drawn("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})


def _urlencoded(arguments: dict[str, Any], longest: int) -> str:
    return "&".join(f"{quote(name)}={quote(_plain(value)[:longest])}" for name, value in arguments.items())


def _plain(value: Any) -> bytes:
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "surrogatepass")


def _part(name: str, file: str, content: bytes) -> bytes:
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + content + b"\r\n"
