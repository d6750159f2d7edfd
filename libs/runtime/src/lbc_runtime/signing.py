"""Links that S3 honours without credentials of the caller's: SigV4 in the query, and an honest end.

A signed URL dies with the credentials that signed it, however long its own time says. So the end is taken from both,
and the key and its expiry are read together (docs/adr/0005-link-lifetime.md).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol
from urllib.parse import SplitResult, quote, urlsplit

from aiobotocore.session import AioSession
from botocore.exceptions import BotoCoreError, ClientError

from lbc_contracts.messages import Link
from lbc_runtime.aws import CALL_SECONDS
from lbc_runtime.clock import Clock
from lbc_runtime.credentials import session
from lbc_runtime.errors import DependencyDown
from lbc_runtime.objects import DEPENDENCY, StoredObject

MAX_LIFETIME: Final = timedelta(days=7)
"""S3's own limit for SigV4."""

MIN_LIFETIME: Final = timedelta(minutes=1)
"""A link that ends sooner helps nobody: credentials this close to their end count as down."""

UNKNOWN_LIFETIME: Final = timedelta(minutes=15)
"""For session credentials that do not say when they end: the shortest session that STS gives."""

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Credentials at one moment.

    Attributes:
        token: of a session; None for the keys of a user.
        expires_at: when they end, as far as they say.
    """

    access_key: str
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None


class SigningKeys(Protocol):
    """Where signing keys come from."""

    async def current(self) -> SigningKey:
        """Keys that are valid now, renewed as needed."""
        ...


class SessionKeys:
    """Keys by AWS's default chain, or by a profile of the shared credentials file (a signing user of its own)."""

    def __init__(self, profile: str | None = None) -> None:
        self._profile = profile
        self._session: AioSession | None = None

    async def current(self) -> SigningKey:
        """Keys that are valid now.

        Raises:
            DependencyDown: none to be found, or they cannot be renewed.
        """
        try:
            async with asyncio.timeout(CALL_SECONDS):
                self._session = self._session or session(self._profile)
                credentials = await self._session.get_credentials()
                frozen = await credentials.get_frozen_credentials() if credentials else None
        except (BotoCoreError, ClientError, TimeoutError, OSError, RuntimeError) as error:
            # RuntimeError is how botocore says that the renewed credentials have ended as well.
            raise DependencyDown(DEPENDENCY, f"no signing credentials: {type(error).__name__}") from error
        if frozen is None:
            raise DependencyDown(DEPENDENCY, "no signing credentials found")
        # Nothing is awaited since they were frozen, so this is the end of these very keys. It has no public name.
        expires_at: datetime | None = getattr(credentials, "_expiry_time", None)
        return SigningKey(frozen.access_key, frozen.secret_key, frozen.token or None, expires_at)


class LinkSigner:
    """Makes links to objects.

    Args:
        endpoint: the S3 address that Telegram fetches from; None is AWS's own for ``region``.
        lifetime: wanted, at most ``MAX_LIFETIME``; credentials that end earlier shorten it.
    """

    def __init__(
        self,
        keys: SigningKeys,
        clock: Clock,
        *,
        region: str,
        endpoint: str | None = None,
        lifetime: timedelta = timedelta(hours=24),
    ) -> None:
        if not MIN_LIFETIME <= lifetime <= MAX_LIFETIME:
            raise ValueError(f"a link lives from {MIN_LIFETIME} to {MAX_LIFETIME}, not {lifetime}")
        self._keys = keys
        self._clock = clock
        self._region = region
        self._endpoint = endpoint
        self._lifetime = lifetime

    async def link(self, stored: StoredObject) -> Link:
        """Sign a GET of ``stored``.

        Raises:
            DependencyDown: no credentials that live long enough.
        """
        key = await self._keys.current()
        now = self._clock.now().replace(microsecond=0)  # what the signature will say
        lifetime = min(self._lifetime, _life(key, now))
        if lifetime < MIN_LIFETIME:
            raise DependencyDown(DEPENDENCY, "the signing credentials are about to end")
        url = object_url(stored.bucket, stored.key, self._region, self._endpoint)
        return Link(
            url=presign_get(url, key, self._region, now, lifetime),
            expires_at=now + timedelta(seconds=int(lifetime.total_seconds())),
            object_key=stored.name,
            content_type=stored.content_type,
            size=stored.size,
            etag=stored.etag,
        )


def object_url(bucket: str, key: str, region: str, endpoint: str | None = None) -> str:
    """Address of an object: by virtual host on AWS, by path elsewhere and where dots would break the certificate."""
    path = quote(key, safe="/")
    if endpoint is None:
        aws = f"s3.{region}.amazonaws.com" + (".cn" if region.startswith("cn-") else "")
        if "." not in bucket:
            return f"https://{bucket}.{aws}/{path}"
        endpoint = f"https://{aws}"
    return f"{endpoint.rstrip('/')}/{bucket}/{path}"


def presign_get(url: str, key: SigningKey, region: str, now: datetime, lifetime: timedelta) -> str:
    """Add a SigV4 signature to ``url``, whose path is encoded and which has no query.

    Follows "Authenticating Requests: Using Query Parameters" of the Amazon S3 API reference.
    """
    parts = urlsplit(url)
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    fields = {
        "X-Amz-Algorithm": _ALGORITHM,
        "X-Amz-Credential": f"{key.access_key}/{scope}",
        "X-Amz-Date": stamp,
        "X-Amz-Expires": str(int(lifetime.total_seconds())),
        "X-Amz-SignedHeaders": "host",
    } | ({"X-Amz-Security-Token": key.token} if key.token else {})
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in sorted(fields.items()))
    request = "\n".join(("GET", parts.path, query, f"host:{_host(parts)}", "", "host", "UNSIGNED-PAYLOAD"))
    to_sign = "\n".join((_ALGORITHM, stamp, scope, hashlib.sha256(request.encode()).hexdigest()))
    secret = f"AWS4{key.secret_key}".encode()
    for part in scope.split("/"):
        secret = hmac.digest(secret, part.encode(), "sha256")
    return f"{url}?{query}&X-Amz-Signature={hmac.digest(secret, to_sign.encode(), 'sha256').hex()}"


def _host(parts: SplitResult) -> str:
    name = parts.hostname or ""
    host = f"[{name}]" if ":" in name else name
    port = parts.port
    return host if port is None or port == _DEFAULT_PORTS[parts.scheme] else f"{host}:{port}"


def _life(key: SigningKey, now: datetime) -> timedelta:
    if key.expires_at is not None:
        return key.expires_at - now
    return UNKNOWN_LIFETIME if key.token else MAX_LIFETIME
