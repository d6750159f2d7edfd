"""Locks between processes, for folders that two runs must not share."""

import fcntl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from lbc_testkit.errors import PartFailedError
from lbc_testkit.waiting import wait_until


def _lock_file(folder: Path) -> BinaryIO:
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / ".lock").open("wb")


@asynccontextmanager
async def folder_lock(folder: Path, *, wait: float = 0.0) -> AsyncIterator[None]:
    """Hold the folder; another process's hold is awaited for ``wait`` seconds.

    The kernel lets go of it when its holder dies, however that happens.

    Raises:
        PartFailedError: somebody else holds it.
    """
    with _lock_file(folder) as file:

        def locked() -> bool:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        try:
            await wait_until(locked, what=f"the lock on {folder}", timeout=wait)
        except TimeoutError:
            raise PartFailedError(f"{folder} is in use by another run") from None
        yield
