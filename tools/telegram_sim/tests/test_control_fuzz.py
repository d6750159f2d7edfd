"""Whatever the control API is asked, it answers in JSON, never with 5xx, and goes on."""

import json
import random
from typing import Any

from telegram_sim.client import Person, Sim
from telegram_sim.edge.control import control_routes

from .conftest import Bot

REQUESTS = 3000
DETAILS = ("first_name", "username", "last_name", "language_code", "known", "deactivated")
PERSON = "/people/{person:int}"
FIELDS = {
    "/people": ("id", *DETAILS),
    PERSON: DETAILS,
    f"{PERSON}/messages": ("text", "entities", "reply_to_message", "message_id", "chat"),
    f"{PERSON}/start": ("payload",),
    f"{PERSON}/taps": ("button", "message_id", "data"),
    "/updates": ("update", "number"),
    "/updates/release": ("order", "shuffle"),
    "/switches": ("hold_updates", "duplicate_updates", "enforce_limits"),
    "/faults": ("kind", "method", "update", "times", "retry_after", "seconds", "chat_id", "probability"),
    "/clock": ("advance",),
}
"""By path; any other field is tried too."""
QUERIES = {
    "/people": ("limit",),
    "/record": ("since", "limit", "kinds", "chat_id", "method", "update_id", "format"),
    "/faults": ("kind",),
    "/files": ("file_id",),
    f"{PERSON}/media/{{kind}}": ("name", "caption", "duration", "width", "height"),
}
"""By path; others take none, or one that makes them wait."""
TYPES = ("application/json", "application/json; charset=utf-8", "text/plain", "image/png", "video/mp4", "")
WORDS = (
    "",
    "*",
    "500",
    "now",
    "jsonl",
    "sendMessage",
    "message,call",
    "7",
    "Ünï\u202e\0",
    "a" * 300,
    "1,2,x",
    "-1",
    "1e400",
    "nan",
    "\ud83d",
)
ENDLESS = {"/events"}
"""Not asked here."""


class Fuzz:
    """Random requests, the same ones each time."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - no secret depends on it

    def value(self, depth: int = 0) -> Any:
        simple = [None, True, False, 0, -1, 1, 2**53, 2**70, 0.5, 1e308, self._random.choice(WORDS)]
        if depth < 2 and self._random.random() < 0.3:
            if self._random.random() < 0.5:
                return [self.value(depth + 1) for _ in range(self._random.randrange(3))]
            return self.body(tuple(WORDS), depth + 1)
        return self._random.choice(simple)

    def body(self, names: tuple[str, ...], depth: int = 0) -> dict[str, Any]:
        chosen = self._random.choices((*names, "x"), [9.0] * len(names) + [1.0], k=self._random.randrange(4))
        return {name: self.value(depth) for name in chosen}

    def content(self, body: dict[str, Any]) -> tuple[bytes, str]:
        """JSON as a rule, and sometimes something else, called what it is or not."""
        if self._random.random() < 0.8:
            return json.dumps(body).encode(), TYPES[0]
        return self._random.choice([b"", b"{", b"[]", b"null", b"\xff\x00", b"\x89PNG" * 9]), self._random.choice(TYPES)

    def query(self, pattern: str) -> dict[str, str]:
        words = [word for word in WORDS if word.isprintable() and word.isascii()]
        names = (*QUERIES.get(pattern, ()), "x")
        chances = [9.0] * (len(names) - 1) + [1.0]
        chosen = self._random.choices(names, chances, k=self._random.randrange(3))
        return {name: self._random.choice(words) for name in chosen}

    def path(self, pattern: str, person: int) -> str:
        whose = self._random.choice([person, person, person, 0, 1, 2**62])
        kind = self._random.choice(["photo", "video", "audio", "voice", "document", "x", "%00"])
        path = pattern.replace("{person:int}", str(whose)).replace("{kind}", kind)
        return path.replace("{tap}", self._random.choice(["1", "x", "%00"]))


async def test_nothing_makes_it_fail(base_url: str, bot: Bot, sim: Sim, alice: Person) -> None:
    routes = [(next(iter(set(route.methods or ()) - {"HEAD"})), route.path) for route in control_routes(None)]  # type: ignore[arg-type]  # only the table
    asked = [route for route in routes if route[1] not in ENDLESS]
    assert len(asked) == len(routes) - 1
    fuzz = Fuzz(7)
    statuses: set[tuple[str, int]] = set()
    for number in range(REQUESTS):
        verb, pattern = asked[number % len(asked)]
        path, body, query = fuzz.path(pattern, alice.id), fuzz.body(FIELDS.get(pattern, ())), fuzz.query(pattern)
        if body.get("kind") == "refuse":
            continue  # nothing would listen then
        sent, content_type = (b"", "") if verb == "GET" else fuzz.content(body)
        headers = {"Content-Type": content_type}
        async with bot.session.request(
            verb, f"{base_url}/sim{path}", data=sent, params=query, headers=headers
        ) as answer:
            content = await answer.text()
            statuses.add((pattern, answer.status))
            assert answer.status < 500, (verb, path, body, query, content)
            if answer.status >= 400:
                assert (await answer.json())["error"], (verb, path, body, query)
        if pattern == "/reset":
            await sim.person("Alice", person_id=alice.id)
    assert {200, 201, 400, 404, 409, 415} <= {status for _, status in statuses}
    never_done = {pattern for _, pattern in asked} - {pattern for pattern, status in statuses if status < 300}
    assert never_done <= {"/taps/{tap}", f"{PERSON}/taps"}  # what these ask for is rarely met
    await sim.reset()
    await (await sim.person("Bob")).say("still here")
