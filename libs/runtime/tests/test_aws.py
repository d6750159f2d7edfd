from __future__ import annotations

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)

from lbc_runtime.aws import client, translate
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


@pytest.mark.parametrize(
    "error",
    [
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
        answer("TransactionCanceledException", reasons=("None", "TransactionConflict")),
    ],
)
def test_a_conflict_concerns_one_item(error: Exception) -> None:
    assert isinstance(translate(error, "dynamodb"), Transient)


@pytest.mark.parametrize(
    "error",
    [
        answer("NoSuchKey", 404),
        answer("AccessDenied", 403),
        answer("ConditionalCheckFailedException"),
        answer("TransactionCanceledException", reasons=("ConditionalCheckFailed", "TransactionConflict")),
        ParamValidationError(report="wrong"),
        ValueError(),
    ],
)
def test_the_rest_is_for_the_caller_to_say(error: Exception) -> None:
    assert translate(error, "s3") is None


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
