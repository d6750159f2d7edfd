"""What the files of a pack hold at one moment, so that what is published is what was checked."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lbc_runtime.brand import MANIFEST, TEXTS
from lbcctl.packs.media import MAX_BYTES, TYPES
from lbcctl.packs.store import digest_of

MEDIA: Final = "media"


@dataclass(frozen=True, slots=True)
class Content:
    """A file's content: SHA-256 in hex, and bytes."""

    sha256: str
    size: int


def contents(folder: Path) -> Mapping[str, Content]:
    """Contents of the texts and media by their path in the folder.

    Files that cannot be read, or are larger than any that is published, are left out; the check names them.
    """
    found: dict[str, Content] = {}
    for path in _files(folder):
        with contextlib.suppress(OSError):
            if path.stat().st_size <= MAX_BYTES:
                digest, size = digest_of(path)
                found[path.relative_to(folder).as_posix()] = Content(digest.hex(), size)
    return found


def texts(folder: Path) -> Iterator[Path]:
    """The files of texts, the manifest first."""
    yield folder / MANIFEST
    yield from sorted((folder / TEXTS).glob("*.yaml"))


def _files(folder: Path) -> Iterator[Path]:
    yield from texts(folder)
    yield from (path for path in (folder / MEDIA).rglob("*") if path.suffix.lower() in TYPES)
