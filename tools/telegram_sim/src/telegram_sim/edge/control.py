"""The control API at /sim: what tests and the chat page do to the simulated world."""

import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from telegram_sim.core.faults import KINDS, Fault
from telegram_sim.core.inbox import InboxError
from telegram_sim.core.people import Person
from telegram_sim.core.record import Filter
from telegram_sim.core.types import Json
from telegram_sim.edge.answers import JsonAnswer
from telegram_sim.edge.stream import event_stream
from telegram_sim.simulator import CannotError, Simulator

MAX_ENTRIES = 1000

Endpoint = Callable[[Request], Awaitable[Response]]


class ControlError(Exception):
    """A request that makes no sense, with the status that says so."""

    def __init__(self, status: HTTPStatus, cause: str) -> None:
        super().__init__(cause)
        self.status = status


class Control:
    """Endpoints over one simulator; every answer is a JSON object, an error {"error": "..."}."""

    def __init__(self, simulator: Simulator) -> None:
        self._sim = simulator

    def routes(self) -> list[Route]:
        """Return the routes, to be mounted at /sim."""
        person = "/people/{person:int}"
        table: list[tuple[str, str, Endpoint]] = [
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
            ("POST", "/updates", self.update),
            ("POST", "/updates/release", self.release),
            ("GET", "/record", self.read_record),
            ("GET", "/events", self.events),
            ("GET", "/faults", self.faults),
            ("POST", "/faults", self.add_fault),
            ("DELETE", "/faults", self.clear_faults),
            ("GET", "/switches", self.switches),
            ("PATCH", "/switches", self.switch),
            ("DELETE", "/files", self.forget_files),
            ("GET", "/stats", self.stats),
            ("POST", "/reset", self.reset),
        ]
        return [Route(path, _guarded(endpoint), methods=[method]) for method, path, endpoint in table]

    async def people(self, _request: Request) -> Response:
        """List everybody."""
        return JsonAnswer({"people": [person.shown() for person in self._sim.world.people.values()]})

    async def add_person(self, request: Request) -> Response:
        """Create a person, or change the one with that id."""
        body = await _body(request)
        identity = body.pop("id", None)
        if identity is not None and (not isinstance(identity, int) or identity <= 0):
            raise ControlError(HTTPStatus.BAD_REQUEST, "id: a positive number is expected")
        name = body.pop("first_name", "Alice")
        _check_details(body)
        return JsonAnswer(self._sim.world.add_person(identity, name, **body).shown(), status_code=201)

    async def show_person(self, request: Request) -> Response:
        """Show one person."""
        return JsonAnswer(self._person(request).shown())

    async def change_person(self, request: Request) -> Response:
        """Change name, language, or whether the account is deactivated."""
        person, body = self._person(request), await _body(request)
        name = body.pop("first_name", person.first_name)
        _check_details(body)
        return JsonAnswer(self._sim.world.add_person(person.id, name, **body).shown())

    async def say(self, request: Request) -> Response:
        """Send a message with any fields of docs' Message."""
        person, body = self._person(request), await _body(request)
        if not body:
            raise ControlError(HTTPStatus.BAD_REQUEST, 'fields of the message are expected, as {"text": "hello"}')
        return JsonAnswer({"message": self._sim.say(person, body)})

    async def start(self, request: Request) -> Response:
        """Press Start, with what the link carried."""
        person, body = self._person(request), await _body(request)
        return JsonAnswer({"message": self._sim.start(person, str(body.get("payload", "")))})

    async def tap(self, request: Request) -> Response:
        """Tap a button by name, or any callback data on any message."""
        person, body = self._person(request), await _body(request)
        if "button" in body:
            return JsonAnswer(self._sim.tap_named(person, str(body["button"])).shown())
        message_id, data = body.get("message_id"), body.get("data")
        if not isinstance(message_id, int) or not isinstance(data, str):
            raise ControlError(HTTPStatus.BAD_REQUEST, '"button", or "message_id" and "data" are expected')
        return JsonAnswer(self._sim.tap(person, message_id, data).shown())

    async def block(self, request: Request) -> Response:
        """Block the bot."""
        self._sim.set_blocked(self._person(request), blocked=True)
        return JsonAnswer(self._person(request).shown())

    async def unblock(self, request: Request) -> Response:
        """Unblock the bot."""
        self._sim.set_blocked(self._person(request), blocked=False)
        return JsonAnswer(self._person(request).shown())

    async def messages(self, request: Request) -> Response:
        """Show the messages of the chat as they are now."""
        return JsonAnswer({"messages": self._sim.world.messages(self._person(request).id)})

    async def transcript(self, request: Request) -> Response:
        """Show what happened in the chat, in order, as far as the record goes back."""
        kinds = ("message", "edit", "chat_action", "tap", "callback_answer", "person")
        wanted = Filter(kinds, self._person(request).id)
        entries, _ = self._sim.record.since(0, wanted, self._sim.settings.max_record * 2)
        return JsonAnswer({"transcript": entries})

    async def show_tap(self, request: Request) -> Response:
        """Show one tap; with `wait`, as soon as it is answered."""
        tap = self._sim.world.tap(request.path_params["tap"])
        if tap is None:
            raise ControlError(HTTPStatus.NOT_FOUND, "no such tap")
        await self._sim.waiting.until(lambda: tap.answer is not None, _number(request, "wait", 0.0))
        return JsonAnswer(tap.shown())

    async def update(self, request: Request) -> Response:
        """Queue any object as an update."""
        body = await _body(request)
        update = body.get("update")
        if not isinstance(update, dict):
            raise ControlError(HTTPStatus.BAD_REQUEST, '"update": an object is expected')
        return JsonAnswer({"update_id": self._sim.inbox.post_raw(update, number=body.get("number", True) is True)})

    async def release(self, request: Request) -> Response:
        """Deliver updates that are held back, one after another."""
        body = await _body(request)
        order = body.get("order")
        if order is not None and not (isinstance(order, list) and all(isinstance(item, int) for item in order)):
            raise ControlError(HTTPStatus.BAD_REQUEST, '"order": a list of update ids is expected')
        released = self._sim.inbox.release(order, shuffle=body.get("shuffle") is True)
        return JsonAnswer({"released": released})

    async def read_record(self, request: Request) -> Response:
        """Give entries after `since`; with `wait`, as soon as there are any."""
        limit = min(max(int(_number(request, "limit", MAX_ENTRIES)), 1), MAX_ENTRIES)
        entries, cursor = await self._sim.waiting.entries(
            self._cursor(request), _filter(request), limit, _number(request, "wait", 0.0)
        )
        return JsonAnswer({"entries": entries, "next": cursor})

    async def events(self, request: Request) -> Response:
        """Stream the same entries as server-sent events."""
        return event_stream(self._sim.waiting, self._cursor(request), _filter(request))

    async def faults(self, _request: Request) -> Response:
        """List the faults that are still to happen."""
        return JsonAnswer({"faults": [fault.shown() for fault in self._sim.faults.all()]})

    async def add_fault(self, request: Request) -> Response:
        """Let the next calls of a method go wrong."""
        body = await _body(request)
        if body.get("kind") not in KINDS:
            raise ControlError(HTTPStatus.BAD_REQUEST, f'"kind": one of {", ".join(KINDS)} is expected')
        numbers = ("times", "retry_after", "seconds", "chat_id")
        if not all(isinstance(body[name], int | float) for name in numbers if body.get(name) is not None):
            raise ControlError(HTTPStatus.BAD_REQUEST, f"{', '.join(numbers)}: numbers are expected")
        try:
            fault = Fault(**{**body, "method": str(body.get("method", "*")).lower()})
        except TypeError as cause:
            raise ControlError(HTTPStatus.BAD_REQUEST, "unknown field") from cause
        self._sim.faults.add(fault)
        return JsonAnswer(fault.shown(), status_code=201)

    async def clear_faults(self, _request: Request) -> Response:
        """Forget all faults."""
        self._sim.faults.clear()
        return JsonAnswer({"faults": []})

    async def switches(self, _request: Request) -> Response:
        """Show the switches."""
        return JsonAnswer(self._switches())

    async def switch(self, request: Request) -> Response:
        """Turn switches; holding back ends with a release, not with the switch."""
        body = await _body(request)
        if unknown := set(body) - set(self._switches()):
            raise ControlError(HTTPStatus.BAD_REQUEST, f"no such switch: {', '.join(sorted(unknown))}")
        if not all(isinstance(value, bool) for value in body.values()):
            raise ControlError(HTTPStatus.BAD_REQUEST, "a switch is true or false")
        inbox = self._sim.inbox
        inbox.hold = body.get("hold_updates", inbox.hold)
        inbox.duplicate = body.get("duplicate_updates", inbox.duplicate)
        self._sim.switches.enforce_limits = body.get("enforce_limits", self._sim.switches.enforce_limits)
        self._sim.record.add("switches", **self._switches())
        return JsonAnswer(self._switches())

    async def forget_files(self, request: Request) -> Response:
        """Forget one file_id, or all, so that the bot sees them refused."""
        self._sim.files.forget(request.query_params.get("file_id"))
        return JsonAnswer(self._sim.files.held)

    async def stats(self, request: Request) -> Response:
        """Show numbers; with `idle_wait`, as soon as no update is pending."""
        await self._sim.waiting.until(lambda: not len(self._sim.queues), _number(request, "idle_wait", 0.0))
        sim = self._sim
        return JsonAnswer(
            {
                "bot": sim.world.bot.user(),
                "webhook": sim.sender.webhook.url,
                "pending_updates": len(sim.queues),
                "held_updates": [update.update_id for update in sim.inbox.held],
                "next_update_id": sim.inbox.next_id,
                "people": len(sim.world.people),
                "files": sim.files.held,
                "record": sim.record.last,
                "commands": sim.world.commands,
                "time_scale": sim.clock.scale,
            }
        )

    async def reset(self, _request: Request) -> Response:
        """Start over; the webhook and the files stay."""
        self._sim.reset()
        return JsonAnswer({"next": self._sim.record.last})

    def _switches(self) -> Json:
        return {
            "hold_updates": self._sim.inbox.hold,
            "duplicate_updates": self._sim.inbox.duplicate,
            "enforce_limits": self._sim.switches.enforce_limits,
        }

    def _person(self, request: Request) -> Person:
        person = self._sim.world.people.get(request.path_params["person"])
        if person is None:
            raise ControlError(HTTPStatus.NOT_FOUND, "no such person")
        return person

    def _cursor(self, request: Request) -> int:
        since = request.headers.get("last-event-id") or request.query_params.get("since", "0")
        return self._sim.record.last if since == "now" else int(_number(request, "since", 0, since))


