"""Carries the Bot API's requests over aiohttp, and tells what was surely not sent from what may have been.

python-telegram-bot's own transport is httpx, which costs ten times the CPU and reports both in one kind of error. The
token is part of every address, so no address and no text of an error of the driver leaves this module.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any, Final

import aiohttp
from opentelemetry.trace import SpanKind, StatusCode, Tracer
from telegram.error import TelegramError
from telegram.request import BaseRequest, RequestData

from lbc_delivery.app.ports import BotApiError, FateUnknownError, NotSentError, RefusedError
from lbc_delivery.domain.refusals import Answer
from lbc_runtime import telemetry
from lbc_runtime.secretfile import SecretFile

KEEPALIVE_SECONDS: Final = 15.0
"""Shorter than the server's, which could close an idle connection just as we write to it."""

_STOPPED_ON_THE_WAY: Final = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.PROXY_AUTHENTICATION_REQUIRED,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    }
)
"""By which something in between says that it passed nothing on; 408 or 499 may come after it did."""

_heard: ContextVar[list[Any] | None] = ContextVar("heard", default=None)

Observe = Callable[[str, float], None]
"""Is told the method and the seconds that it took."""


class CarriedError(TelegramError):
    """Brings an error of ours through the library, which lets its own kind pass."""

    def __init__(self, error: BotApiError) -> None:
        super().__init__(type(error).__name__)
        self.error = error


@contextmanager
def hearing() -> Iterator[list[Any]]:
    """Collect what Telegram grants within: the ``result`` of each answer, whatever the library makes of it."""
    heard: list[Any] = []
    token = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(token)


@dataclass(slots=True)
class _Progress:
    """How far a request has come."""

    written: bool = False


def session(*, connect_timeout: float, request_timeout: float) -> aiohttp.ClientSession:
    """A session whose requests are bounded, and tell when they begin to write."""
    tracing = aiohttp.TraceConfig()
    # Fires before the first byte goes out, so what it has not seen was surely not sent.
    tracing.on_request_headers_sent.append(_note_written)
    made = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(keepalive_timeout=KEEPALIVE_SECONDS),
        timeout=aiohttp.ClientTimeout(total=request_timeout, connect=connect_timeout),
        trace_configs=[tracing],
        cookie_jar=aiohttp.DummyCookieJar(),
    )
    # Not those of an instrumentation: it would record errors of the driver, whose texts have the address in them.
    made.trace_configs[:] = [tracing]
    return made


class Transport(BaseRequest):
    """One request, once: what fails is for the caller to judge.

    Args:
        http: a session of :func:`session`; closed by whoever opened it.
        base_url: of the Bot API, without a slash at its end.
        token: read for every request, so that a rotation needs no restart.
        observe: see :data:`Observe`.
        tracer: makes a span of every request.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        base_url: str,
        token: SecretFile,
        observe: Observe,
        tracer: Tracer = telemetry.tracer,
    ) -> None:
        super().__init__()
        self._http = http
        self._base_url = base_url
        self._token = token
        self._observe = observe
        self._tracer = tracer

    @property
    def read_timeout(self) -> float | None:
        """Seconds for a whole request."""
        return self._http.timeout.total

    async def initialize(self) -> None:
        """Nothing to do: the session is open already."""

    async def shutdown(self) -> None:
        """Nothing to do: the session is closed by its owner."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = None,
        write_timeout: Any = None,  # noqa: ARG002 - the library's signature
        connect_timeout: Any = None,  # noqa: ARG002 - the library's signature
        pool_timeout: Any = None,  # noqa: ARG002 - the library's signature
    ) -> tuple[int, bytes]:
        """Do the request to the method that ``url`` ends with; ``read_timeout``, if a number, bounds all of it.

        Raises:
            CarriedError: with what went wrong.
        """
        called = url.rpartition("/")[2]
        address = f"{self._base_url}/bot{self._current_token()}/{called}"
        with self._tracer.start_as_current_span(
            f"telegram {called}", kind=SpanKind.CLIENT, record_exception=False, set_status_on_exception=False
        ) as span:
            begun = time.monotonic()
            try:
                return await self._exchange(method, address, request_data, read_timeout)
            except CarriedError as carried:
                span.set_status(StatusCode.ERROR, str(carried.error))
                raise
            finally:
                self._observe(called, time.monotonic() - begun)

    def _current_token(self) -> str:
        try:
            return self._token.read()
        except (OSError, ValueError) as error:
            cause = NotSentError(f"the token's file cannot be read: {type(error).__name__}")
            raise CarriedError(cause) from None

    async def _exchange(
        self, method: str, url: str, request_data: RequestData | None, seconds: Any
    ) -> tuple[int, bytes]:
        progress = _Progress()
        timeout = self._http.timeout
        if isinstance(seconds, int | float):
            timeout = aiohttp.ClientTimeout(total=seconds, connect=timeout.connect)
        try:
            async with self._http.request(
                method,
                url,
                data=request_data.json_parameters if request_data else None,
                timeout=timeout,
                allow_redirects=False,
                trace_request_ctx=progress,
            ) as response:
                status, body = response.status, await response.read()
        except (aiohttp.ClientError, OSError) as error:  # a timeout is an OSError too
            raise CarriedError(_judge(progress, error)) from None
        result = _result_in(status, body)
        if (heard := _heard.get()) is not None:
            heard.append(result)
        return status, body


def _judge(progress: _Progress, error: Exception) -> BotApiError:
    name = type(error).__name__
    if not progress.written:
        return NotSentError(name)
    return FateUnknownError("timeout" if isinstance(error, TimeoutError) else "dropped", name)


def _result_in(status: int, body: bytes) -> Any:
    """What Telegram grants, None if that is nothing.

    A refusal that does not speak as Telegram does comes from something in between: it says nothing about the person.

    Raises:
        CarriedError: with what is wrong with the answer.
    """
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise CarriedError(FateUnknownError("http_5xx", str(status)))
    accepted = HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    if not isinstance(said, dict) or said.get("ok") is not accepted:
        raise CarriedError(_not_telegrams(status))
    if not accepted:
        raise CarriedError(RefusedError(_answer(status, said)))
    return said.get("result")


def _not_telegrams(status: int) -> BotApiError:
    what = f"{status} that is not Telegram's"
    redirected = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    if redirected or status in _STOPPED_ON_THE_WAY:
        return NotSentError(what)
    return FateUnknownError("unreadable", what)


def _answer(status: int, said: dict[str, Any]) -> Answer:
    parameters = said.get("parameters")
    if not isinstance(parameters, dict):
        parameters = {}
    retry_after = parameters.get("retry_after")
    return Answer(
        status,
        str(said.get("description", "")),
        float(retry_after) if isinstance(retry_after, int | float) else None,
        migrated="migrate_to_chat_id" in parameters,
    )


async def _note_written(_: aiohttp.ClientSession, context: SimpleNamespace, __: object) -> None:
    context.trace_request_ctx.written = True
