"""The folder of a state: one file of JSON, one for each medium, and a lock."""

import contextlib
import fcntl
import json
import os
import re
from pathlib import Path
from typing import IO, Any

from telegram_sim.core.types import Json
from telegram_sim.simulator import Simulator
from telegram_sim.state import StateError, restore

MAX_BYTES = 256 * 1024 * 1024
"""Of the state without media. Beyond it the oldest messages are left out."""
_PRIVATE = 0o600
_OURS = re.compile(r"(?P<number>[0-9]{1,18})(?P<unfinished>\.new)?")
"""The names of media; anything else in the folder is somebody else's and left alone."""


class Folder:
    """`state.json` and one file for each medium, of one simulator at a time; only its owner may read it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._media = path / "media"
        self._lock: IO[str] | None = None
        self._written: set[int] = set()
        """Media whose bytes are in the folder. Others that are there may be what a killed run wrote last: the number
        of such a one is given again."""

    def __str__(self) -> str:
        """Return its path."""
        return str(self._path)

    def open(self) -> None:
        """Take the folder, and make it if need be.

        Raises:
            StateError: it cannot be made or written, or another simulator has it.
        """
        try:
            self._path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._media.mkdir(exist_ok=True, mode=0o700)
            self._lock = open(self._path / "lock", "w", opener=_opened)  # noqa: SIM115 - held until `close`
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as cause:
            self.close()
            raise StateError(f"{self._path}: another telegram-sim keeps its state here; name another folder") from cause
        except OSError as cause:
            raise StateError(f"{self._path}: the state cannot be kept here: {cause.strerror}") from cause

    def close(self) -> None:
        """Let others have it."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def load(self, sim: Simulator) -> None:
        """Bring the simulator to the state that is there, if there is one.

        Raises:
            StateError: it cannot be read.
        """
        file = self._path / "state.json"
        try:
            if not file.exists():
                return
            contents = self._contents()
            restore(sim, json.loads(_read(file)), contents)
        except (StateError, ValueError, RecursionError, OSError) as cause:
            words = cause if isinstance(cause, StateError) else f"it cannot be read: {cause}"
            raise StateError(f"{file}: {words}. Move the folder away to begin anew, or name another") from cause
        self._written = contents.keys() & sim.files.contents().keys()

    def save(self, state: Json, contents: dict[int, bytes]) -> None:
        """Write everything; whoever reads meanwhile finds the old state or the new one.

        Raises:
            OSError: the disk is full, or the like.
        """
        for number in contents.keys() - self._written:
            _write(self._media / str(number), contents[number])
            self._written.add(number)
        _flush(self._media)
        _write(self._path / "state.json", encoded(state))
        _flush(self._path)
        for file in self._media.iterdir():
            if (ours := _OURS.fullmatch(file.name)) and (ours["unfinished"] or int(ours["number"]) not in contents):
                file.unlink(missing_ok=True)
        self._written &= contents.keys()

    def _contents(self) -> dict[int, bytes]:
        named = {file: _OURS.fullmatch(file.name) for file in self._media.iterdir()}
        return {
            int(name["number"]): file.read_bytes() for file, name in named.items() if name and not name["unfinished"]
        }


def encoded(state: Json, limit: int = MAX_BYTES) -> bytes:
    """Return the state as JSON of about `limit` bytes at most, with as many of the newest messages as fit.

    Lists are encoded piece by piece: one call for all of them would keep the event loop waiting.
    """
    fields = {name: _pieces(value) for name, value in state.items()}
    messages = fields["messages"]
    over = sum(len(piece) + 1 for pieces in fields.values() for piece in pieces) - limit
    kept = 0
    while over > 0 and kept < len(messages):
        over -= len(messages[kept]) + 1
        kept += 1
    fields["messages"] = messages[kept:]
    return ("{" + ",".join(_field(name, fields[name], state[name]) for name in fields) + "}").encode()


def _pieces(value: Any) -> list[str]:
    return [json.dumps(item, separators=(",", ":")) for item in (value if isinstance(value, list) else [value])]


def _field(name: str, pieces: list[str], value: Any) -> str:
    content = f"[{','.join(pieces)}]" if isinstance(value, list) else pieces[0]
    return f"{json.dumps(name)}:{content}"


def _read(file: Path) -> bytes:
    if file.stat().st_size > MAX_BYTES:
        raise StateError("it is larger than any state that was written")
    return file.read_bytes()


def _write(file: Path, content: bytes) -> None:
    temporary = file.with_name(f"{file.name}.new")
    try:
        with open(temporary, "wb", opener=_opened) as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()  # on a full disk, half a medium may be what leaves no room for the state
        raise


def _flush(folder: Path) -> None:
    """Make the names of its files last: a file that was renamed may have its old name again after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _opened(name: str, flags: int) -> int:
    return os.open(name, flags, _PRIVATE)
