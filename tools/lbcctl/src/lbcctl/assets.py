"""A brand's media in the bucket that the media service reads."""

from __future__ import annotations

import asyncio
import hashlib
import mimetypes
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError


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
    uploaded: list[str] = []
    for path, content_type in await asyncio.to_thread(_media, folder):
        body, key = await asyncio.to_thread(path.read_bytes), prefix + path.name
        checksum = hashlib.sha256(body).hexdigest()
        if await _checksum(s3, bucket, key) != checksum:
            await s3.put_object(
                Bucket=bucket, Key=key, Body=body, ContentType=content_type, Metadata={"sha256": checksum}
            )
            uploaded.append(key)
    return uploaded


def _media(folder: Path) -> list[tuple[Path, str]]:
    typed = [(path, mimetypes.guess_type(path.name)[0] or "") for path in sorted(folder.iterdir())]
    return [(path, kind) for path, kind in typed if kind.partition("/")[0] in {"video", "audio", "image"}]


async def _checksum(s3: Any, bucket: str, key: str) -> str | None:
    try:
        head = await s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:  # noqa: PLR2004 - HTTP's not found
            return None
        raise
    checksum: str | None = head["Metadata"].get("sha256")
    return checksum
