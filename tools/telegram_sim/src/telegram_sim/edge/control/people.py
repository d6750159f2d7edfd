"""People: who they are, what they do in their chat with the bot."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from telegram_sim.core.record import Filter
from telegram_sim.core.types import Json, weight
from telegram_sim.edge.answers import JsonAnswer
from telegram_sim.edge.control.asking import (
    ControlError,
    Table,
    bad,
    body_of,
    fields_of,
    integer_of,
    number_of,
    person_of,
    query_of,
    text_of,
)
from telegram_sim.simulator import Simulator

TRANSCRIPT = frozenset({"message", "edit", "delete", "chat_action", "tap", "callback_answer", "person"})
MAX_ID = 2**52
"""docs, User: "at most 52 significant bits"."""

_TEXTS = {"first_name": 64, "last_name": 64, "username": 32}
"""Characters at most (td_api.tl, setName; https://core.telegram.org/method/account.checkUsername)."""
_MAX_LANGUAGE = 1024
"""Characters of a language_code as JSON: it may be anything, but not without end."""
_FLAGS = ("known", "deactivated")
_KNOWN = frozenset({*_TEXTS, *_FLAGS, "language_code"})


class PeopleRoutes:
    """Endpoints under /people and /taps."""

    def __init__(self, simulator: Simulator) -> None:
        self._sim = simulator

    def table(self) -> Table:
        """Return methods, paths and endpoints."""
        person = "/people/{person:int}"
        return [
            ("GET", "/people", self.people),
            ("POST", "/people", self.add_person),
            ("GET", person, self.show_person),
            ("PATCH", person, self.change_person),
            ("POST", f"{person}/messages", self.say),
            ("POST", f"{person}/start", self.start),
            ("POST", f"{person}/taps", self.tap),
            ("POST", f"{person}/block", self.block),
            ("POST", f"{person}/unblock", self.unblock),
            ("GET", f"{person}/messages", self.messages),
            ("GET", f"{person}/transcript", self.transcript),
            ("GET", "/taps/{tap}", self.show_tap),
        ]

    async def people(self, request: Request) -> Response:
        """List everybody, or only the last `limit` who came or were active."""
        people = self._sim.world.people
        query_of(request, "limit")
        limit = max(integer_of(request, "limit") or len(people), 0)
        return JsonAnswer({"people": [person.shown() for person in list(people.values())[-limit:]]})

    async def add_person(self, request: Request) -> Response:
        """Create a person, or change the one with that id."""
        body = await body_of(request)
        identity = body.pop("id", None)
        if identity is not None and (type(identity) is not int or not 0 < identity < MAX_ID):
            raise bad("id: a positive number of at most 52 bits is expected")
        _check_details(body)
        name = body.pop("first_name", "Alice")
        return JsonAnswer(self._sim.world.add_person(identity, name, **body).shown(), status_code=HTTPStatus.CREATED)

    async def show_person(self, request: Request) -> Response:
        """Show one person."""
        return JsonAnswer(person_of(self._sim, request).shown())

    async def change_person(self, request: Request) -> Response:
        """Change name, language, or whether the account is deactivated."""
        person, body = person_of(self._sim, request), await body_of(request)
        _check_details(body)
        name = body.pop("first_name", person.first_name)
        return JsonAnswer(self._sim.world.add_person(person.id, name, **body).shown())

    async def say(self, request: Request) -> Response:
        """Send a message with any fields of docs' Message."""
        person, body = person_of(self._sim, request), await body_of(request)
        if not body:
            raise bad('fields of the message are expected, as {"text": "hello"}')
        return JsonAnswer({"message": self._sim.say(person, body)})

    async def start(self, request: Request) -> Response:
        """Press Start, with what the link carried."""
        person, body = person_of(self._sim, request), await fields_of(request, "payload")
        return JsonAnswer({"message": self._sim.start(person, text_of(body, "payload"))})

    async def tap(self, request: Request) -> Response:
        """Tap a button by name, or any callback data on any message."""
        person = person_of(self._sim, request)
        body = await fields_of(request, "button", "message_id", "data")
        if "button" in body:
            return JsonAnswer(self._sim.tap_named(person, text_of(body, "button")).shown())
        message_id, data = body.get("message_id"), body.get("data")
        if type(message_id) is not int or not isinstance(data, str):
            raise bad('"button", or "message_id" and "data" are expected')
        return JsonAnswer(self._sim.tap(person, message_id, data).shown())

    async def block(self, request: Request) -> Response:
        """Block the bot."""
        return self._blocked(request, blocked=True)

    async def unblock(self, request: Request) -> Response:
        """Unblock the bot."""
        return self._blocked(request, blocked=False)

    async def messages(self, request: Request) -> Response:
        """Show the messages of the chat as they are now."""
        return JsonAnswer({"messages": self._sim.world.messages(person_of(self._sim, request).id)})

    async def transcript(self, request: Request) -> Response:
        """Show what happened in the chat, in order, as far as the record goes back."""
        wanted = Filter(TRANSCRIPT, {person_of(self._sim, request).id})
        return JsonAnswer({"transcript": self._sim.record.all(0, wanted)})

    async def show_tap(self, request: Request) -> Response:
        """Show one tap; with `wait`, as soon as it is answered."""
        tap = self._sim.world.tap(request.path_params["tap"])
        if tap is None:
            words = f"there is no such tap, or it is not among the last {self._sim.settings.max_taps}"
            raise ControlError(HTTPStatus.NOT_FOUND, words)
        query_of(request, "wait")
        await self._sim.waiting.until(lambda: tap.answer is not None, number_of(request, "wait", 0.0))
        return JsonAnswer(tap.shown())

    def _blocked(self, request: Request, *, blocked: bool) -> Response:
        person = person_of(self._sim, request)
        self._sim.set_blocked(person, blocked=blocked)
        return JsonAnswer(person.shown())


def _check_details(body: Json) -> None:
    if unknown := set(body) - _KNOWN:
        raise bad(f"unknown field: {', '.join(sorted(unknown))}; there are id, {', '.join(sorted(_KNOWN))}")
    for name, limit in _TEXTS.items():
        text = body.get(name, "")
        if name != "first_name" and text is None:
            continue
        if not isinstance(text, str) or len(text) > limit:
            raise bad(f"{name}: a text of at most {limit} characters is expected")
    if weight(body.get("language_code")) > _MAX_LANGUAGE:
        raise bad(f"language_code: at most {_MAX_LANGUAGE} characters are expected")
    for name in _FLAGS:
        if not isinstance(body.get(name, False), bool):
            raise bad(f"{name}: true or false is expected")
