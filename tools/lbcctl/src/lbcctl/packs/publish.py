"""Putting a pack into the bucket so that no reader ever meets a half of it.

Media first, then the texts under a version of their own, then the manifest that names them. Whoever reads begins at the
manifest, so until the last step they get the pack from before. Interrupted anywhere, it may simply be done again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lbc_runtime.brand import MAX_BYTES
from lbcctl.exits import StopError
from lbcctl.packs import media
from lbcctl.packs.contents import Content, contents, texts
from lbcctl.packs.manifest import Manifest, MediaFile, TextFile, UnreadableManifestError, text_key
from lbcctl.packs.manifest import manifest_key as key_of_manifest
from lbcctl.packs.pack import Pack
from lbcctl.packs.store import OtherContentError, Store, Told

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
    sha256: str
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
    """Compare a pack that was checked with what is in the bucket.

    Raises:
        StopError: a file was changed since the pack was read.
    """
    files = {each.key: each.file for each in pack.media() if each.file}
    after = await asyncio.to_thread(_manifest, pack, files)
    uploads: list[Upload] = []
    for medium in after.media:
        path = files[medium.key]
        there = await store.head(medium.key)
        if there is None or (there.sha256, there.content_type) != (medium.sha256, medium.content_type):
            uploads.append(Upload(path, medium.key, medium.size, medium.sha256, medium.content_type, there is not None))
    for text in after.texts:
        key = text_key(pack.name, after.version, text.path)
        there = await store.head(key)
        if there is None or there.sha256 != text.sha256:
            uploads.append(Upload(pack.folder / text.path, key, text.size, text.sha256, _YAML, there is not None))
    return Plan(pack.name, await published(store, pack.name), after, tuple(uploads))


async def publish(store: Store, planned: Plan, told: Told = lambda _: None) -> None:
    """Do what was planned; the manifest comes last, once all else is there.

    Args:
        store: the assets bucket.
        planned: by `plan`.
        told: see `lbcctl.packs.store.Told`.

    Raises:
        StopError: a file was changed since it was planned; readers have the pack from before.
    """
    for upload in planned.uploads:
        try:
            await store.put(upload.key, upload.path, upload.content_type, told, sha256=upload.sha256)
        except OtherContentError:
            raise _changed(upload.path) from None
    if planned.manifest_changes:
        await store.put_bytes(key_of_manifest(planned.prefix), planned.after.written(), _JSON)


async def published(store: Store, prefix: str) -> Manifest | None:
    """What is published now; None also for what no release of ours wrote, since it will be replaced."""
    body = await store.get(key_of_manifest(prefix), MAX_BYTES)
    try:
        return Manifest.read(body) if body else None
    except UnreadableManifestError:
        return None


def _manifest(pack: Pack, files: Mapping[str, Path]) -> Manifest:
    now = contents(pack.folder)

    def checked(path: Path) -> Content:
        name = path.relative_to(pack.folder).as_posix()
        was = pack.contents.get(name)
        if was is None or was != now.get(name):
            raise _changed(path)
        return was

    named = {path.relative_to(pack.folder).as_posix(): checked(path) for path in _texts_then_and_now(pack)}
    return Manifest.of(
        tuple(TextFile(path=name, size=text.size, sha256=text.sha256) for name, text in named.items()),
        tuple(_medium(key, path, checked(path)) for key, path in sorted(files.items())),
    )


def _texts_then_and_now(pack: Pack) -> list[Path]:
    """Also those that are gone by now."""
    now = list(texts(pack.folder))
    then = (pack.folder / name for name in pack.contents if name.endswith(".yaml"))
    return now + [path for path in then if path not in now]


def _medium(key: str, path: Path, content: Content) -> MediaFile:
    content_type = media.TYPES[path.suffix.lower()]
    return MediaFile(key=key, size=content.size, sha256=content.sha256, content_type=content_type)


def _changed(path: Path) -> StopError:
    return StopError(f"{path}: was changed after it was checked, so readers get no new pack; publish again")
