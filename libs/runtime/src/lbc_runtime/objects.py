"""One S3 bucket, as far as the services need it: is it there, put it there, does S3 answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from lbc_runtime.aws import CALL_SECONDS, translate
from lbc_runtime.errors import DependencyDown, Invalid

DEPENDENCY: Final = "s3"
_HEAD: Final = "HeadObject"
_PASSING: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})

_TROUBLE: Final = (BotoCoreError, ResponseParserError, TimeoutError, OSError)

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


class Forbidden(Invalid):
    """S3 refuses this one object, again and again, while the bucket answers: a policy or a key of its own, say."""

    def __init__(self, detail: str) -> None:
        super().__init__("object-forbidden", detail)


class Bucket:
    """A bucket by an aiobotocore client.

    Of all that S3 can answer, only a missing key, and one that is refused while the bucket answers, is about the item.
    Everything else (throttling, expired credentials, a right that is lacking, a bucket that is gone) would befall the
    next item too, and so is the dependency's fault.
    """

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self.name = name

    async def head(self, key: str) -> StoredObject | None:
        """Look at an object; None when there is none.

        Raises:
            DependencyDown: S3 did not say.
            Forbidden: it says no to this object, and only to this one as far as can be seen.
        """
        try:
            return await self._head(key)
        except ClientError as error:
            refusal = _refusal(error)
            if refusal is None:
                raise _down(error) from error
        # An answer to HEAD has no body to tell the causes apart: a 404 also means that the bucket is not there, a 403
        # or 400 that our rights or credentials are amiss.
        await self.probe()
        if refusal == HTTPStatus.NOT_FOUND:
            return None
        return await self._look_again(key)

    async def _look_again(self, key: str) -> StoredObject | None:
        """As `head`, after the bucket answered: what ailed us may have passed in between, such as credentials."""
        try:
            return await self._head(key)
        except ClientError as error:
            refusal = _refusal(error)
            if refusal is None:
                raise _down(error) from error
            if refusal == HTTPStatus.NOT_FOUND:
                return None
            raise Forbidden(f"HEAD of {self.name}/{key} answers {refusal}, HEAD of the bucket does not") from error

    async def _head(self, key: str) -> StoredObject:
        try:
            found = await _bounded(self._client.head_object(Bucket=self.name, Key=key))
        except _TROUBLE as error:
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
        except (ClientError, *_TROUBLE) as error:
            raise _down(error) from error
        return StoredObject(self.name, key, len(body), str(stored["ETag"]).strip('"'), content_type)

    async def probe(self) -> None:
        """Return when the bucket answers.

        Raises:
            DependencyDown: it does not.
        """
        try:
            await _bounded(self._client.head_bucket(Bucket=self.name))
        except (ClientError, *_TROUBLE) as error:
            raise _down(error) from error


async def _bounded(call: Awaitable[T]) -> T:
    try:
        async with asyncio.timeout(CALL_SECONDS):
            return await call
    except RuntimeError as error:
        # Credentials that ended again; anything else of this kind is a bug.
        if down := translate(error, DEPENDENCY):
            raise down from error
        raise


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _refusal(error: ClientError) -> int | None:
    """The status, if it is S3 that says no to an object; None for trouble of S3, of STS and of the way to them."""
    status = _status(error)
    refused = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _PASSING
    return status if refused and error.operation_name == _HEAD else None


def _down(error: Exception) -> DependencyDown:
    if isinstance(error, ClientError):
        code = error.response.get("Error", {}).get("Code", "?")
        return DependencyDown(DEPENDENCY, f"{error.operation_name}: {code}, status {_status(error)}")
    return DependencyDown(DEPENDENCY, type(error).__name__)
