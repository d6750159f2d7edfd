"""One suite for the stores in memory and the tables: who passes it with one may trust the other."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from delivery_world.commands import ME, NOON, OTHER
from delivery_world.doubles import FakeClock
from delivery_world.edges import dynamodb_client

from lbc_contracts.messages import OutcomeKind
from lbc_contracts.tables import CONTROL, DELIVERIES
from lbc_delivery.adapters.memory import MemoryDeliveries, MemoryFiles, MemoryPause
from lbc_delivery.adapters.tables import DynamoDeliveries, DynamoFiles, DynamoPause
from lbc_delivery.app.ports import Deliveries, Files
from lbc_delivery.app.remembered import RememberedFiles
from lbc_delivery.domain.claims import NOBODY, Claimed, Refused, Sent
from lbc_runtime.errors import DependencyDown

MINE = Claimed(ME, NOON + timedelta(seconds=30, microseconds=123_456))
THEIRS = Claimed(OTHER, NOON + timedelta(seconds=31))
ENDS: list[Sent | Refused] = [
    Sent(2**40, NOON + timedelta(microseconds=1)),
    Refused(OutcomeKind.UNREACHABLE, "blocked", NOON),
    Refused(OutcomeKind.FAILED, "bad-html", NOON),
]


@pytest.fixture(params=["memory", "dynamodb"])
def deliveries(request: pytest.FixtureRequest) -> Deliveries:
    if request.param == "memory":
        return MemoryDeliveries()
    client, prefix = request.getfixturevalue("client"), request.getfixturevalue("prefix")
    return DynamoDeliveries(client, prefix, life=timedelta(days=90), clock=FakeClock())


@pytest.fixture(params=["memory", "dynamodb", "remembered"])
def files(request: pytest.FixtureRequest) -> Files:
    if request.param == "memory":
        return MemoryFiles()
    client, prefix = request.getfixturevalue("client"), request.getfixturevalue("prefix")
    table = DynamoFiles(client, prefix, FakeClock())
    return RememberedFiles(table, 2) if request.param == "remembered" else table


async def test_there_is_nothing_at_first(deliveries: Deliveries) -> None:
    assert await deliveries.read("c") is None
    await deliveries.release("c", ME)
    assert await deliveries.mark("c", ME, ENDS[0]) is None
    assert await deliveries.claim("c", MINE, over=THEIRS) is None
    assert await deliveries.read("c") is None


async def test_the_first_claim_stands(deliveries: Deliveries) -> None:
    assert await deliveries.claim("c", MINE, over=None) == MINE
    assert await deliveries.claim("c", THEIRS, over=None) == MINE
    assert await deliveries.read("c") == MINE
    assert await deliveries.claim("d", THEIRS, over=None) == THEIRS


async def test_a_claim_is_replaced_only_as_it_was_seen(deliveries: Deliveries) -> None:
    await deliveries.claim("c", MINE, over=None)
    seen_before = Claimed(ME, NOON)
    assert await deliveries.claim("c", THEIRS, over=seen_before) == MINE
    assert await deliveries.claim("c", THEIRS, over=MINE) == THEIRS
    assert await deliveries.claim("c", MINE, over=MINE) == THEIRS


async def test_a_claim_keeps_its_count(deliveries: Deliveries) -> None:
    await deliveries.claim("c", MINE, over=None)
    left = Claimed(NOBODY, NOON, doubtful=2)
    assert await deliveries.claim("c", left, over=MINE) == left
    assert await deliveries.read("c") == left
    taken = Claimed(OTHER, NOON + timedelta(seconds=31), doubtful=2)
    assert await deliveries.claim("c", taken, over=left) == taken
    assert await deliveries.claim("c", MINE, over=left) == taken


@pytest.mark.parametrize("end", ENDS)
async def test_an_end_is_marked_by_the_owner_and_for_good(deliveries: Deliveries, end: Sent | Refused) -> None:
    await deliveries.claim("c", MINE, over=None)
    assert await deliveries.mark("c", OTHER, end) == MINE
    assert await deliveries.mark("c", ME, end) == end
    assert await deliveries.read("c") == end
    assert await deliveries.mark("c", ME, Sent(1, NOON)) == end
    assert await deliveries.claim("c", MINE, over=None) == end
    assert await deliveries.claim("c", THEIRS, over=MINE) == end
    await deliveries.release("c", ME)
    assert await deliveries.read("c") == end


async def test_a_claim_is_released_by_its_owner(deliveries: Deliveries) -> None:
    await deliveries.claim("c", MINE, over=None)
    await deliveries.release("c", OTHER)
    assert await deliveries.read("c") == MINE
    await deliveries.release("c", ME)
    assert await deliveries.read("c") is None


async def test_files_are_remembered_replaced_and_dropped(files: Files) -> None:
    assert await files.get("k") is None
    for file_id in ("a", "a", "b"):
        await files.put("k", file_id)
    assert await files.get("k") == "b"
    await files.drop("k", "a")
    assert await files.get("k") == "b"
    await files.drop("k", "b")
    await files.drop("k", "b")
    assert await files.get("k") is None


async def test_memory_in_front_of_the_files_is_bounded(files: Files) -> None:
    for number in range(5):
        await files.put(f"k{number}", str(number))
    assert [await files.get(f"k{number}") for number in range(5)] == list("01234")


async def test_rows_end_some_day(client: Any, prefix: str) -> None:
    rows = DynamoDeliveries(client, prefix, life=timedelta(days=90), clock=FakeClock())
    await rows.claim("c", MINE, over=None)
    row = await client.get_item(TableName=prefix + DELIVERIES.name, Key={"commandId": {"S": "c"}})
    assert int(row["Item"][DELIVERIES.ttl]["N"]) == int((NOON + timedelta(days=90)).timestamp())


async def test_a_row_in_an_unknown_state_is_a_bug(client: Any, prefix: str) -> None:
    rows = DynamoDeliveries(client, prefix, life=timedelta(days=90), clock=FakeClock())
    item = {"commandId": {"S": "c"}, "state": {"S": "odd"}}
    await client.put_item(TableName=prefix + DELIVERIES.name, Item=item)
    with pytest.raises(ValueError, match="odd"):
        await rows.read("c")


async def test_the_pause_is_a_row_of_the_bot(client: Any, prefix: str) -> None:
    switch = DynamoPause(client, prefix, "demo")
    assert not await switch.paused()
    for on in (True, False):
        row = {"name": {"S": "demo:delivery"}, "paused": {"BOOL": on}}
        await client.put_item(TableName=prefix + CONTROL.name, Item=row)
        assert await switch.paused() is on
        assert await MemoryPause(on=on).paused() is on
    for seconds in (-60, 60):
        row = {"name": {"S": "demo:delivery"}, "paused": {"BOOL": True}, "until": {"N": str(time.time() + seconds)}}
        await client.put_item(TableName=prefix + CONTROL.name, Item=row)
        assert await switch.paused() is (seconds > 0), "it ends by itself"
    assert not await DynamoPause(client, prefix, "another").paused()
    await switch.probe()


async def test_a_table_that_does_not_answer_is_a_dependency_that_is_down() -> None:
    async with dynamodb_client("http://127.0.0.1:9") as client:
        for call in (
            DynamoDeliveries(client, "x-", life=timedelta(days=1), clock=FakeClock()).read("c"),
            DynamoDeliveries(client, "x-", life=timedelta(days=1), clock=FakeClock()).claim("c", MINE, over=None),
            DynamoDeliveries(client, "x-", life=timedelta(days=1), clock=FakeClock()).release("c", ME),
            DynamoFiles(client, "x-", FakeClock()).get("k"),
            DynamoPause(client, "x-", "demo").probe(),
        ):
            with pytest.raises(DependencyDown) as down:
                await call
            assert down.value.dependency == "dynamodb"


async def test_a_missing_table_is_a_dependency_that_is_down(client: Any) -> None:
    with pytest.raises(DependencyDown):
        await DynamoPause(client, f"none-{os.getpid()}-", "demo").paused()


class FailingClient:
    """Of DynamoDB; every call ends in ``error``."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def _fail(self, **_: object) -> None:
        raise self.error

    get_item = put_item = delete_item = _fail


