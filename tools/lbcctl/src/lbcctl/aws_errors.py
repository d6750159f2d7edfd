"""What an answer of AWS, or its lack, means for the operator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from botocore import exceptions as boto
from yarl import URL

from lbc_runtime.masking import mask
from lbc_runtime.settings import AwsSettings
from lbcctl.exits import Exit, StopError

_NO_CREDENTIALS: Final = (
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    boto.ProfileNotFound,
    boto.CredentialRetrievalError,
    boto.TokenRetrievalError,
    boto.SSOError,
)
_UNREACHABLE: Final = (boto.EndpointConnectionError, boto.ConnectionError, boto.HTTPClientError)
_NO_REGION: Final = (boto.NoRegionError, boto.InvalidRegionError)


@dataclass(frozen=True, slots=True)
class _Kind:
    """Error codes that have one sentence; ``{operation}`` stands for what was asked."""

    codes: frozenset[str]
    exit: Exit
    sentence: str


_KINDS: Final = (
    _Kind(
        frozenset(
            {
                "AuthFailure",
                "ExpiredToken",
                "ExpiredTokenException",
                "IncompleteSignature",
                "IncompleteSignatureException",
                "InvalidAccessKeyId",
                "InvalidClientTokenId",
                "InvalidSignatureException",
                "InvalidToken",
                "MissingAuthenticationToken",
                "MissingAuthenticationTokenException",
                "RequestTimeTooSkewed",
                "SignatureDoesNotMatch",
                "UnrecognizedClientException",
            }
        ),
        Exit.DENIED,
        "wrong credentials. Renew them, or choose others by AWS_PROFILE",
    ),
    _Kind(
        frozenset({"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "301"}),
        Exit.DENIED,
        "wrong region. Set LBC_AWS__REGION to the one where the bucket is",
    ),
    _Kind(
        frozenset({"AccessDenied", "AccessDeniedException", "AllAccessDisabled", "Forbidden"}),
        Exit.DENIED,
        "missing right: these credentials may not do {operation}. --help says what the command needs",
    ),
    _Kind(
        frozenset({"403"}),  # an answer to HEAD has no words
        Exit.DENIED,
        "missing right for {operation}, or wrong credentials. --help says what the command needs",
    ),
    _Kind(
        frozenset({"ResourceNotFoundException"}),
        Exit.DENIED,
        "wrong region, or wrong LBC_TABLES_PREFIX, or never provisioned: there is no such table for {operation}",
    ),
    _Kind(
        frozenset({"NoSuchBucket"}),
        Exit.DENIED,
        "wrong LBC_ASSETS_BUCKET or LBC_TTS_BUCKET, or never provisioned: there is no such bucket for {operation}",
    ),
    _Kind(
        frozenset(
            {
                "LimitExceededException",
                "ProvisionedThroughputExceededException",
                "RequestLimitExceeded",
                "SlowDown",
                "ThrottlingException",
                "Throttling",
            }
        ),
        Exit.DOWN,
        "throttled at {operation}. Try again in a moment",
    ),
)

_DYNAMODB: Final = frozenset(
    {
        "BatchGetItem",
        "BatchWriteItem",
        "CreateTable",
        "DeleteItem",
        "DescribeContinuousBackups",
        "DescribeStream",
        "DescribeTable",
        "DescribeTimeToLive",
        "GetItem",
        "GetRecords",
        "GetShardIterator",
        "ListTables",
        "PutItem",
        "Query",
        "Scan",
        "TransactGetItems",
        "TransactWriteItems",
        "UpdateContinuousBackups",
        "UpdateItem",
        "UpdateTable",
        "UpdateTimeToLive",
    }
)
_SERVER_ERROR: Final = 500


def explain_answer(error: boto.ClientError, aws: AwsSettings) -> StopError:
    """An answer that is an error: wrong credentials, missing rights, wrong region, or what else AWS says."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    said = mask(str(error.response.get("Error", {}).get("Message", "")))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    part = {"DescribeVoices": "Polly"}.get(error.operation_name, "S3")
    part = "DynamoDB" if error.operation_name in _DYNAMODB else part
    at = f"{part} at {_address(part, aws)}, region {aws.region}"
    for kind in _KINDS:
        if code in kind.codes:
            sentence = kind.sentence.format(operation=error.operation_name)
            return StopError(f"{at}: {sentence}. It said {code}: {said}", kind.exit)
    exit_ = Exit.DOWN if status >= _SERVER_ERROR else Exit.FAILED
    return StopError(f"{at}: {error.operation_name} failed ({status}). It said {code}: {said}", exit_)


def explain_driver(error: boto.BotoCoreError, aws: AwsSettings) -> StopError:
    """No answer at all: no credentials, no such region, or the part is down."""
    said = mask(str(error)).rstrip(".")
    if isinstance(error, _NO_CREDENTIALS):
        return StopError(f"AWS: no usable credentials: {said}. Set AWS_PROFILE or log in, then try again.", Exit.DENIED)
    if isinstance(error, _NO_REGION):
        return StopError(f"AWS: wrong region: {aws.region!r} is none. Set LBC_AWS__REGION.", Exit.DENIED)
    if not isinstance(error, _UNREACHABLE):
        return StopError(f"AWS: {type(error).__name__}: {said}")
    address = str(getattr(error, "kwargs", {}).get("endpoint_url") or "").rstrip("/")
    part = next((name for name in ("DynamoDB", "S3", "Polly") if _same_host(address, _address(name, aws))), "AWS")
    source = (
        f"LBC_AWS__{part.upper()}_ENDPOINT" if _given(part, aws) else f"the region {aws.region}: is that one right?"
    )
    return StopError(
        f"{part} is down: tried {address or 'its endpoint'} once, {aws.connect_timeout:g} s to connect and "
        f"{aws.read_timeout:g} s to answer: {said}. Its address comes from {source}",
        Exit.DOWN,
    )


def _given(part: str, aws: AwsSettings) -> str | None:
    return {"DynamoDB": aws.dynamodb_endpoint, "S3": aws.s3_endpoint, "Polly": aws.polly_endpoint}.get(part)


def _address(part: str, aws: AwsSettings) -> str:
    return _given(part, aws) or f"https://{part.lower()}.{aws.region}.amazonaws.com"


def _same_host(one: str, other: str) -> bool:
    return bool(one) and URL(one).authority == URL(other).authority