def _guarded(endpoint: Endpoint) -> Endpoint:
    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except ControlError as error:
            return JsonAnswer({"error": str(error)}, status_code=error.status)
        except (CannotError, InboxError) as error:
            return JsonAnswer({"error": str(error)}, status_code=HTTPStatus.CONFLICT)

    return guarded


async def _body(request: Request) -> Json:
    raw = await request.body()
    if not raw:
        return {}
    # Demanding JSON keeps forms of foreign pages out: a browser sends it across origins only when asked first.
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise ControlError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "application/json is expected")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as cause:
        raise ControlError(HTTPStatus.BAD_REQUEST, "the body is not JSON") from cause
    if not isinstance(body, dict):
        raise ControlError(HTTPStatus.BAD_REQUEST, "an object is expected")
    return body


def _check_details(body: Json) -> None:
    known = {"username", "last_name", "language_code", "known", "deactivated"}
    if unknown := set(body) - known:
        raise ControlError(HTTPStatus.BAD_REQUEST, f"unknown field: {', '.join(sorted(unknown))}")


def _number(request: Request, name: str, default: float, given: Any = None) -> float:
    text = request.query_params.get(name) if given is None else given
    if text is None:
        return default
    try:
        return float(text)
    except ValueError as cause:
        raise ControlError(HTTPStatus.BAD_REQUEST, f"{name}: a number is expected") from cause


def _filter(request: Request) -> Filter:
    kinds = frozenset(filter(None, request.query_params.get("kinds", "").split(",")))
    chat = request.query_params.get("chat_id")
    chat_id = None if chat is None else int(_number(request, "chat_id", 0))
    return Filter(kinds, chat_id, request.query_params.get("method", ""))
