"""An HTTP proxy in front of DynamoDB Local that gives the answers it never gives by itself.

It lives in the event loop that made it, and answers only while that loop runs.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web

from lbc_testkit.http import serving
from lbc_testkit.ports import free_port

__all__ = [
    "CLOSE_AFTER",
    "CLOSE_BEFORE",
    "INTERNAL_ERROR",
    "REQUEST_LIMIT",
    "THROTTLED",
    "THROUGHPUT_EXCEEDED",
    "TRANSACTION_CONFLICT",
    "UNAVAILABLE",
    "Close",
    "Conflict",
    "DynamoFaults",
    "Error",
    "Fault",
    "Injection",
    "Latency",
    "dynamo_faults",
]

_DYNAMODB = "com.amazonaws.dynamodb.v20120810#"
_CORAL = "com.amazon.coral.availability#"
_JSON = "application/x-amz-json-1.0"
_TIMEOUT = aiohttp.ClientTimeout(total=60)
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "date", "server"}
_TRANSACT_WRITE = "TransactWriteItems"


@dataclass(frozen=True)
class Error:
    """Answer with an error instead of asking DynamoDB."""

    type: str
    message: str
    status: int = 400


@dataclass(frozen=True)
class Conflict:
    """Another transaction holds an item.

    A TransactWriteItems is cancelled with this reason for one of its items, other writes get
    TransactionConflictException.

    Attributes:
        code: the reason: TransactionConflict, or for instance ThrottlingError.
        item: which item of the transaction, from 0.
    """

    code: str = "TransactionConflict"
    message: str = "Transaction is ongoing for the item"
    item: int = 0


@dataclass(frozen=True)
class Latency:
    """Wait, then let it through."""

    seconds: float


@dataclass(frozen=True)
class Close:
    """Close the connection without an answer, before or after DynamoDB has done what was asked."""

    applied: bool


Fault = Error | Conflict | Latency | Close

TRANSACTION_CONFLICT = Conflict()
THROUGHPUT_EXCEEDED = Error(
    f"{_DYNAMODB}ProvisionedThroughputExceededException",
    "The level of configured provisioned throughput for the table was exceeded.",
)
THROTTLED = Error(f"{_CORAL}ThrottlingException", "Rate of requests exceeds the allowed throughput.")
REQUEST_LIMIT = Error(
    f"{_DYNAMODB}RequestLimitExceeded", "Throughput exceeds the current throughput limit for your account."
)
INTERNAL_ERROR = Error(f"{_DYNAMODB}InternalServerError", "The request processing has failed.", 500)
UNAVAILABLE = Error(f"{_CORAL}ServiceUnavailableException", "Service is unavailable.", 503)
CLOSE_BEFORE = Close(applied=False)
CLOSE_AFTER = Close(applied=True)

Matches = Callable[[Mapping[str, Any]], bool]


class Injection:
    """One fault that waits for its requests.

    Attributes:
        fired: how many requests it met.
    """

    def __init__(self, fault: Fault, *, operation: str | None, times: int | None, matches: Matches | None) -> None:
        self.fault = fault
        self.fired = 0
        self._operation = operation
        self._times = times
        self._matches = matches

    @property
    def spent(self) -> bool:
        """Whether it will meet no more."""
        return self._times is not None and self.fired >= self._times

    def meets(self, operation: str, body: Mapping[str, Any]) -> bool:
        """Whether it is meant for this request."""
        if self.spent or self._operation not in {None, operation}:
            return False
        return self._matches is None or self._matches(body)


class DynamoFaults:
    """The proxy's state, for tests to look at and to change.

    Attributes:
        endpoint: its address, to use instead of the target's.
        operations: how many requests came, by operation.
    """

    def __init__(self, endpoint: str, target: str, session: aiohttp.ClientSession) -> None:
        self.endpoint = endpoint
        self.operations: Counter[str] = Counter()
        self._target = target
        self._session = session
        self._injections: list[Injection] = []

    def inject(
        self,
        fault: Fault,
        *,
        operation: str | None = None,
        times: int | None = 1,
        matches: Matches | None = None,
    ) -> Injection:
        """Treat the next ``times`` requests so; None: until `clear`.

        Args:
            fault: what happens to them.
            operation: only these, such as ``TransactWriteItems``.
            times: how many.
            matches: only if this says so of the request's JSON.
        """
        injection = Injection(fault, operation=operation, times=times, matches=matches)
        self._injections.append(injection)
        return injection

    @contextmanager
    def injecting(
        self, fault: Fault, *, operation: str | None = None, matches: Matches | None = None
    ) -> Iterator[Injection]:
        """Treat all requests so while the block runs."""
        injection = self.inject(fault, operation=operation, times=None, matches=matches)
        try:
            yield injection
        finally:
            self._injections.remove(injection)

    def clear(self) -> None:
        """Let everything through."""
        self._injections.clear()

    async def handle(self, request: web.Request) -> web.Response:
        """Any request."""
        raw = await request.read()
        operation = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
        body = json.loads(raw) if raw else {}
        self.operations[operation] += 1
        fault = self._next_fault(operation, body)
        if isinstance(fault, Error):
            return _answer(fault.status, {"__type": fault.type, "message": fault.message})
        if isinstance(fault, Conflict):
            return _conflict(fault, operation, body)
        if isinstance(fault, Latency):
            await asyncio.sleep(fault.seconds)
        if isinstance(fault, Close):
            if fault.applied:
                await self._forward(request, raw)
            return _hang_up(request)
        return await self._forward(request, raw)

    def _next_fault(self, operation: str, body: Mapping[str, Any]) -> Fault | None:
        for injection in self._injections:
            if injection.meets(operation, body):
                injection.fired += 1
                return injection.fault
        return None

    async def _forward(self, request: web.Request, raw: bytes) -> web.Response:
        """As it came; a target that is away looks like a connection that closes."""
        try:
            async with self._session.request(
                request.method, self._target + request.path_qs, headers=_kept(request.headers), data=raw
            ) as answer:
                return web.Response(body=await answer.read(), status=answer.status, headers=_kept(answer.headers))
        except (aiohttp.ClientError, TimeoutError):
            return _hang_up(request)


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _HOP_BY_HOP}


def _hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _answer(status: int, body: Mapping[str, object]) -> web.Response:
    return web.json_response(body, status=status, content_type=_JSON)


def _conflict(fault: Conflict, operation: str, body: Mapping[str, Any]) -> web.Response:
    if operation != _TRANSACT_WRITE:
        kind = f"{_DYNAMODB}TransactionConflictException"
        return _answer(400, {"__type": kind, "message": fault.message})
    hit = {"Code": fault.code, "Message": fault.message}
    items = range(len(body.get("TransactItems", [])))
    reasons = [hit if item == fault.item else {"Code": "None"} for item in items]
    codes = ", ".join(reason["Code"] for reason in reasons)
    return _answer(
        400,
        {
            "__type": f"{_DYNAMODB}TransactionCanceledException",
            "Message": f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
            "CancellationReasons": reasons,
        },
    )


@asynccontextmanager
async def dynamo_faults(target: str, *, port: int | None = None) -> AsyncIterator[DynamoFaults]:
    """Stand in front of the DynamoDB at ``target`` while the block runs.

    Raises:
        OSError: the port is taken.
    """
    number = port or free_port()
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(timeout=_TIMEOUT, auto_decompress=False, connector=connector) as session:
        faults = DynamoFaults(f"http://127.0.0.1:{number}", target.rstrip("/"), session)
        app = web.Application(client_max_size=32 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", faults.handle)
        async with serving(app, number):
            yield faults
