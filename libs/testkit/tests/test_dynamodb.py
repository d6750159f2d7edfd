from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from botocore.exceptions import ClientError, EndpointConnectionError, HTTPClientError

from lbc_testkit import PartFailedError, UnsupportedError
from lbc_testkit import dynamo_faults as faults_module
from lbc_testkit.dynamo_faults import DynamoFaults, dynamo_faults
from lbc_testkit.dynamodb import DynamoDB, dynamodb
from lbc_testkit.ports import free_port

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def local(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DynamoDB]:
    async with dynamodb(tmp_path_factory.mktemp("dynamodb")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def faults(local: DynamoDB) -> AsyncIterator[DynamoFaults]:
    async with dynamo_faults(local.endpoint) as standing:
        yield standing


async def _create(client: Any, table: str) -> None:
    await client.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def _put(table: str, key: str, *, fresh: bool = False) -> dict[str, Any]:
    put: dict[str, Any] = {"TableName": table, "Item": {"id": {"S": key}}}
    if fresh:
        put["ConditionExpression"] = "attribute_not_exists(id)"
        put["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return {"Put": put}


async def _has(client: Any, table: str, key: str) -> bool:
    answer = await client.get_item(TableName=table, Key={"id": {"S": key}}, ConsistentRead=True)
    return "Item" in answer


async def test_a_transaction_happens_whole_or_not_at_all(local: DynamoDB, client: Any) -> None:
    async with client("dynamodb", local.endpoint) as dynamo:
        await _create(dynamo, "whole")
        await dynamo.transact_write_items(TransactItems=[_put("whole", "a"), _put("whole", "b")])
        with pytest.raises(dynamo.exceptions.TransactionCanceledException) as cancelled:
            await dynamo.transact_write_items(TransactItems=[_put("whole", "c"), _put("whole", "a", fresh=True)])
        reasons = cancelled.value.response["CancellationReasons"]
        assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
        assert reasons[1]["Item"] == {"id": {"S": "a"}}
        assert not await _has(dynamo, "whole", "c")


async def test_tables_on_disk_outlive_a_restart(tmp_path: Path, client: Any) -> None:
    async with dynamodb(tmp_path, persistent=True) as local:
        if not local.controllable:
            pytest.skip("DynamoDB was given, and is not ours to break")
        async with client("dynamodb", local.endpoint) as dynamo:
            await _create(dynamo, "kept")
            await dynamo.transact_write_items(TransactItems=[_put("kept", "a")])
            await local.restart()
            assert await _has(dynamo, "kept", "a")


async def test_a_given_one_is_used_and_left_alone(local: DynamoDB, tmp_path: Path) -> None:
    async with dynamodb(tmp_path, endpoint=local.endpoint) as given:
        assert given.endpoint == local.endpoint
        with pytest.raises(UnsupportedError, match="not ours"):
            await given.kill()


async def test_a_given_one_that_is_not_there_is_reported(tmp_path: Path) -> None:
    with pytest.raises(PartFailedError, match="nothing answers at DYNAMODB_ENDPOINT"):
        async with dynamodb(tmp_path, endpoint=f"http://127.0.0.1:{free_port()}"):
            pytest.fail("it went on without")


async def test_a_taken_port_is_reported_with_its_holder(local: DynamoDB, tmp_path: Path) -> None:
    if not local.controllable:
        pytest.skip("DynamoDB was given, and holds no port of ours")
    port = int(local.endpoint.rpartition(":")[2])
    with pytest.raises(PartFailedError, match=rf"port {port} is taken by "):
        async with dynamodb(tmp_path, port=port):
            pytest.fail("it started on a taken port")


async def test_without_a_fault_everything_passes(faults: DynamoFaults, client: Any) -> None:
    async with client("dynamodb", faults.endpoint) as dynamo:
        await _create(dynamo, "passing")
        await dynamo.transact_write_items(TransactItems=[_put("passing", "a")])
        assert await _has(dynamo, "passing", "a")
    assert faults.operations == {"CreateTable": 1, "TransactWriteItems": 1, "GetItem": 1}


async def test_a_conflict_names_its_item_and_happens_once(faults: DynamoFaults, client: Any) -> None:
    async with client("dynamodb", faults.endpoint) as dynamo:
        await _create(dynamo, "conflict")
        injection = faults.inject(faults_module.Conflict(item=1), operation="TransactWriteItems")
        items = [_put("conflict", "a"), _put("conflict", "b")]
        with pytest.raises(dynamo.exceptions.TransactionCanceledException) as cancelled:
            await dynamo.transact_write_items(TransactItems=items)
        codes = [reason["Code"] for reason in cancelled.value.response["CancellationReasons"]]
        assert codes == ["None", "TransactionConflict"]
        assert not await _has(dynamo, "conflict", "a")
        await dynamo.transact_write_items(TransactItems=items)
        assert injection.fired == 1


async def test_a_plain_write_gets_the_conflict_of_its_kind(faults: DynamoFaults, client: Any) -> None:
    async with client("dynamodb", faults.endpoint) as dynamo:
        faults.inject(faults_module.TRANSACTION_CONFLICT)
        with pytest.raises(dynamo.exceptions.TransactionConflictException):
            await dynamo.put_item(TableName="any", Item={"id": {"S": "a"}})


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (faults_module.THROUGHPUT_EXCEEDED, "ProvisionedThroughputExceededException"),
        (faults_module.THROTTLED, "ThrottlingException"),
        (faults_module.REQUEST_LIMIT, "RequestLimitExceeded"),
        (faults_module.INTERNAL_ERROR, "InternalServerError"),
        (faults_module.UNAVAILABLE, "ServiceUnavailableException"),
    ],
)
async def test_errors_come_as_the_client_knows_them(
    faults: DynamoFaults, client: Any, fault: faults_module.Error, code: str
) -> None:
    async with client("dynamodb", faults.endpoint) as dynamo:
        with faults.injecting(fault) as injection, pytest.raises(ClientError) as refused:
            await dynamo.list_tables()
        assert refused.value.response["Error"]["Code"] == code
        assert injection.fired == 1
        await dynamo.list_tables()


