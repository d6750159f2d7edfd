"""Whatever a bot sends, it is told so in Telegram's form: never a 5xx that was not asked for.

Here a part of what `python -m telegram_sim.fuzz` does with 20,000 requests; FUZZ_REQUESTS and FUZZ_SEED change it.
"""

import json
import os

import pytest

from telegram_sim.client import Sim
from telegram_sim.fuzz.checks import fault_of
from telegram_sim.fuzz.requests import Drawing
from telegram_sim.fuzz.run import fuzz
from telegram_sim.fuzz.schema import ARGUMENTS, VALUES
from telegram_sim.methods import METHODS

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
    await bot.ok("getMe")
    assert (await sim.stats())["people"] >= 5


def test_every_method_and_every_argument_is_drawn() -> None:
    assert set(ARGUMENTS) == set(METHODS)
    assert {name for names in ARGUMENTS.values() for name in names} <= set(VALUES)


def test_equal_seeds_draw_equal_requests() -> None:
    first, second, other = (Drawing(seed, [1, 2]) for seed in (5, 5, 6))
    drawn = [first.next() for _ in range(50)]
    assert drawn == [second.next() for _ in range(50)]
    assert drawn != [other.next() for _ in range(50)]


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        (200, {"ok": True, "result": 5}, ""),
        (200, {"ok": True}, "it has no result"),
        (201, {"ok": True, "result": 5}, "ok, and the status is 201"),
        (400, {"ok": False, "error_code": 400, "description": "Bad Request: x"}, ""),
        (400, {"ok": False, "error_code": 401, "description": "Bad Request: x"}, "error_code is not the status 400"),
        (403, {"ok": False, "error_code": 403, "description": "No"}, "the description does not begin with Forbidden"),
        (500, {"ok": False, "error_code": 500, "description": "Internal Server Error"}, "status 500"),
        (
            429,
            {"ok": False, "error_code": 429, "description": "Too Many Requests: x", "parameters": 5},
            "parameters is no object",
        ),
        (200, [], 'it has no "ok"'),
    ],
)
def test_a_wrong_answer_is_noticed(status: int, body: object, fault: str) -> None:
    assert fault_of(status, "application/json", json.dumps(body).encode()) == fault


def test_what_is_no_json_is_noticed() -> None:
    assert fault_of(200, "text/html", b"") == "it is text/html"
    assert fault_of(200, "application/json", b"<").startswith("it is no JSON")
