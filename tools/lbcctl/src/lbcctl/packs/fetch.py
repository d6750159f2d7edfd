"""A published pack from the bucket into a folder, whole or not at all.

The folder changes as Kubernetes changes a mounted ConfigMap: files lie in a folder of their version, `..data` leads to
it, and is replaced in one step once everything was verified. What is beside it leads through `..data`.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from lbc_runtime.brand import MANIFEST, MAX_BYTES, TEXTS, BrandError, load_brand
from lbcctl.packs.manifest import Manifest, UnreadableManifestError, manifest_key, text_key
from lbcctl.packs.store import Store

DATA: Final = "..data"

P = ParamSpec("P")
T = TypeVar("T")


class NotPublishedError(Exception):
    """There is no pack, or not a whole one; the message says what is amiss and what to do."""


class NotPlacedError(Exception):
    """The folder cannot be read or written; the message says why."""


async def fetch(store: Store, prefix: str, into: Path) -> Manifest | None:
    """Have ``into`` hold the published pack; None when it does already.

    Raises:
        NotPublishedError: what is in the bucket is no whole pack; ``into`` stays as it is.
        NotPlacedError: ``into`` cannot be written, such as a full one; it holds the pack from before.
    """
    manifest = await _manifest(store, prefix)
    if await _on_disk(into, _version, into) == manifest.version:
        return None
    files = {text.path: await _text(store, prefix, manifest, text.path) for text in manifest.texts}
    for medium in manifest.media:
        there = await store.head(medium.key)
        if there is None:
            raise NotPublishedError(f"{store.bucket}/{medium.key}: not there; publish the pack again")
    await _on_disk(into, _place, into, manifest, files)
    return manifest


async def _on_disk(folder: Path, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    try:
        return await asyncio.to_thread(work, *arguments, **named)
    except OSError as error:
        raise NotPlacedError(f"{folder}: {error.strerror}; what is in it stays") from None


async def _manifest(store: Store, prefix: str) -> Manifest:
    key = manifest_key(prefix)
    body = await store.get(key, MAX_BYTES)
    if body is None:
        raise NotPublishedError(f"no pack is published in {store.bucket} under {prefix}: there is no {key}")
    try:
        return Manifest.read(body)
    except UnreadableManifestError as error:
        raise NotPublishedError(f"{store.bucket}/{key}: not a manifest of this release: {error}") from None


async def _text(store: Store, prefix: str, manifest: Manifest, path: str) -> bytes:
    wanted = next(text for text in manifest.texts if text.path == path)
    key = text_key(prefix, manifest.version, path)
    body = await store.get(key, MAX_BYTES)
    if body is None:
        raise NotPublishedError(f"{store.bucket}/{key}: not there; publish the pack again")
    if (len(body), hashlib.sha256(body).hexdigest()) != (wanted.size, wanted.sha256):
        raise NotPublishedError(f"{store.bucket}/{key}: not what the manifest says; publish the pack again")
    return body


def _version(into: Path) -> str:
    link = into / DATA
    return link.readlink().name.removeprefix("..") if link.is_symlink() else ""


def _place(into: Path, manifest: Manifest, files: dict[str, bytes]) -> None:
    into.mkdir(parents=True, exist_ok=True)
    folder = into / f"..{manifest.version}"
    shutil.rmtree(folder, ignore_errors=True)  # of a fetch that was interrupted
    (folder / TEXTS).mkdir(parents=True)
    for path, body in files.items():
        (folder / path).write_bytes(body)
    try:
        load_brand(folder)
    except BrandError as error:
        shutil.rmtree(folder)
        raise NotPublishedError(f"what is published cannot be used by this release:\n{error}") from None
    before = _version(into)
    _lead(into / DATA, folder.name)
    for name in (MANIFEST, TEXTS):
        _lead(into / name, f"{DATA}/{name}")
    for old in into.glob("..*"):
        # The one from before stays, for who is just reading it.
        if old.is_dir() and not old.is_symlink() and old.name not in {folder.name, f"..{before}"}:
            shutil.rmtree(old)


def _lead(link: Path, to: str) -> None:
    """Let ``link`` lead to ``to``, from one moment to the next."""
    if link.is_symlink() and str(link.readlink()) == to:
        return
    fresh = link.with_name(f"{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(to)
    fresh.replace(link)
