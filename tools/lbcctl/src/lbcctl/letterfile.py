"""A file of letters that were taken out of the broker, so that they can be brought back: one JSON object a line."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from lbc_contracts.wire import Wire
from lbcctl.exits import Exit, StopError
from lbcctl.letters import Letter, letter_of


class LetterFile:
    """A new file that only its owner may read; it is made when the first letter comes.

    Args:
        path: must not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def keep(self, letters: Sequence[Letter]) -> None:
        """Store letters: they are on the disk when this returns.

        Raises:
            StopError: the file exists already or cannot be written; nothing was taken out then.
        """
        if not letters:
            return
        try:
            if self._descriptor is None:
                self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            rest = memoryview("".join(_line(letter) for letter in letters).encode())
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
            os.fsync(self._descriptor)
        except OSError as error:
            raise StopError(f"{self.path}: {error.strerror}; nothing more was taken out", Exit.FAILED) from None

    def close(self) -> None:
        """No more letters come."""
        if self._descriptor is not None:
            os.close(self._descriptor)


def read(path: Path) -> Iterator[Letter]:
    """The letters in a file, one after the other.

    Raises:
        StopError: the file cannot be read, or a line is no letter; it names the line.
    """
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                yield _letter(path, number, line)
    except (OSError, UnicodeDecodeError) as error:
        raise StopError(f"{path}: {error}", Exit.USAGE) from None


def _line(letter: Letter) -> str:
    stored = {
        "grave": letter.grave,
        "taken_out": datetime.now(UTC).isoformat(timespec="seconds"),
        "type": letter.wire.type,
        "correlation_id": letter.wire.correlation_id,
        "headers": dict(letter.wire.headers),
        "body": base64.b64encode(letter.wire.body).decode(),
    }
    return json.dumps(stored, ensure_ascii=False) + "\n"


def _letter(path: Path, number: int, line: str) -> Letter:
    try:
        stored = json.loads(line)
        headers = {str(name): value for name, value in stored["headers"].items() if isinstance(value, str | int)}
        wire = Wire(str(stored["type"]), str(stored["correlation_id"]), base64.b64decode(stored["body"]), headers)
        return letter_of(str(stored["grave"]), wire, headers)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        # A half line at the end is what a killed `drop` leaves; its letter was never taken out.
        raise StopError(f"{path}:{number}: not a letter; those before it were brought back", Exit.FAILED) from None
