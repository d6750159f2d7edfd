"""AWS clients with bounded waits, and what their errors mean; imported only by services that use AWS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus
from typing import Any, Final

from aiobotocore.config import AioConfig
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError, ValidationError
from botocore.parsers import ResponseParserError

from lbc_runtime.credentials import session
from lbc_runtime.errors import DependencyDown, Transient
from lbc_runtime.settings import AwsSettings

CALL_SECONDS: Final = 15.0
"""For one call, fetching credentials included; the client's own timeouts only bound each wait on the socket."""

_DOWN_CODES = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "ExpiredToken",
        "ExpiredTokenException",
        "IDPCommunicationError",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InvalidClientTokenId",
        "InvalidIdentityToken",
        "InvalidSignatureException",
        "LimitExceededException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
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
        "SignatureDoesNotMatch",
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
"""Throttling, failures on their side, rights and credentials that are amiss, tables that are not made yet."""

_CONFLICTS = frozenset({"ReplicatedWriteConflictException", "TransactionConflict", "TransactionConflictException"})

_CANCELED = "TransactionCanceledException"
_ITEM_REASONS = frozenset(
    {"ConditionalCheckFailed", "DuplicateItem", "ItemCollectionSizeLimitExceeded", "None", "ValidationError"}
)
"""Why DynamoDB cancels a transaction on account of what is in it, by the TransactWriteItems API reference."""

_ITEM_CODES = frozenset(
    {
        "ConditionalCheckFailedException",
        "DuplicateItemException",
        "IdempotentParameterMismatchException",
        "ItemCollectionSizeLimitExceededException",
        "RequestEntityTooLarge",
        "SerializationException",
        "ValidationException",
        _CANCELED,
    }
)
"""What DynamoDB answers on account of the item or of the request."""

_OUR_ERRORS: tuple[type[Exception], ...] = (ParamValidationError, ValidationError)
"""A request that the driver does not take."""

_DOWN_ERRORS: tuple[type[Exception], ...] = (BotoCoreError, ResponseParserError, OSError, TimeoutError)

_STILL_EXPIRED = "refreshed credentials are still expired"
"""Part of what botocore says, in a bare RuntimeError, when a refresh brought credentials that ended already."""

_NOT_ALLOWED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
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
    manager: AbstractAsyncContextManager[Any] = session().create_client(
        service_name, region_name=settings.region, endpoint_url=endpoint, config=config
    )
    return manager


@asynccontextmanager
async def call(dependency: str, *, seconds: float = CALL_SECONDS) -> AsyncIterator[None]:
    """Bound one call to DynamoDB, and say what its error means.

    Only what is known to be about the item or the request comes out as it is. Everything else would befall the next
    item too (a right that is lacking, a clock that is wrong, credentials that nobody gives), and so must cost no
    message anything.

    Args:
        dependency: its name, as in the worker's probes.
        seconds: for the call, fetching credentials included.

    Raises:
        DependencyDown: not the item's fault, or no answer in time; whether a write was done is unknown then.
        Transient: another write was in the way.
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except (ClientError, RuntimeError, *_DOWN_ERRORS) as error:
        signal = translate(error, dependency) or _unknown(error, dependency)
        if signal is None:
            raise
        raise signal from error


def translate(error: Exception, dependency: str) -> DependencyDown | Transient | None:
    """What an error of AWS, other than of S3, means for the message in hand; None if that is for the caller to say.

    S3 has rules of its own (`lbc_runtime.objects`): it denies access to an object that is merely missing.
    """
    if isinstance(error, ClientError):
        return _translate_response(error.response, dependency)
    if isinstance(error, _OUR_ERRORS):
        return None
    if isinstance(error, _DOWN_ERRORS) or (isinstance(error, RuntimeError) and _STILL_EXPIRED in str(error)):
        return DependencyDown(dependency, f"{type(error).__name__}: {error}")
    return None


def _unknown(error: Exception, dependency: str) -> DependencyDown | None:
    if not isinstance(error, ClientError):
        return None
    code = str(error.response.get("Error", {}).get("Code", ""))
    return None if code in _ITEM_CODES else DependencyDown(dependency, f"{error.operation_name}: {code or 'error'}")


def _translate_response(response: Mapping[str, Any], dependency: str) -> DependencyDown | Transient | None:
    code = str(response.get("Error", {}).get("Code", ""))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code == _CANCELED:
        return _translate_reasons(
            {str(reason.get("Code")) for reason in response.get("CancellationReasons", ())}, dependency
        )
    if code in _CONFLICTS:
        return Transient("transaction-conflict", code)
    if code in _DOWN_CODES or status >= _SERVER_ERROR or status == _TOO_MANY or status in _NOT_ALLOWED:
        return DependencyDown(dependency, f"{code or 'error'} ({status})")
    return None


def _translate_reasons(reasons: set[str], dependency: str) -> DependencyDown | Transient | None:
    if others := reasons - _ITEM_REASONS - _CONFLICTS:
        return DependencyDown(dependency, f"{_CANCELED}: {', '.join(sorted(others))}")
    if reasons & _CONFLICTS and "ConditionalCheckFailed" not in reasons:
        return Transient("transaction-conflict", _CANCELED)
    return None
