"""What all endpoints of the control API share: reading a request, and saying what is wrong with it."""

import json
import math
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from telegram_sim.core.inbox import InboxError
from telegram_sim.core.people import Person
from telegram_sim.core.types import Json
from telegram_sim.edge.answers import JsonAnswer
from telegram_sim.edge.requests import bounded_body
from telegram_sim.simulator import CannotError, Simulator

Endpoint = Callable[[Request], Awaitable[Response]]
Table = list[tuple[str, str, Endpoint]]
"""Method, path and endpoint."""

MAX_BODY = 4 * 1024 * 1024
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
        body = json.loads(raw)
    except (ValueError, RecursionError) as cause:
        raise bad("the body is not JSON") from cause
    if not isinstance(body, dict):
        raise bad("an object is expected")
    return body


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
        raise ControlError(HTTPStatus.NOT_FOUND, "no such person")
    return person


def _number(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError as cause:
        raise bad(f"{name}: a number is expected") from cause
    if not math.isfinite(number) or abs(number) > MAX_NUMBER:
        raise bad(f"{name}: a number up to 2^53 is expected")
    return number
