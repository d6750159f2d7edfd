"""AWS clients with bounded waits, and what their errors mean; imported only by services that use AWS."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    TokenRetrievalError,
)
from botocore.exceptions import (
    ConnectionError as BotoConnectionError,
)

from lbc_runtime.errors import DependencyDown, Transient
from lbc_runtime.settings import AwsSettings

_DOWN_CODES = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InvalidClientTokenId",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeTooSkewed",
        "ResourceNotFoundException",
        "ServiceFailureException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
        "UnrecognizedClientException",
    }
)
"""Throttling, failures on their side, credentials that ended, and tables that provisioning has not made yet."""

_CONFLICTS = frozenset({"TransactionConflict", "TransactionConflictException"})

_DOWN_ERRORS: tuple[type[Exception], ...] = (
    BotoConnectionError,
    HTTPClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    TokenRetrievalError,
    OSError,
    TimeoutError,
)

_SERVER_ERROR = 500
_TOO_MANY = 429


def client(settings: AwsSettings, service_name: str, *, public: bool = False) -> AbstractAsyncContextManager[Any]:
    """A client that never retries by itself: the runtime does, and knows why.

    Args:
        settings: region, endpoints, timeouts.
        service_name: as AWS calls it: ``dynamodb``, ``s3``, ``sts``, ``kms``, ``polly``.
        public: sign for the S3 address that Telegram uses, where that is another one.

    Returns:
        A context manager of an aiobotocore client.
    """
    endpoint = getattr(settings, f"{service_name}_endpoint")
    if public:
        endpoint = settings.s3_public_endpoint or endpoint
    config = AioConfig(
        region_name=settings.region,
        connect_timeout=settings.connect_timeout,
        read_timeout=settings.read_timeout,
        max_pool_connections=settings.max_pool_connections,
        retries={"total_max_attempts": 1, "mode": "standard"},
        parameter_validation=False,
        signature_version="s3v4" if service_name == "s3" else None,
        s3={"addressing_style": "path" if endpoint else "auto"},
    )
    manager: AbstractAsyncContextManager[Any] = get_session().create_client(
        service_name, region_name=settings.region, endpoint_url=endpoint, config=config
    )
    return manager


def translate(error: Exception, dependency: str) -> DependencyDown | Transient | None:
    """What an error of AWS means for the message in hand; None if that is for the caller to say.

    Access denied is the caller's too: S3 says it of an object that is merely missing.
    """
    if isinstance(error, ClientError):
        return _translate_response(error.response, dependency)
    if isinstance(error, _DOWN_ERRORS):
        return DependencyDown(dependency, f"{type(error).__name__}: {error}")
    if isinstance(error, BotoCoreError):
        return None
    return None


def _translate_response(response: Mapping[str, Any], dependency: str) -> DependencyDown | Transient | None:
    code = str(response.get("Error", {}).get("Code", ""))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code == "TransactionCanceledException":
        reasons = {str(reason.get("Code")) for reason in response.get("CancellationReasons", ())}
        if reasons & _DOWN_CODES:
            return DependencyDown(dependency, f"{code}: {', '.join(sorted(reasons & _DOWN_CODES))}")
        if reasons & _CONFLICTS and "ConditionalCheckFailed" not in reasons:
            return Transient("transaction-conflict", code)
        return None
    if code in _CONFLICTS:
        return Transient("transaction-conflict", code)
    if code in _DOWN_CODES or status >= _SERVER_ERROR or status == _TOO_MANY:
        return DependencyDown(dependency, f"{code or 'error'} ({status})")
    return None
