"""A brand's media in the bucket that the media service reads, without its texts: for provisioning and local stacks."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from lbcctl.packs.media import TYPES
from lbcctl.packs.store import Store, digest_of


async def publish_media(s3: Any, bucket: str, folder: Path, prefix: str) -> list[str]:
    """Upload the media files of ``folder`` under ``prefix`` where the bucket has none or others.

    Args:
        s3: an aiobotocore S3 client that may write to the bucket.
        bucket: the assets bucket.
        folder: holds the files; scripts and notes in it stay where they are.
        prefix: before each key, such as ``demo/``.

    Returns:
        The keys that were uploaded.
    """
    store, uploaded = Store(s3, bucket), []
    for path in await asyncio.to_thread(_media, folder):
        key, content_type = prefix + path.name, TYPES[path.suffix.lower()]
        (digest, _), there = await asyncio.to_thread(digest_of, path), await store.head(key)
        if there is None or there.sha256 != digest.hex():
            await store.put(key, path, content_type)
            uploaded.append(key)
    return uploaded


def _media(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if path.suffix.lower() in TYPES]
