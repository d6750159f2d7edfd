"""Over real HTTP."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest

from lbc_contracts import topology
from lbc_contracts.messages import UpdateReceived
from lbc_ingress.domain.flood import FloodLimit

from .conftest import NOON, PREVIOUS, SECRET, Door, OpenDoor, until


def update(update_id: int = 7, person: int = 42) -> bytes:
    return json.dumps({"update_id": update_id, "message": {"from": {"id": person}}}).encode()


async def accepts_connections(door: Door) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", door.server.port)
    except ConnectionError:
        return False
    writer.close()
    return True


async def test_200_means_stored_byte_for_byte(door: Door) -> None:
    body = b'  {"update_id": "7",\n "message": {"text": "\xff\\ud800"}}\n'
    status, answer, headers = await door.post(body)
    assert (status, answer, headers["content-type"]) == (200, b'{"ok":true}', "application/json")
    ((stored, queue),) = door.publisher.confirmed
    assert queue is topology.UPDATES
    assert stored == UpdateReceived(
        id="demo:update:7", correlation_id="demo:update:7", time=NOON, bot="demo", update_id=7, body=body
    )
    assert isinstance(stored, UpdateReceived)
    assert stored.body == body
    assert door.results == {"accepted": 1}


async def test_no_200_before_the_confirm(door: Door) -> None:
    door.publisher.open.clear()
    posting = asyncio.create_task(door.post(update()))
    await until(lambda: door.publisher.waiting == 1)
    assert not posting.done()
    door.publisher.open.set()
    assert (await posting)[0] == 200


async def test_a_press_is_answered_in_the_reply(door: Door) -> None:
    body = json.dumps({"update_id": 7, "callback_query": {"id": "9", "from": {"id": 42}}}).encode()
    status, answer, _ = await door.post(body)
    assert status == 200
    assert json.loads(answer) == {"ok": True, "method": "answerCallbackQuery", "callback_query_id": "9"}


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_another_method_is_405_even_with_the_secret(door: Door, method: str) -> None:
    async with door.http.request(method, door.url, headers={"X-Telegram-Bot-Api-Secret-Token": SECRET}) as answer:
        assert answer.status == 405
        assert answer.headers["Allow"] == "POST"
        if method != "HEAD":
            assert await answer.json() == {"error": "Method Not Allowed"}


@pytest.mark.parametrize("path", ["/", "/telegram", "/telegram/webhook/", "/metrics", "/healthz"])
async def test_no_other_path_is_there(door: Door, path: str) -> None:
    async with door.http.post(f"http://127.0.0.1:{door.server.port}{path}") as answer:
        assert answer.status == 404
        assert await answer.json() == {"error": "Not Found"}


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1], SECRET.upper(), "é"])
async def test_without_the_secret_nothing_is_read(door: Door, secret: str | None) -> None:
    status, answer, _ = await door.post(b"not even json", secret)
    assert (status, answer) == (401, b'{"error":"Unauthorized"}')
    assert not door.publisher.confirmed
    assert door.results == {"unauthorized": 1}


async def test_secrets_rotate_without_a_restart(door: Door) -> None:
    assert (await door.post(update(), PREVIOUS))[0] == 200
    current, previous = door.secret_files
    previous.write_text(SECRET, encoding="utf-8")
    current.write_text("the-next-secret\n", encoding="utf-8")
    assert (await door.post(update(), "the-next-secret"))[0] == 200
    assert (await door.post(update(), SECRET))[0] == 200
    assert (await door.post(update(), PREVIOUS))[0] == 401


async def test_an_emptied_or_vanished_file_lets_nobody_in(door: Door) -> None:
    current, previous = door.secret_files
    previous.write_text("\n", encoding="utf-8")
    assert (await door.post(update(), ""))[0] == 401
    current.unlink()
    assert (await door.post(update(), SECRET))[0] == 200
    assert (await door.post(update(), ""))[0] == 401


@pytest.mark.parametrize(
    ("body", "detail"), [(b"", "JSON"), (b"[]", "object"), (b'{"a":1}', "update_id"), (b'{"update_id":true}', "whole")]
)
async def test_what_is_no_update_is_400_and_says_why(door: Door, body: bytes, detail: str) -> None:
    status, answer, _ = await door.post(body)
    assert status == 400
    said = json.loads(answer)
    assert said["error"] == "Bad Request"
    assert detail in said["detail"]
    assert door.results == {"not-an-update": 1}


async def test_poison_is_stored(door: Door) -> None:
    bodies = [
        b'{"update_id": 1, "x": ' + b"[" * 400_000 + b"]" * 400_000 + b"}",
        b'{"update_id": 2, "message": "\xff\xfe"}',
        b'{"update_id": 3, "update_id": 4, "message": NaN}',
        b'{"update_id": 5, "callback_query": {"id": "\\ud800"}}',
    ]
    assert [(await door.post(body))[0] for body in bodies] == [200] * 4
    assert [message.body for message, _ in door.publisher.confirmed if isinstance(message, UpdateReceived)] == bodies


async def test_a_flooding_person_is_held_back_alone(door_with: OpenDoor) -> None:
    async with door_with(flood=FloodLimit(per_second=0.4, burst=2, people=10)) as door:
        assert [(await door.post(update(n)))[0] for n in range(3)] == [200, 200, 429]
        status, answer, headers = await door.post(update(3))
        assert (status, answer, headers["retry-after"]) == (429, b'{"error":"Too Many Requests"}', "3")
        assert (await door.post(update(4, person=43)))[0] == 200
        assert (await door.post(b'{"update_id": 5}'))[0] == 200
        door.clock.seconds += 2.5
        assert (await door.post(update(6)))[0] == 200


async def test_retry_after_never_outlives_a_tap(door_with: OpenDoor) -> None:
    async with door_with(flood=FloodLimit(per_second=0.001, burst=1, people=10)) as door:
        await door.post(update())
        assert (await door.post(update()))[2]["retry-after"] == "5"


async def test_a_broker_that_is_down_is_503(door: Door) -> None:
    door.publisher.down = True
    later = set()
    for number in range(10):
        status, answer, headers = await door.post(update(number))
        assert status == 503
        assert json.loads(answer)["error"] == "Service Unavailable"
        later.add(int(headers["retry-after"]))
    assert later == {1, 2, 3, 4, 5}
    assert door.results == {"not-stored": 10}


async def test_a_broker_that_never_answers_is_503(door_with: OpenDoor) -> None:
    async with door_with(wait=0.05) as door:
        door.publisher.open.clear()
        assert (await door.post(update()))[0] == 503
        await until(lambda: door.publisher.waiting == 0)


async def test_too_many_at_once_are_told_to_come_back(door_with: OpenDoor) -> None:
    async with door_with(max_in_flight=2) as door:
        door.publisher.open.clear()
        posting = [asyncio.create_task(door.post(update(n))) for n in range(2)]
        await until(lambda: door.publisher.waiting == 2)
        status, _, headers = await door.post(update(2))
        assert (status, headers["retry-after"]) == (503, "1")
        door.publisher.open.set()
        assert [(await post)[0] for post in posting] == [200, 200]
        assert (await door.post(update(3)))[0] == 200


async def test_a_stop_lets_what_is_in_flight_finish(door: Door) -> None:
    door.publisher.open.clear()
    posting = asyncio.create_task(door.post(update()))
    await until(lambda: door.publisher.waiting == 1)
    assert door.server.started
    door.stop.set()
    while await accepts_connections(door):  # noqa: ASYNC110 - a closed port tells nobody
        await asyncio.sleep(0.01)
    door.publisher.open.set()
    status, _, headers = await posting
    assert (status, headers["connection"]) == (200, "close")
    await door.running
    with pytest.raises(aiohttp.ClientConnectorError):
        await door.post(update())
