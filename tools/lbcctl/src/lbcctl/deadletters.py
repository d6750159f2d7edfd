"""Bring dead letters and quarantined updates back to where they were, losing none.

A message is published first and acked after, so an interruption at any point can only leave it in both places; the
idempotency keys and event rows make the second one without effect, as long as those rows live.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aiormq.abc import AbstractChannel, DeliveredMessage

from lbc_contracts.topology import WorkQueue, graves
from lbc_contracts.wire import TooNewError, UnreadableError, Wire, decode
from lbc_runtime import amqp
from lbc_runtime.settings import BrokerSettings
from lbc_runtime.verdict import ATTEMPT, ERROR, NOT_BEFORE, QUEUE, REASON

MAX_AGE = timedelta(days=29)
"""Older dead letters are left: the rows that would tell a repetition (30 days) may be gone."""

_PASSING = (ATTEMPT, NOT_BEFORE, REASON, ERROR, QUEUE)


@dataclass(frozen=True, slots=True)
class Redriven:
    """What a redrive did.

    Attributes:
        moved: messages brought back.
        too_old: messages left where they are.
    """

    moved: int
    too_old: int


async def redrive(
    settings: BrokerSettings, work: WorkQueue, *, limit: int = 100_000, max_age: timedelta = MAX_AGE
) -> Redriven:
    """Move the dead letters of ``work`` back into it, oldest first; each keeps its id.

    Args:
        settings: the broker, as the operator's user.
        work: whose dead letters, quarantine included.
        limit: how many at the most; what arrives meanwhile waits for the next call.
        max_age: what is older is left.

    Raises:
        Exception: one of `lbc_runtime.amqp.LOST`, when the broker is gone; nothing is lost by it.
    """
    moved = too_old = 0
    async with amqp.connected(settings, "lbcctl-redrive") as connection:
        channel = await connection.channel(
            publisher_confirms=True, on_return_raises=True, timeout=settings.connect_timeout
        )
        for grave in graves(work):
            async with asyncio.timeout(settings.connect_timeout):
                declared = await channel.queue_declare(grave, passive=True)
            for _ in range(min(declared.message_count or 0, limit - moved)):
                message = await _next(channel, grave, settings)
                if message is None:
                    break
                if _age(message) > max_age:
                    too_old += 1  # stays unacked, and so returns to its place when the channel closes
                    continue
                await _return(channel, message, work, settings)
                moved += 1
    return Redriven(moved, too_old)


async def _next(channel: AbstractChannel, grave: str, settings: BrokerSettings) -> DeliveredMessage | None:
    async with asyncio.timeout(settings.connect_timeout):
        message = await channel.basic_get(grave, no_ack=False)
    return message if message.delivery_tag else None


async def _return(
    channel: AbstractChannel, message: DeliveredMessage, work: WorkQueue, settings: BrokerSettings
) -> None:
    wire = amqp.wire_of(message.body, message.header.properties)
    headers = {name: value for name, value in wire.headers.items() if name not in _PASSING}
    fresh = Wire(wire.type, wire.correlation_id, wire.body, headers)
    async with asyncio.timeout(settings.publish_timeout):
        await channel.basic_publish(
            fresh.body,
            exchange=work.name,
            routing_key=work.name,
            properties=amqp.properties(fresh),
            mandatory=True,
        )
        await channel.basic_ack(message.delivery_tag or 0, wait=True)


def _age(message: DeliveredMessage) -> timedelta:
    """Since the message was made; one that cannot be read counts as new, since nothing was ever done for it."""
    try:
        made = decode(amqp.wire_of(message.body, message.header.properties)).time
    except (UnreadableError, TooNewError):
        return timedelta(0)
    return datetime.now(UTC) - made
