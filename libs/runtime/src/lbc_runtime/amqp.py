"""Connections to RabbitMQ, and messages as its driver sees them.

We use aiormq rather than aio-pika, which wraps it: a publish costs about a third less, and reconnecting is ours to do
anyway, since here every wait has an end.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

import aiormq
from aiormq.abc import AbstractChannel, AbstractConnection
from pamqp.commands import Basic

from lbc_contracts.wire import HeaderValue, Wire
from lbc_runtime.settings import BrokerSettings
from lbc_runtime.telemetry import TRACE_HEADERS

RABBITMQ = "rabbitmq"
"""The broker's name as a dependency."""

_CLOSE_SECONDS = 2
_OWN_HEADERS = "x-lbc-"
_MAX_HEADER = 4096
_PERSISTENT = 2

LOST: tuple[type[Exception], ...] = (aiormq.AMQPError, OSError, TimeoutError, RuntimeError)
"""What the driver raises when the broker, the connection or the channel is gone (RuntimeError: used when closed)."""


@contextlib.asynccontextmanager
async def connected(settings: BrokerSettings, name: str) -> AsyncIterator[AbstractConnection]:
    """A connection that is closed at the end, in bounded time.

    Args:
        settings: where, as whom, and how long to wait.
        name: what the broker's management page shall call it.

    Raises:
        Exception: one of :data:`LOST`.
    """
    url = settings.resolved_url().update_query(heartbeat=str(settings.heartbeat), name=name)
    tls = ssl.create_default_context(cafile=settings.ca_file) if url.scheme == "amqps" else None
    async with asyncio.timeout(settings.connect_timeout):
        connection = await aiormq.connect(url, context=tls)
    try:
        yield connection
    finally:
        with contextlib.suppress(*LOST):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await connection.close()


def why_closed(channel: AbstractChannel) -> str:
    """What ended ``channel``, for the log."""
    closing = channel.closing
    if not closing.done() or closing.cancelled():
        return "closed"
    return repr(closing.exception())


def properties(wire: Wire) -> Basic.Properties:
    """Properties for one attempt to publish ``wire``.

    The message id is new each time: of two publishes in flight with the same one, the driver would swap the results.
    """
    return Basic.Properties(
        content_type="application/json",
        delivery_mode=_PERSISTENT,
        message_id=uuid.uuid4().hex,
        message_type=wire.type,
        correlation_id=wire.correlation_id,
        headers=dict(wire.headers),
    )


def wire_of(body: bytes, props: Basic.Properties) -> Wire:
    """What came from the broker, without what the broker and others added to the headers."""
    return Wire(props.message_type or "", props.correlation_id or "", body, dict(_own_headers(props.headers or {})))


def _own_headers(headers: Mapping[str, object]) -> list[tuple[str, HeaderValue]]:
    return [
        (name, value)
        for name, value in headers.items()
        if (name.startswith(_OWN_HEADERS) or name in TRACE_HEADERS)
        and isinstance(value, str | int)
        and len(str(value)) <= _MAX_HEADER
    ]


def with_headers(wire: Wire, headers: Mapping[str, HeaderValue]) -> Wire:
    """``wire`` with more headers."""
    return replace(wire, headers={**wire.headers, **headers})
