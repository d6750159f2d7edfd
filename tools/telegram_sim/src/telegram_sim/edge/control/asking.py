"""What all endpoints of the control API share: reading a request, and saying what is wrong with it."""

import json
import math
from collections.abc import Awaitable, Callable, Collection
from http import HTTPStatus
from typing import Any

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from telegram_sim.core.chats.people import Person
from telegram_sim.core.types import Json
from telegram_sim.core.updates.inbox import InboxError
from telegram_sim.edge.answers import JsonAnswer
from telegram_sim.edge.requests import bounded_body
from telegram_sim.simulator import CannotError, Simulator

Endpoint = Callable[[Request], Awaitable[Response]]
Table = list[tuple[str, str, Endpoint]]
"""Method, path and endpoint."""

MAX_BODY = 4 * 1024 * 1024
MAX_DEPTH = 200
"""Levels of a body. What is taken is written again, within others, where Python has a limit of its own."""
MAX_NUMBER = 2**53
"""Beyond it a number from JSON or a query is no longer exact."""


class ControlError(Exception):
    """A request that makes no sense, with the status that says so."""

    def __init__(self, status: HTTPStatus, cause: str) -> None:
        super().__init__(cause)
        self.status = status


def bad(cause: str) -> ControlError:
    """Return the error for a request that says something wrong."""
    return ControlError(HTTPStatus.BAD_REQUEST, cause)


def guarded(endpoint: Endpoint) -> Endpoint:
    """Let the errors of `endpoint` become answers."""

    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except ControlError as error:
            return JsonAnswer({"error": str(error)}, status_code=error.status)
        except (CannotError, InboxError) as error:
            return JsonAnswer({"error": str(error)}, status_code=HTTPStatus.CONFLICT)

    return answered


async def body_of(request: Request) -> Json:
    """Return the body's object, empty for an empty body.

    Raises:
        ControlError: it is no JSON object, or not said to be one.
    """
    raw = await bounded_body(request, MAX_BODY)
    if raw is None:
        raise ControlError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {MAX_BODY} bytes are expected")
    if not raw:
        return {}
    # Demanding JSON keeps forms of foreign pages out: a browser sends it across origins only when asked first.
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise ControlError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "application/json is expected")
    try:
        body = json.loads(raw, parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError) as cause:
        raise bad(f"the body is not JSON: {cause}") from cause
    if not isinstance(body, dict):
        raise bad("the body: an object is expected")
    if _deeper(body, MAX_DEPTH):
        raise bad(f"the body: at most {MAX_DEPTH} levels of objects and lists are expected")
    return body


async def fields_of(request: Request, *names: str) -> Json:
    """Return the body's object, which has no other fields than these.

    Raises:
        ControlError: as `body_of`, or there are others.
    """
    body = await body_of(request)
    if unknown := sorted(set(body) - set(names)):
        raise bad(f"unknown field: {', '.join(unknown)}; there {_are(names)}")
    return body


def query_of(request: Request, *names: str) -> QueryParams:
    """Return the query, which has no other names than these: a misspelt filter would let everything through.

    Raises:
        ControlError: it has others.
    """
    if unknown := sorted(set(request.query_params) - set(names)):
        raise bad(f"the query has an unknown name: {', '.join(unknown)}; there {_are(names)}")
    return request.query_params


def flag_of(body: Json, name: str, *, default: bool) -> bool:
    """Return a field that is true or false.

    Raises:
        ControlError: it is something else.
    """
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise bad(f'"{name}": true or false is expected')
    return value


def text_of(body: Json, name: str, default: str = "") -> str:
    """Return a field that is a text.

    Raises:
        ControlError: it is something else.
    """
    value = body.get(name, default)
    if not isinstance(value, str):
        raise bad(f'"{name}": a text is expected')
    return value


def number_of(request: Request, name: str, default: float) -> float:
    """Return a number of the query.

    Raises:
        ControlError: something else stands there.
    """
    text = request.query_params.get(name)
    return default if text is None else _number(name, text)


def integer_of(request: Request, name: str) -> int | None:
    """Return a whole number of the query, None if it is not given."""
    return int(number_of(request, name, 0)) if name in request.query_params else None


def integers_of(request: Request, name: str) -> frozenset[int]:
    """Return the whole numbers of a list with commas, empty if it is not given."""
    return frozenset(int(_number(name, text)) for text in request.query_params.get(name, "").split(",") if text)


def person_of(simulator: Simulator, request: Request) -> Person:
    """Return the person whom the path names.

    Raises:
        ControlError: 404, there is none.
    """
    person = simulator.world.people.get(request.path_params["person"])
    if person is None:
        number = request.path_params["person"]
        raise ControlError(HTTPStatus.NOT_FOUND, f"there is no person {number}: POST /sim/people makes one")
    return person


def _are(names: Collection[str]) -> str:
    return f"are {', '.join(names)}" if names else "is none"


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


def _deeper(value: Any, levels: int) -> bool:
    level = [value]
    for _ in range(levels):
        level = [
            part
            for item in level
            for part in (item.values() if isinstance(item, dict) else item)
            if isinstance(part, dict | list)
        ]
        if not level:
            return False
    return True


def _number(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError as cause:
        raise bad(f"{name}: a number is expected") from cause
    if not math.isfinite(number) or abs(number) > MAX_NUMBER:
        raise bad(f"{name}: a number up to 2^53 is expected")
    return number