async def test_a_fault_can_be_meant_for_one_table(faults: DynamoFaults, client: Any) -> None:
    async with client("dynamodb", faults.endpoint) as dynamo:
        await _create(dynamo, "spared")
        with faults.injecting(faults_module.THROTTLED, matches=lambda body: body.get("TableName") == "hit"):
            assert not await _has(dynamo, "spared", "a")
            with pytest.raises(ClientError, match="ThrottlingException"):
                await _has(dynamo, "hit", "a")


@pytest.mark.parametrize("fault", [faults_module.CLOSE_AFTER, faults_module.CLOSE_BEFORE])
async def test_a_lost_answer_leaves_the_client_in_doubt(
    faults: DynamoFaults, client: Any, fault: faults_module.Close
) -> None:
    table = f"doubt-{fault.applied}"
    async with client("dynamodb", faults.endpoint) as dynamo:
        await _create(dynamo, table)
        faults.inject(fault, operation="TransactWriteItems")
        with pytest.raises(HTTPClientError):
            await dynamo.transact_write_items(TransactItems=[_put(table, "a")])
        assert await _has(dynamo, table, "a") is fault.applied


async def test_latency_beyond_the_clients_patience(faults: DynamoFaults, client: Any) -> None:
    async with client("dynamodb", faults.endpoint, read_timeout=0.3) as dynamo:
        with faults.injecting(faults_module.Latency(30)), pytest.raises(HTTPClientError):
            await dynamo.list_tables()
        faults.clear()
        await dynamo.list_tables()


async def test_a_target_that_is_away_looks_away(client: Any) -> None:
    async with (
        dynamo_faults(f"http://127.0.0.1:{free_port()}") as standing,
        client("dynamodb", standing.endpoint) as dynamo,
    ):
        with pytest.raises((HTTPClientError, EndpointConnectionError)):
            await dynamo.list_tables()
