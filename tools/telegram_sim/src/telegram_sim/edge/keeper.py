"""Keeping the state in a folder: read at the start, written shortly after every change and at the end."""

import asyncio
import contextlib
import fcntl
import json
import logging
import os
from collections.abc import AsyncIterator
from pathlib import Path
from time import perf_counter
from typing import IO, Any

from telegram_sim.core.types import Json
from telegram_sim.simulator import Simulator
from telegram_sim.state import StateError, restore, snapshot

logger = logging.getLogger(__name__)

PAUSE = 0.5
"""Real seconds between two writings, at least; more when writing takes long, so that it is a tenth of the time."""
SHARE = 10
MAX_BYTES = 256 * 1024 * 1024
"""Of the state without media. Beyond it the oldest messages are left out."""
_PRIVATE = 0o600


class Folder:
    """`state.json` and one file for each medium, of one simulator at a time; only its owner may read it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._media = path / "media"
        self._lock: IO[str] | None = None

    def open(self) -> None:
        """Take the folder, and make it if need be.

        Raises:
            StateError: it cannot be made or written, or another simulator has it.
        """
        try:
            self._media.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = (self._path / "lock").open("w")
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
            restore(sim, json.loads(_read(file)), self._contents())
        except (StateError, ValueError, RecursionError, OSError) as cause:
            words = cause if isinstance(cause, StateError) else f"it cannot be read: {cause}"
            raise StateError(f"{file}: {words}. Move it away to begin anew, or name another folder") from cause

    def save(self, state: Json, contents: dict[int, bytes]) -> None:
        """Write everything; whoever reads meanwhile finds the old state or the new one.

        Raises:
            OSError: the disk is full, or the like.
        """
        for number, content in contents.items():
            if not (self._media / str(number)).exists():
                _write(self._media / str(number), content)
        _write(self._path / "state.json", encoded(state))
        for file in self._media.iterdir():
            if not file.name.isdecimal() or int(file.name) not in contents:
                file.unlink(missing_ok=True)

    def _contents(self) -> dict[int, bytes]:
        files = sorted(self._media.iterdir(), key=lambda file: file.name)
        return {int(file.name): file.read_bytes() for file in files if file.name.isdecimal()}


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
    with open(temporary, "wb", opener=_opened) as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(file)


def _opened(name: str, flags: int) -> int:
    return os.open(name, flags, _PRIVATE)


class Keeper:
    """Writes the state of one simulator whenever something was recorded."""

    def __init__(self, folder: Folder, sim: Simulator) -> None:
        self._folder = folder
        self._sim = sim
        self._changed = asyncio.Event()
        self._ending = asyncio.Event()
        sim.record.listeners.append(self._changed.set)

    async def run(self) -> None:
        """Write until told to end. A disk that is full is told in the log, and tried again with the next change."""
        while True:
            await self._changed.wait()
            if self._ending.is_set():
                return
            self._changed.clear()
            begun = perf_counter()
            try:
                await asyncio.to_thread(self._folder.save, *self._now(ended=False))
            except OSError as cause:
                logger.warning("the state could not be written: %s", cause)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(PAUSE, SHARE * (perf_counter() - begun))):
                    await self._ending.wait()

    def end(self) -> None:
        """Let `run` return, once what it is writing is written."""
        self._ending.set()
        self._changed.set()

    def finish(self) -> None:
        """Write the last state."""
        try:
            self._folder.save(*self._now(ended=True))
        except OSError as cause:
            logger.warning("the last state could not be written: %s", cause)

    def _now(self, *, ended: bool) -> tuple[Any, dict[int, bytes]]:
        return snapshot(self._sim, ended=ended), self._sim.files.contents()


@contextlib.asynccontextmanager
async def kept(sim: Simulator, path: str) -> AsyncIterator[None]:
    """Keep the simulator's state in the folder `path` while the block runs; an empty path keeps nothing.

    Raises:
        StateError: the folder cannot be used, or what is in it cannot be read.
    """
    if not path:
        yield
        return
    folder = Folder(Path(path))
    folder.open()
    try:
        folder.load(sim)
        keeper = Keeper(folder, sim)
        writing = asyncio.create_task(keeper.run())
        try:
            yield
        finally:
            keeper.end()
            await writing
            keeper.finish()
    finally:
        folder.close()
