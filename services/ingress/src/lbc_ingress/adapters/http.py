"""The webhook as a bare ASGI endpoint: the order of its checks is the order of what they cost."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, MutableMapping
from typing import Any, Final, Protocol

from opentelemetry.trace import SpanKind
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from lbc_ingress.app.accept import Reply, refusal
from lbc_runtime.telemetry import tracer

PATH: Final = "/telegram/webhook"
SECRET_HEADER: Final = b"x-telegram-bot-api-secret-token"

_DISCARD_FACTOR: Final = 8
_DISCARD_SECONDS: Final = 2.0

_METHOD = refusal(405, "Method Not Allowed", "method")
_SECRET = refusal(401, "Unauthorized", "unauthorized")
_SIZE = refusal(413, "Content Too Large", "too-large")
_SLOW = refusal(408, "Request Timeout", "slow")
_NOWHERE = refusal(404, "Not Found", "path")


class Accepts(Protocol):
    """Decides about a body (``lbc_ingress.app.accept.Acceptor``)."""

    async def accept(self, body: bytes) -> Reply:
        """The answer to an authentic body of bounded size."""
        ...


class Knows(Protocol):
    """Knows the secrets (``lbc_ingress.adapters.secrets.WebhookSecrets``)."""

    def match(self, token: bytes) -> bool:
        """Whether ``token`` is one of them."""
        ...


class _TooLargeError(Exception):
    pass


class _GoneError(Exception):
    pass


class Webhook:
    """ASGI endpoint of the one route.

    Args:
        max_body: bytes.
        body_timeout: seconds for the whole body to arrive.
        count: is told the result of every reply that is given here.
        took: is told the seconds from the first look at an authentic request to its answer.
    """

    def __init__(
        self,
        secrets: Knows,
        acceptor: Accepts,
        *,
        max_body: int,
        body_timeout: float,
        count: Callable[[str], None],
        took: Callable[[float], None],
    ) -> None:
        self._secrets = secrets
        self._acceptor = acceptor
        self._max_body = max_body
        self._body_timeout = body_timeout
        self._count = count
        self._took = took

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; nothing when the client went away before its body was whole."""
        reply = self._refuse_unread(scope)
        if reply is None:
            began = time.perf_counter()
            try:
                async with asyncio.timeout(self._body_timeout):
                    body = await self._read(receive)
            except _GoneError:
                self._count("client-gone")
                return
            except _TooLargeError:
                reply = _SIZE
            except TimeoutError:
                reply = _SLOW
            else:
                with tracer.start_as_current_span("webhook", kind=SpanKind.SERVER):
                    reply = await self._acceptor.accept(body)
                self._took(time.perf_counter() - began)
                await _send(send, reply)
                return
        self._count(reply.result)
        # What was not read must not be taken for the next request.
        await _send(send, reply, close=True, complete=reply is not _SIZE)
        if reply is _SIZE:
            await self._discard(receive)
            await send({"type": "http.response.body"})

    def _refuse_unread(self, scope: Scope) -> Reply | None:
        if scope["method"] != "POST":
            return _METHOD
        token = b""
        length = 0
        for name, value in scope["headers"]:
            if name == SECRET_HEADER:
                token = value
            elif name == b"content-length":
                length = int(value) if value.isdigit() else 0
        if not self._secrets.match(token):
            return _SECRET
        return _SIZE if length > self._max_body else None

    async def _read(self, receive: Receive) -> bytes:
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _GoneError
            body += message.get("body", b"")
            if len(body) > self._max_body:
                raise _TooLargeError
            if not message.get("more_body"):
                return bytes(body)

    async def _discard(self, receive: Receive) -> None:
        """Throw a bounded rest away: closing on a sender that still writes would reset it before it reads the 413."""
        left = _DISCARD_FACTOR * self._max_body
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DISCARD_SECONDS):
                while left > 0:
                    message = await receive()
                    left -= len(message.get("body", b""))
                    if not message.get("more_body"):  # or the sender is gone
                        return


def build(webhook: Webhook) -> Starlette:
    """The public application: one route, and JSON for whoever asks for another."""

    async def nowhere(_request: Request, _error: Exception) -> Response:
        return Response(_NOWHERE.body, _NOWHERE.status, media_type="application/json")

    app = Starlette(routes=[Route(PATH, webhook)], exception_handlers={404: nowhere})
    app.router.redirect_slashes = False
    return app


async def _send(send: Send, reply: Reply, *, close: bool = False, complete: bool = True) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(reply.body)).encode())]
    if reply.retry_after is not None:
        headers.append((b"retry-after", str(reply.retry_after).encode()))
    if reply.status == _METHOD.status:
        headers.append((b"allow", b"POST"))
    if close:
        headers.append((b"connection", b"close"))
    start: MutableMapping[str, Any] = {"type": "http.response.start", "status": reply.status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": reply.body, "more_body": not complete})
