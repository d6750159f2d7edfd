"""Takes people's letters out of the dead letters and quarantines, and leaves the others as and where they are.

A grave is read to its end without an ack; then only their letters are acked. The others return to their places, in
their order. So does everything, if this process dies: nothing is ever published.
"""

from __future__ import annotations

from collections import Counter

from aiormq.abc import AbstractChannel

from lbc_contracts.topology import WORK_QUEUES, graves
from lbc_runtime import amqp
from lbc_runtime.settings import BrokerSettings
from lbcctl.deadletters import letter_in
from lbcctl.erasure.letters import Whose
from lbcctl.erasure.person import Person
from lbcctl.errors import explain_amqp
from lbcctl.holding import holding


async def take_out(settings: BrokerSettings, whose: Whose) -> Counter[Person]:
    """Remove the letters that are ``whose``; gives how many each person had.

    Letters that somebody else holds at the moment, such as a redrive, are not seen: look again.

    Raises:
        StopError: the broker is down, or refuses this user; the rest of the letters stays.
    """
    removed: Counter[Person] = Counter()
    try:
        async with amqp.connected(settings, "lbcctl-erasure") as connection:
            channel = await connection.channel(timeout=settings.connect_timeout)
            for grave in (grave for work in WORK_QUEUES for grave in graves(work)):
                removed += await _take_out(channel, grave, whose, settings.connect_timeout)
    except amqp.LOST as error:
        raise explain_amqp(error, settings) from error
    return removed


async def _take_out(channel: AbstractChannel, grave: str, whose: Whose, patience: float) -> Counter[Person]:
    removed: Counter[Person] = Counter()
    async with holding(channel, patience) as hold:
        async for message in hold.letters(grave):
            person = whose(letter_in(grave, message))
            if person:
                await hold.ack([message.delivery_tag or 0])
                removed[person] += 1
    return removed
