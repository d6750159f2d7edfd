"""The assets bucket as publishing and fetching need it: objects with their checksums."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import aiohttp
from botocore.exceptions import ClientError, ResponseStreamingError

CHECKSUM: Final = "sha256"
"""Metadata of an object: SHA-256 of its content in hex."""

_CALL_SECONDS: Final = 20.0
_SLOWEST: Final = 32 * 1024  # bytes a second of an upload that is still waited for
_CHUNK: Final = 1024 * 1024


class OtherContentError(Exception):
    """A file does not hold (any more) what should be uploaded."""


Told = Callable[[int], object]
"""Is called with the number of bytes that went out since the last call; less than none when a file begins again."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as it is in the bucket; its checksum is empty if it was put there by other means."""

    size: int
    sha256: str
    content_type: str


@dataclass(frozen=True)
class Store:
    """One bucket by an aiobotocore client; errors of AWS come out as they are."""

    s3: Any
    bucket: str

    async def head(self, key: str) -> Stored | None:
        """Look at an object; None when there is none."""
        try:
            async with asyncio.timeout(_CALL_SECONDS):
                head = await self.s3.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.NOT_FOUND:
                return None
            raise
        return Stored(int(head["ContentLength"]), head["Metadata"].get(CHECKSUM, ""), head.get("ContentType", ""))

    async def get(self, key: str, at_most: int) -> bytes | None:
        """An object's content, cut one byte after ``at_most``; None when there is none."""
        try:
            async with asyncio.timeout(_CALL_SECONDS):
                answer = await self.s3.get_object(Bucket=self.bucket, Key=key)
                async with answer["Body"] as body:
                    return await _read(body, at_most + 1)
        except ClientError as error:
            if error.response["Error"]["Code"] in {"NoSuchKey", "404"}:
                return None
            raise

    async def put(
        self, key: str, path: Path, content_type: str, told: Told = lambda _: None, *, sha256: str = ""
    ) -> None:
        """Upload a file; S3 refuses it if what arrives has another checksum.

        Raises:
            OtherContentError: its checksum is not ``sha256``, where that is given.
        """
        digest, size = await asyncio.to_thread(digest_of, path)
        if sha256 and digest.hex() != sha256:
            raise OtherContentError(path)
        with _Watched(path, told) as file:
            await self._put(key, file, digest, size, content_type)

    async def put_bytes(self, key: str, body: bytes, content_type: str) -> None:
        """Upload what is in memory."""
        await self._put(key, body, hashlib.sha256(body).digest(), len(body), content_type)

    async def _put(self, key: str, body: object, digest: bytes, size: int, content_type: str) -> None:
        async with asyncio.timeout(_CALL_SECONDS + size / _SLOWEST):
            await self.s3.put_object(
                Bucket=self.bucket,
                Key=key,
                Body=body,
                ContentLength=size,
                ContentType=content_type,
                ChecksumSHA256=base64.b64encode(digest).decode(),
                Metadata={CHECKSUM: digest.hex()},
            )


async def _read(body: Any, at_most: int) -> bytes:
    """A read of a stream gives what has arrived so far, and so may give less than there is."""
    content = b""
    try:
        while len(content) < at_most and (chunk := await body.read(at_most - len(content))):
            content += chunk
    except aiohttp.ClientError as error:  # aiobotocore lets it out as it is
        raise ResponseStreamingError(error=error) from error
    return content


class _Watched(io.BufferedReader):
    """A file that tells how far it was read; one that is signed first is read twice, and so begins again."""

    def __init__(self, path: Path, told: Told) -> None:
        super().__init__(io.FileIO(path))
        self._told = told
        self._seen = 0

    def read(self, size: int | None = -1) -> bytes:
        content = super().read(size)
        self._tell(self._seen + len(content))
        return content

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        position = super().seek(offset, whence)
        self._tell(min(position, self._seen))
        return position

    def _tell(self, position: int) -> None:
        if position != self._seen:
            self._told(position - self._seen)
            self._seen = position


def digest_of(path: Path) -> tuple[bytes, int]:
    """SHA-256 and size of a file, read piece by piece."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return digest.digest(), size
