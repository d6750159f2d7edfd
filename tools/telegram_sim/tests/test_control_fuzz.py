"""Whatever the control API is asked, it answers in JSON, never with 5xx, and goes on."""

import random
from typing import Any

from telegram_sim.client import Person, Sim
from telegram_sim.edge.control import control_routes

from .conftest import Bot

REQUESTS = 1500
NAMES = [
    "id",
    "first_name",
    "username",
    "last_name",
    "language_code",
    "known",
    "deactivated",
    "text",
    "payload",
    "button",
    "message_id",
    "data",
    "update",
    "number",
    "order",
    "shuffle",
    "kind",
    "method",
    "times",
    "retry_after",
    "seconds",
    "chat_id",
    "probability",
    "hold_updates",
    "enforce_limits",
    "entities",
    "x",
]
QUERIES = ("since", "limit", "kinds", "chat_id", "method", "update_id", "format", "kind", "file_id")
WORDS = (
    "",
    "*",
    "500",
    "now",
    "jsonl",
    "sendMessage",
    "Ünï\u202e\0",
    "a" * 300,
    "1,2,x",
    "-1",
    "1e400",
    "nan",
    "\ud83d",
)
DANGEROUS = {"/reset", "/events", "/clock/advance"}
"""Not asked here: starts over, never ends, moves time."""


class Fuzz:
    """Random requests, the same ones each time."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - no secret depends on it

    def value(self, depth: int = 0) -> Any:
        simple = [None, True, False, 0, -1, 1, 2**53, 2**70, 0.5, 1e308, self._random.choice(WORDS)]
        if depth < 2 and self._random.random() < 0.3:
            if self._random.random() < 0.5:
                return [self.value(depth + 1) for _ in range(self._random.randrange(3))]
            return self.body(depth + 1)
        return self._random.choice(simple)

    def body(self, depth: int = 0) -> dict[str, Any]:
        return {self._random.choice(NAMES): self.value(depth) for _ in range(self._random.randrange(4))}

    def query(self) -> dict[str, str]:
        words = [word for word in WORDS if word.isprintable() and word.isascii()]
        return {self._random.choice(QUERIES): self._random.choice(words) for _ in range(self._random.randrange(3))}

    def path(self, pattern: str, person: int) -> str:
        whose = self._random.choice([person, person, person, 0, 1, 2**62])
        return pattern.replace("{person:int}", str(whose)).replace("{tap}", self._random.choice(["1", "x", "%00"]))


async def test_nothing_makes_it_fail(base_url: str, bot: Bot, sim: Sim, alice: Person) -> None:
    routes = [(next(iter(set(route.methods or ()) - {"HEAD"})), route.path) for route in control_routes(None)]  # type: ignore[arg-type]  # only the table
    asked = [route for route in routes if route[1] not in DANGEROUS]
    assert len(asked) > 20
    fuzz = Fuzz(7)
    statuses: set[int] = set()
    for number in range(REQUESTS):
        verb, pattern = asked[number % len(asked)]
        path, body, query = fuzz.path(pattern, alice.id), fuzz.body(), fuzz.query()
        if body.get("kind") == "refuse":
            continue  # nothing would listen then
        json = None if verb == "GET" else body
        async with bot.session.request(verb, f"{base_url}/sim{path}", json=json, params=query) as answer:
            content = await answer.text()
            statuses.add(answer.status)
            assert answer.status < 500, (verb, path, body, query, content)
            if answer.status >= 400:
                assert (await answer.json())["error"], (verb, path, body, query)
    assert {200, 201, 400, 404, 409} <= statuses
    await sim.reset()
    await (await sim.person("Bob")).say("still here")
