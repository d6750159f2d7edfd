"""Each endpoint of the control API with bad input: the status, and words that say what to do."""

import io
import json
from typing import Any

import pytest

from telegram_sim.client import Person, Sim
from telegram_sim.edge.control import control_routes

from .conftest import Bot

JSON = "application/json"
BAD: list[tuple[str, str, Any, int, str]] = [
    ("GET", "/people?limit=x", None, 400, "limit: a number is expected"),
    ("GET", "/people?last=2", None, 400, "the query has an unknown name: last; there are limit"),
    ("POST", "/people", {"id": 0}, 400, "id: a positive number of at most 52 bits is expected"),
    ("POST", "/people", {"nickname": "x"}, 400, "unknown field: nickname; there are id, deactivated, first_name"),
    ("POST", "/people", {"first_name": None}, 400, "first_name: a text of at most 64 characters is expected"),
    ("POST", "/people", {"username": "x" * 33}, 400, "username: a text of at most 32 characters is expected"),
    ("POST", "/people", {"language_code": ["x" * 1025]}, 400, "language_code: at most 1024 characters are"),
    ("GET", "/people/7", None, 404, "there is no person 7: POST /sim/people makes one"),
    ("PATCH", "/people/5", {"known": "yes"}, 400, "known: true or false is expected"),
    ("PATCH", "/people/7", {}, 404, "there is no person 7"),
    ("POST", "/people/5/messages", {}, 400, 'fields of the message are expected, as {"text": "hello"}'),
    ("POST", "/people/7/messages", {"text": "x"}, 404, "there is no person 7"),
    ("POST", "/people/5/start", {"payload": None}, 400, '"payload": a text is expected'),
    ("POST", "/people/5/start", {"token": "x"}, 400, "unknown field: token; there are payload"),
    ("POST", "/people/5/taps", {}, 400, '"button", or "message_id" and "data" are expected'),
    ("POST", "/people/5/taps", {"button": 5}, 400, '"button": a text is expected'),
    ("POST", "/people/5/taps", {"button": "x"}, 409, "no message of the chat has a button 'x'; the buttons that"),
    ("POST", "/people/7/block", None, 404, "there is no person 7"),
    ("POST", "/people/7/unblock", None, 404, "there is no person 7"),
    ("GET", "/people/7/messages", None, 404, "there is no person 7"),
    ("GET", "/people/7/transcript", None, 404, "there is no person 7"),
    ("GET", "/taps/5", None, 404, "there is no such tap, or it is not among the last 20000"),
    ("POST", "/people/5/media/sticker", b"x", 404, "there are photo, video, audio, voice, document"),
    ("POST", "/people/5/media/photo", b"x", 400, "a photo is a JPEG, PNG, GIF, WebP or BMP"),
    ("POST", "/people/5/media/video", b"", 400, "an empty medium cannot be sent"),
    ("POST", "/people/5/media/video?title=x", b"x", 400, "unknown name: title; there are name, caption, duration"),
    ("POST", "/people/5/media/video", {}, 200, ""),
    ("POST", "/updates", {"update": []}, 400, '"update": an object is expected'),
    ("POST", "/updates", {"update": {}, "number": 1}, 400, '"number": true or false is expected'),
    ("POST", "/updates", {"message": {}}, 400, "unknown field: message; there are update, number"),
    ("GET", "/updates/held", None, 200, ""),
    ("POST", "/updates/release", {"order": "x"}, 400, '"order": a list of update ids is expected'),
    ("POST", "/updates/release", {"order": [5]}, 409, "5"),
    ("POST", "/updates/release", {"shuffle": "yes"}, 400, '"shuffle": true or false is expected'),
    ("POST", "/updates/release", {"ordre": [1]}, 400, "unknown field: ordre; there are order, shuffle"),
    ("GET", "/switches", None, 200, ""),
    ("PATCH", "/switches", {"hold": True}, 400, "no such switch: hold; there are hold_updates"),
    ("PATCH", "/switches", {"hold_updates": 1}, 400, "a switch is true or false"),
    ("GET", "/faults", None, 200, ""),
    ("POST", "/faults", {"kind": "501"}, 400, '"kind": one of 429, 403, 500'),
    ("POST", "/faults", {"kind": "500", "seconds": 1}, 400, "500 has no seconds, only method"),
    ("POST", "/faults", {"kind": "500", "method": "sendVidoe"}, 400, "no 'sendVidoe' is simulated; did you mean sendv"),
    ("POST", "/faults", {"kind": "late", "update": "poke"}, 400, "update: no 'poke' is a kind of update"),
    ("DELETE", "/faults?kind=501", None, 400, "kind: one of 429, 403"),
    ("DELETE", "/faults?king=500", None, 400, "unknown name: king; there are kind"),
    ("DELETE", "/files?id=5", None, 400, "unknown name: id; there are file_id"),
    ("GET", "/record?kind=message", None, 400, "unknown name: kind; there are since, wait, limit, format, kinds"),
    ("GET", "/record?kinds=message,mesage", None, 400, "kinds: there is no mesage; there are person, message"),
    ("GET", "/record?format=csv", None, 400, "format: json or jsonl is expected"),
    ("GET", "/record?since=9999", None, 400, "is of an earlier run of the simulator: begin with 0"),
    ("GET", "/events?since=x", None, 400, "since: a number is expected"),
    ("GET", "/events?format=jsonl", None, 400, "unknown name: format; there are since, kinds"),
    ("GET", "/stats?wait=1", None, 400, "unknown name: wait; there are idle_wait"),
    ("GET", "/stats?idle_wait=inf", None, 400, "idle_wait: a number up to 2^53 is expected"),
    ("POST", "/clock", {"advance": -1}, 400, '"advance": seconds from 0 to 31622400 are expected'),
    ("POST", "/clock", {"seconds": 5}, 400, "unknown field: seconds; there are advance"),
    ("POST", "/reset", None, 200, ""),
]


