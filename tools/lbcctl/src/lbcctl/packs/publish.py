"""Putting a pack into the bucket so that no reader ever meets a half of it.

Media first, then the texts under a version of their own, then the manifest that names them. Whoever reads begins at the
manifest, so until the last step they get the pack from before. Interrupted anywhere, it may simply be done again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lbc_runtime.brand import MANIFEST, MAX_BYTES, TEXTS
from lbcctl.packs import media
from lbcctl.packs.manifest import Manifest, MediaFile, TextFile, UnreadableManifestError, text_key
from lbcctl.packs.manifest import manifest_key as key_of_manifest
from lbcctl.packs.pack import Pack
from lbcctl.packs.store import Store, Told, digest_of

_YAML: Final = "application/yaml"
_JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that the bucket lacks, or has otherwise.

    Attributes:
        replaces: whether something else is under that key.
    """

    path: Path
    key: str
    size: int
    content_type: str
    replaces: bool


@dataclass(frozen=True)
class Plan:
    """What publishing will do.

    Attributes:
        before: what is published now.
        after: what will be.
        uploads: in their order, media before texts.
    """

    prefix: str
    before: Manifest | None
    after: Manifest
    uploads: tuple[Upload, ...]

    @property
    def manifest_changes(self) -> bool:
        """Whether readers will get another pack."""
        return self.before != self.after

    @property
    def size(self) -> int:
        """Bytes to upload, without the manifest."""
        return sum(upload.size for upload in self.uploads)


async def plan(store: Store, pack: Pack) -> Plan:
    """Compare a pack that was checked with what is in the bucket."""
    files = {each.key: each.file for each in pack.media() if each.file}
    after = await asyncio.to_thread(_manifest, pack.folder, files)
    uploads: list[Upload] = []
    for medium in after.media:
        path = files[medium.key]
        there = await store.head(medium.key)
        if there is None or (there.sha256, there.content_type) != (medium.sha256, medium.content_type):
            uploads.append(Upload(path, medium.key, medium.size, medium.content_type, there is not None))
    for text in after.texts:
        key = text_key(pack.name, after.version, text.path)
        there = await store.head(key)
        if there is None or there.sha256 != text.sha256:
            uploads.append(Upload(pack.folder / text.path, key, text.size, _YAML, there is not None))
    return Plan(pack.name, await published(store, pack.name), after, tuple(uploads))


async def publish(store: Store, planned: Plan, told: Told = lambda _: None) -> None:
    """Do what was planned; the manifest comes last, once all else is there.

    Args:
        store: the assets bucket.
        planned: by `plan`.
        told: see `lbcctl.packs.store.Told`.
    """
    for upload in planned.uploads:
        await store.put(upload.key, upload.path, upload.content_type, told)
    if planned.manifest_changes:
        await store.put_bytes(key_of_manifest(planned.prefix), planned.after.written(), _JSON)


async def published(store: Store, prefix: str) -> Manifest | None:
    """What is published now; None also for what no release of ours wrote, since it will be replaced."""
    body = await store.get(key_of_manifest(prefix), MAX_BYTES)
    try:
        return Manifest.read(body) if body else None
    except UnreadableManifestError:
        return None


def _manifest(folder: Path, files: dict[str, Path]) -> Manifest:
    return Manifest.of(tuple(_texts(folder)), tuple(_media(files)))


def _texts(folder: Path) -> Iterator[TextFile]:
    for path in (folder / MANIFEST, *sorted((folder / TEXTS).glob("*.yaml"))):
        digest, size = digest_of(path)
        yield TextFile(path=path.relative_to(folder).as_posix(), size=size, sha256=digest.hex())


def _media(files: dict[str, Path]) -> Iterator[MediaFile]:
    for key, path in sorted(files.items()):
        digest, size = digest_of(path)
        content_type = media.TYPES[path.suffix.lower()]
        yield MediaFile(key=key, size=size, sha256=digest.hex(), content_type=content_type)
