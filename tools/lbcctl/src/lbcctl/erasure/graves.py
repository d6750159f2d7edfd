"""Takes people's letters out of the dead letters and quarantines, and leaves the others as and where they are.

A grave is read to its end without an ack; then only their letters are acked. The others return to their places when
the channel closes, in their order. So does everything, if this process dies: nothing is ever published.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from typing import Final

from aiormq.abc import AbstractChannel, DeliveredMessage

from lbc_contracts.topology import WORK_QUEUES, graves
from lbc_runtime import amqp
from lbc_runtime.settings import BrokerSettings
from lbcctl.errors import explain_amqp
from lbcctl.letters import letter_of

MOST_HELD: Final = 65_535
"""What one consumer may hold unacked; AMQP has 16 bits for it."""


async def take_out(settings: BrokerSettings, people: Collection[int]) -> int:
    """Remove what is about ``people``, by their Telegram ids; gives how many letters that were.

    Letters that somebody else holds at the moment, such as a redrive, are not seen: look again.

    Raises:
        StopError: the broker is down, or refuses this user; the rest of the letters stays.
    """
    removed = 0
    try:
        async with amqp.connected(settings, "lbcctl-erasure") as connection:
            for grave in (grave for work in WORK_QUEUES for grave in graves(work)):
                channel = await connection.channel(timeout=settings.connect_timeout)
                removed += await _take_out(channel, grave, people, settings.connect_timeout)
                async with asyncio.timeout(settings.connect_timeout):
                    await channel.close()
    except amqp.LOST as error:
        raise explain_amqp(error, settings) from error
    return removed


async def held(channel: AbstractChannel, grave: str, patience: float) -> AsyncIterator[DeliveredMessage]:
    """All letters that are in a grave now, the oldest first; none is acked.

    They are consumed and not got one by one: RabbitMQ keeps what one consumer holds in its order, while each ``get``
    is a holder of its own, and these return in no order at all (seen with 3.10).

    Args:
        channel: of nobody else; when it closes, all that was not acked returns to its place.
        grave: the queue.
        patience: seconds to wait for each step; letters that somebody else took meanwhile end it as well.
    """
    left = await _ready(channel, grave, patience)
    arrived: asyncio.Queue[DeliveredMessage] = asyncio.Queue()
    async with asyncio.timeout(patience):
        await channel.basic_qos(prefetch_count=MOST_HELD)
    number = 0
    while left > 0:
        number += 1  # names in the order of their letters, since that is the order in which these return
        async with asyncio.timeout(patience):
            await channel.basic_consume(grave, arrived.put, no_ack=False, consumer_tag=f"letters-{number:04}")
        for _ in range(min(left, MOST_HELD)):
            try:
                async with asyncio.timeout(patience):
                    yield await arrived.get()
            except TimeoutError:
                return
        left -= MOST_HELD


async def _take_out(channel: AbstractChannel, grave: str, people: Collection[int], patience: float) -> int:
    removed = 0
    async for message in held(channel, grave, patience):
        properties = message.header.properties
        letter = letter_of(grave, amqp.wire_of(message.body, properties), properties.headers or {})
        if any(letter.mentions(user_id) for user_id in people):
            await channel.basic_ack(message.delivery_tag or 0, wait=True)
            removed += 1
    await _ready(
        channel, grave, patience
    )  # an answer on this channel means that the broker has read the acks before it
    return removed


async def _ready(channel: AbstractChannel, grave: str, patience: float) -> int:
    async with asyncio.timeout(patience):
        declared = await channel.queue_declare(grave, passive=True)
    return declared.message_count or 0