def no(code: str, operation: str = "GetItem") -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 400}}, operation)


@pytest.mark.parametrize(
    "error",
    [
        no("AccessDeniedException"),
        no("InvalidSignatureException"),
        no("NobodyForesawThisException"),
        no("InvalidIdentityToken", "AssumeRoleWithWebIdentity"),
        TimeoutError(),
        RuntimeError("Credentials were refreshed, but the refreshed credentials are still expired."),
    ],
)
async def test_what_is_not_about_the_row_is_a_dependency_that_is_down(error: Exception) -> None:
    client = FailingClient(error)
    rows = DynamoDeliveries(client, "x-", life=timedelta(days=1), clock=FakeClock())
    files = DynamoFiles(client, "x-", FakeClock())
    for call in (
        rows.read("c"),
        rows.claim("c", MINE, over=None),
        rows.mark("c", ME, ENDS[0]),
        rows.release("c", ME),
        files.get("k"),
        files.put("k", "f"),
        files.drop("k", "f"),
        DynamoPause(client, "x-", "demo").paused(),
    ):
        with pytest.raises(DependencyDown):
            await call


async def test_a_request_that_makes_no_sense_is_a_bug() -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        await DynamoFiles(FailingClient(no("ValidationException")), "x-", FakeClock()).get("k")
