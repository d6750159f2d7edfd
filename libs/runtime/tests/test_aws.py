from __future__ import annotations

import asyncio

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
    RefreshWithMFAUnsupportedError,
)
from botocore.parsers import ResponseParserError

from lbc_runtime.aws import call, client, translate
from lbc_runtime.errors import DependencyDown, Transient
from lbc_runtime.settings import AwsSettings
from lbc_testkit.aws import Moto


def answer(code: str, status: int = 400, reasons: tuple[str, ...] = ()) -> ClientError:
    response = {
        "Error": {"Code": code, "Message": "no"},
        "ResponseMetadata": {"HTTPStatusCode": status},
        "CancellationReasons": [{"Code": reason} for reason in reasons],
    }
    return ClientError(response, "Operation")


STILL_EXPIRED = RuntimeError("Credentials were refreshed, but the refreshed credentials are still expired.")


@pytest.mark.parametrize(
    "error",
    [
        answer("AccessDeniedException"),
        answer("AccessDenied", 403),
        answer("InvalidSignatureException"),
        answer("IncompleteSignatureException"),
        answer("MissingAuthenticationTokenException"),
        answer("UnrecognizedClientException"),
        answer("InvalidIdentityToken"),
        answer("IDPCommunicationError"),
        answer("NewWordForNo", 403),
        answer("TransactionCanceledException", reasons=("None", "AccessDenied")),
        RefreshWithMFAUnsupportedError(),
        ResponseParserError("half of an answer"),
        STILL_EXPIRED,
        answer("ThrottlingException"),
        answer("ProvisionedThroughputExceededException"),
        answer("SlowDown", 503),
        answer("Whatever", 500),
        answer("", 429),
        answer("ExpiredToken", 403),
        answer("ResourceNotFoundException"),
        answer("TransactionCanceledException", reasons=("None", "ThrottlingError")),
        answer("TransactionCanceledException", reasons=("ConditionalCheckFailed", "ThrottlingError")),
        EndpointConnectionError(endpoint_url="http://nowhere"),
        ReadTimeoutError(endpoint_url="http://slow"),
        NoCredentialsError(),
        ConnectionRefusedError(),
        TimeoutError(),
    ],
)
def test_what_is_not_the_messages_fault_is_a_dependency_down(error: Exception) -> None:
    translated = translate(error, "dynamodb")
    assert isinstance(translated, DependencyDown)
    assert translated.dependency == "dynamodb"


@pytest.mark.parametrize(
    "error",
    [
        answer("TransactionConflictException"),
        answer("ReplicatedWriteConflictException"),
        answer("TransactionCanceledException", reasons=("None", "TransactionConflict")),
    ],
)
def test_a_conflict_concerns_one_item(error: Exception) -> None:
    assert isinstance(translate(error, "dynamodb"), Transient)


@pytest.mark.parametrize(
    "error",
    [
        answer("ConditionalCheckFailedException"),
        answer("ItemCollectionSizeLimitExceededException"),
        answer("ValidationException"),
        answer("TransactionCanceledException", reasons=("None", "ValidationError")),
        answer("TransactionCanceledException", reasons=("ConditionalCheckFailed", "TransactionConflict")),
        ParamValidationError(report="wrong"),
        ValueError(),
        RuntimeError("cannot reuse already awaited coroutine"),
    ],
)
async def test_what_is_about_the_item_or_is_a_bug_comes_out_as_it_is(error: Exception) -> None:
    assert translate(error, "dynamodb") is None
    with pytest.raises(type(error)) as caught:
        async with call("dynamodb"):
            raise error
    assert caught.value is error


async def test_whatever_else_a_table_answers_is_not_the_items_fault() -> None:
    error = answer("NobodyForesawThisException")
    assert translate(error, "dynamodb") is None
    with pytest.raises(DependencyDown, match="Operation: NobodyForesawThisException") as caught:
        async with call("dynamodb"):
            raise error
    assert caught.value.dependency == "dynamodb"


async def test_a_call_that_hangs_has_an_end() -> None:
    with pytest.raises(DependencyDown) as caught:
        async with call("dynamodb", seconds=0.01):
            await asyncio.Event().wait()
    assert caught.value.dependency == "dynamodb"


async def test_a_call_that_is_cancelled_is_cancelled() -> None:
    async def hang() -> None:
        async with call("dynamodb"):
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_client_speaks_to_its_endpoint_and_never_retries(aws: Moto, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    async with client(AwsSettings(s3_endpoint=aws.endpoint), "s3") as s3:
        await s3.create_bucket(Bucket="runtime-test")
        with pytest.raises(ClientError) as caught:
            await s3.head_object(Bucket="runtime-test", Key="missing")
        assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == 0


async def test_links_can_be_signed_for_another_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    settings = AwsSettings(s3_endpoint="http://inside:9000", s3_public_endpoint="https://outside.example")
    async with client(settings, "s3", public=True) as s3:
        url = await s3.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})
    assert url.startswith("https://outside.example/b/k?")
    assert "X-Amz-Signature=" in url


async def test_a_refused_connection_is_a_dependency_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    async with client(AwsSettings(dynamodb_endpoint="http://127.0.0.1:9"), "dynamodb") as dynamodb:
        with pytest.raises(EndpointConnectionError) as caught:
            await dynamodb.list_tables()
    assert isinstance(translate(caught.value, "dynamodb"), DependencyDown)
