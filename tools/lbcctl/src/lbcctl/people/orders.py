"""An operator's orders about people, which onboarding carries out in its own transaction.

An order says in which session and attempt the operator saw a person. Its id comes from that, so the same order given
twice is one event, and one that has been overtaken means nothing.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Final

from aiormq.abc import AbstractChannel

from lbc_contracts import topology
from lbc_contracts.ids import resend_order, reset_order, session_key
from lbc_contracts.messages import Order, OrderKind
from lbc_contracts.wire import encode
from lbc_runtime import amqp
from lbcctl.people.rows import Waiting

_SECONDS: Final = 10.0


def resend(bot: str, waiting: Waiting) -> Order:
    """Give the attempt up that somebody waits for, and send the step under the next one."""
    identity = resend_order(waiting.command(bot))
    return Order(
        id=identity,
        correlation_id=identity,
        time=datetime.now(UTC),
        bot=bot,
        user_id=waiting.user_id,
        kind=OrderKind.RESEND,
        session=waiting.session,
        step=waiting.step,
        attempt=waiting.attempt,
    )


def reset(bot: str, user_id: int, session: int, version: int) -> Order:
    """Lead somebody back to the start, as their own /restart would."""
    identity = reset_order(session_key(bot, user_id, session), version)
    return Order(
        id=identity,
        correlation_id=identity,
        time=datetime.now(UTC),
        bot=bot,
        user_id=user_id,
        kind=OrderKind.RESET,
        session=session,
    )


async def give(channel: AbstractChannel, order: Order) -> None:
    """Hand an order to onboarding; returns when the broker has stored it.

    Raises:
        Exception: one of `lbc_runtime.amqp.LOST`; the order may be stored then, and may be given again.
    """
    wire = encode(order)
    async with asyncio.timeout(_SECONDS):
        await channel.basic_publish(
            wire.body,
            exchange=topology.DUE.name,
            routing_key=topology.DUE.name,
            properties=amqp.properties(wire),
            mandatory=True,
        )