@pytest.fixture
async def five(sim: Sim) -> Person:
    return await sim.person(person_id=5)


@pytest.mark.parametrize(("verb", "path", "body", "status", "words"), BAD)
async def test_what_is_wrong_is_said(
    base_url: str, bot: Bot, five: Person, verb: str, path: str, body: Any, status: int, words: str
) -> None:
    assert five.id == 5
    content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "video/mp4" if isinstance(body, bytes) else JSON}
    async with bot.session.request(verb, f"{base_url}/sim{path}", data=content, headers=headers) as answer:
        told = await answer.json()
        assert (answer.status, words in told.get("error", "")) == (status, True), told


def test_no_endpoint_is_left_out() -> None:
    asked = {(verb, path.partition("?")[0]) for verb, path, *_ in BAD}
    there = {
        (verb, route.path.replace("{person:int}", person).replace("{kind}", "video").replace("{tap}", "5"))
        for route in control_routes(None)  # type: ignore[arg-type]  # only the table
        for verb in (route.methods or set()) - {"HEAD"}
        for person in ("5", "7")
    }
    without = {
        (verb, route.path) for route in control_routes(None) for verb in (route.methods or set()) - {"HEAD"}  # type: ignore[arg-type]  # as above
        if not {(verb, route.path.replace("{person:int}", person).replace("{kind}", "video").replace("{tap}", "5"))
                for person in ("5", "7")} & asked
    }  # fmt: skip
    assert there
    assert without == set()


BROKEN: list[tuple[bytes, str, int, str]] = [
    (b"{", JSON, 400, "the body is not JSON: "),
    (b"\xff", JSON, 400, "the body is not JSON: "),
    (b"[]", JSON, 400, "the body: an object is expected"),
    (b'{"text": NaN}', JSON, 400, "NaN is no number"),
    (b'{"text": -Infinity}', JSON, 400, "-Infinity is no number"),
    (b'{"text": 1e999}', JSON, 400, "1e999 is no number"),
    (b'{"text":' + b"[" * 300 + b"]" * 300 + b"}", JSON, 400, "at most 200 levels of objects and lists are expected"),
    (b"[" * 100_000, JSON, 400, "the body is not JSON"),
    (b"text=x", "application/x-www-form-urlencoded", 415, "application/json is expected"),
    (b'{"text": "' + b"x" * 4_200_000 + b'"}', JSON, 413, "at most 4194304 bytes are expected"),
]


@pytest.mark.parametrize(("body", "content_type", "status", "words"), BROKEN)
async def test_a_body_that_is_no_object_is_refused(
    base_url: str, bot: Bot, five: Person, body: bytes, content_type: str, status: int, words: str
) -> None:
    headers = {"Content-Type": content_type}
    url = f"{base_url}/sim/people/{five.id}/messages"
    async with bot.session.post(url, data=io.BytesIO(body), headers=headers) as answer:
        assert (answer.status, words in (await answer.json())["error"]) == (status, True)
    assert await five.messages() == []


@pytest.mark.parametrize(("verb", "path", "status"), [("PUT", "/people", 405), ("GET", "/nonsense", 404)])
async def test_what_is_no_endpoint_is_refused_in_json_too(
    base_url: str, bot: Bot, verb: str, path: str, status: int
) -> None:
    async with bot.session.request(verb, f"{base_url}/sim{path}") as answer:
        assert (answer.status, bool((await answer.json())["error"])) == (status, True)


async def test_the_deepest_body_that_is_taken_can_be_read_again(base_url: str, bot: Bot, five: Person) -> None:
    body = b'{"x":' + b"[" * 199 + b"]" * 199 + b"}"
    async with bot.session.post(
        f"{base_url}/sim/people/5/messages", data=body, headers={"Content-Type": JSON}
    ) as answer:
        assert answer.status == 200
    assert len(await five.messages()) == 1
    assert (await bot.ok("getUpdates"))[0]["message"]["x"]
