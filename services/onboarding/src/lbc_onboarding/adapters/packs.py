"""A brand pack's folder, whoever changes it: Kubernetes, `lbcctl brand fetch`, or a person with an editor."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Final

from lbc_contracts.brand import Brand
from lbc_runtime.brand import MANIFEST, TEXTS, load_brand

_MAX_BYTES: Final = 256 * 1024
"""Of a file that are looked at; longer ones are refused by whoever reads them."""
_DIGITS: Final = 16


class PackFolder:
    """A folder with one pack; all that touches the disk happens in a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def version(self) -> str:
        """See `lbc_onboarding.app.ports.PackSource`."""
        return await asyncio.to_thread(_version, self._folder)

    async def load(self) -> Brand:
        """See `lbc_onboarding.app.ports.PackSource`."""
        return await asyncio.to_thread(load_brand, self._folder)


def _version(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in (folder / MANIFEST, *sorted((folder / TEXTS).glob("*.yaml"))):
        try:
            with path.open("rb") as file:
                content = file.read(_MAX_BYTES + 1)
        except OSError as error:
            content = str(error.errno).encode()
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(content).digest())
    return digest.hexdigest()[:_DIGITS]
