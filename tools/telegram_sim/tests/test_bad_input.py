"""Whatever a bot sends, it is told so in Telegram's form: never a 5xx that was not asked for.

Here a part of what `python -m telegram_sim.fuzz` does with 20,000 requests; FUZZ_REQUESTS and FUZZ_SEED change it.
"""

import json
import os
from types import SimpleNamespace
from typing import Any

import pytest

from telegram_sim.client import Sim
from telegram_sim.edge.app import build_app
from telegram_sim.fuzz.checks import fault_of
from telegram_sim.fuzz.requests import Drawing, Known
from telegram_sim.fuzz.run import fuzz
from telegram_sim.fuzz.schema import ARGUMENTS, VALUES
from telegram_sim.methods import METHODS
from telegram_sim.settings import Settings

from .conftest import TOKEN, Bot

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "1500"))
SEED = int(os.environ.get("FUZZ_SEED", "11"))


@pytest.fixture
def time_scale() -> float:
    """A hundred times faster: a webhook that is set too often asks for a second of patience."""
    return 0.01


async def test_random_requests_are_answered_as_telegram_could(base_url: str, bot: Bot, sim: Sim) -> None:
    findings = await fuzz(base_url, TOKEN, REQUESTS, SEED)
    assert findings.faults == []
    assert sum(findings.statuses.values()) == REQUESTS
    assert set(METHODS) <= set(findings.methods)
    assert {200, 400, 403, 404} <= set(findings.statuses)
    assert set(METHODS) - set(findings.succeeded) <= {"answercallbackquery"}  # taps are too old soon at this pace
    await bot.ok("getMe")
    assert (await sim.stats())["people"] >= 5


def test_every_method_and_every_argument_is_drawn() -> None:
    assert set(ARGUMENTS) == set(METHODS)
    assert {name for names in ARGUMENTS.values() for name in names} <= set(VALUES)


def test_equal_seeds_draw_equal_requests() -> None:
    first, second, other = (Drawing(seed, Known([(1, 2)])) for seed in (5, 5, 6))
    drawn = [first.next() for _ in range(50)]
    assert drawn == [second.next() for _ in range(50)]
    assert drawn != [other.next() for _ in range(50)]


MESSAGE = {
    "message_id": 1,
    "from": {"id": 1, "is_bot": True, "first_name": "Bot"},
    "chat": {"id": 2, "type": "private", "first_name": "Alice"},
    "date": 3,
    "text": "hi",
}
BOLD = {"type": "bold", "offset": 0, "length": 3}


def ok(result: object) -> dict[str, object]:
    return {"ok": True, "result": result}


def no(code: int, description: str, **more: object) -> dict[str, object]:
    return {"ok": False, "error_code": code, "description": description, **more}


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        (200, ok(MESSAGE), ""),
        (200, {"ok": True}, "it has ok"),
        (201, ok(MESSAGE), "ok, and the status is 201"),
        (200, ok([]), "result is no object"),
        (200, ok({**MESSAGE, "date": True}), "result.date is no int"),
        (200, ok({**MESSAGE, "colour": 1}), "result has colour"),
        (200, ok({**MESSAGE, "entities": [{}]}), "result.entities[0] has no type"),
        (200, ok({**MESSAGE, "entities": [BOLD]}), "an entity lies beyond the text"),
        (200, ok({**MESSAGE, "entities": BOLD}), "result.entities is no list"),
        (200, ok({**MESSAGE, "text": ""}), "its text is empty"),
        (200, ok({**MESSAGE, "voice": {"file_id": "", "file_unique_id": "", "file_size": 1, "duration": 1}}), "it is"),
        (200, ok({**MESSAGE, "reply_markup": {"inline_keyboard": [[]]}}), "it has an empty row of buttons"),
        (200, ok({**MESSAGE, "chat": {**MESSAGE["chat"], "type": "moon"}}), "result.chat.type is 'moon'"),
        (400, no(400, "Bad Request: x"), ""),
        (400, no(401, "Bad Request: x"), "error_code is not the status 400"),
        (400, no(400, "Bad Request: "), "the description is not Bad Request with a cause"),
        (400, no(400, "Bad Request: x", result=5), "it has result"),
        (403, no(403, "No"), "the description is not Forbidden with a cause: No"),
        (500, no(500, "Internal Server Error"), "status 500"),
        (429, no(429, "Too Many Requests: x", parameters={"retry_after": 1}), ""),
        (429, no(429, "Too Many Requests: x", parameters=5), "parameters are not those of the status"),
        (429, no(429, "Too Many Requests: x"), "parameters are not those of the status"),
        (200, [], 'it has no "ok"'),
    ],
)
def test_a_wrong_answer_is_noticed(status: int, body: object, fault: str) -> None:
    found = fault_of("sendmessage", status, "application/json", json.dumps(body).encode())
    assert found[: len(fault) or None] == fault


def test_methods_without_a_result_answer_true() -> None:
    for result, fault in ((True, ""), (1, "result is 1"), (False, "result is False")):
        assert fault_of("deletemessage", 200, "application/json", json.dumps(ok(result)).encode()) == fault


def test_what_is_no_json_is_noticed() -> None:
    assert fault_of("getme", 200, "text/html", b"") == "it is text/html"
    assert fault_of("getme", 200, "application/json", b"<").startswith("it is no JSON")


async def test_a_bug_is_told_in_telegrams_form() -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, str]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    broken: Any = SimpleNamespace(sender=SimpleNamespace(), settings=Settings(token=TOKEN))
    scope = {"type": "http", "method": "GET", "path": f"/bot{TOKEN}/getMe", "query_string": b"", "headers": []}
    with pytest.raises(AttributeError):
        await build_app(broken)(scope, receive, send)
    assert sent[0]["status"] == 500
    assert json.loads(sent[1]["body"]) == no(500, "Internal Server Error")
