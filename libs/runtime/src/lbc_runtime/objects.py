"""One S3 bucket, as far as the services need it: is it there, put it there, does S3 answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from lbc_runtime.errors import DependencyDown

DEPENDENCY: Final = "s3"
CALL_SECONDS: Final = 15.0
"""For one call, fetching credentials included; the client's own timeouts only bound each wait on the socket."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object that existed when it was looked at.

    Attributes:
        size: bytes.
        etag: version of the content, without quotes.
    """

    bucket: str
    key: str
    size: int
    etag: str
    content_type: str

    @property
    def name(self) -> str:
        """Bucket and key, for people and for logs."""
        return f"{self.bucket}/{self.key}"


class Bucket:
    """A bucket by an aiobotocore client.

    Of all that S3 can answer, only a missing key is about the item. Everything else (throttling, expired credentials,
    a right that is lacking, a bucket that is gone) would befall the next item too, and so is the dependency's fault.
    """

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self.name = name

    async def head(self, key: str) -> StoredObject | None:
        """Look at an object; None when there is none.

        Raises:
            DependencyDown: S3 did not say.
        """
        try:
            found = await _bounded(self._client.head_object(Bucket=self.name, Key=key))
        except ClientError as error:
            if _status(error) != HTTPStatus.NOT_FOUND:
                raise _down(error) from error
            # The same 404, without a body to tell them apart, also means that the bucket is not there.
            await self.probe()
            return None
        except (BotoCoreError, TimeoutError, OSError) as error:
            raise _down(error) from error
        return StoredObject(
            self.name,
            key,
            int(found["ContentLength"]),
            str(found["ETag"]).strip('"'),
            str(found.get("ContentType", "")),
        )

    async def put(self, key: str, body: bytes, content_type: str, kms_key_id: str | None = None) -> StoredObject:
        """Store an object under SSE-KMS, over whatever was there; without a key id, under the account's own for S3.

        Raises:
            DependencyDown: S3 or KMS did not take it.
        """
        encryption = {"ServerSideEncryption": "aws:kms"} | ({"SSEKMSKeyId": kms_key_id} if kms_key_id else {})
        try:
            stored = await _bounded(
                self._client.put_object(Bucket=self.name, Key=key, Body=body, ContentType=content_type, **encryption)
            )
        except (BotoCoreError, ClientError, TimeoutError, OSError) as error:
            raise _down(error) from error
        return StoredObject(self.name, key, len(body), str(stored["ETag"]).strip('"'), content_type)

    async def probe(self) -> None:
        """Return when the bucket answers.

        Raises:
            DependencyDown: it does not.
        """
        try:
            await _bounded(self._client.head_bucket(Bucket=self.name))
        except (BotoCoreError, ClientError, TimeoutError, OSError) as error:
            raise _down(error) from error


async def _bounded(call: Awaitable[T]) -> T:
    async with asyncio.timeout(CALL_SECONDS):
        return await call


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _down(error: Exception) -> DependencyDown:
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "?")
        return DependencyDown(DEPENDENCY, f"{error.operation_name}: {code}, status {_status(error)}")
    return DependencyDown(DEPENDENCY, type(error).__name__)
