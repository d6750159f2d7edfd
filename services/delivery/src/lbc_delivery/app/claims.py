"""Takes, renews and ends the claim on a command, and remembers what the table has not taken yet."""

from __future__ import annotations

import logging
from collections import OrderedDict
from datetime import timedelta
from typing import Final

from lbc_delivery.app.ports import Deliveries, Meter
from lbc_delivery.domain.claims import NOBODY, Claimed, Refused, Replay, Sent, Terminal, Wait, covers, decide
from lbc_runtime.clock import Clock
from lbc_runtime.errors import Park

log = logging.getLogger(__name__)

TRIES: Final = 4
"""Races lost against other claims before the command is put off."""
CONTENDED_SECONDS: Final = 1.0
UNMARKED: Final = 1000
"""Ends remembered while the table is away; far more than are ever in flight."""


class Claims:
    """The claims of one process.

    Args:
        rows: the table.
        owner: this start of this process.
        lease: how long a claim holds.
        request: after how long a request to Telegram is given up; shorter than the lease.
        clock: tells the time of claims.
        meter: counts what may be doubled.
    """

    def __init__(
        self, rows: Deliveries, owner: str, *, lease: timedelta, request: timedelta, clock: Clock, meter: Meter
    ) -> None:
        self._rows = rows
        self._owner = owner
        self._lease = lease
        self._request = request
        self._clock = clock
        self._meter = meter
        self._unmarked: OrderedDict[str, Terminal] = OrderedDict()

    def unmarked(self, command_id: str) -> Terminal | None:
        """How the command ended, if the table could not be told yet: it must not be sent again for that."""
        return self._unmarked.get(command_id)

    async def take(self, command_id: str) -> Claimed | Terminal:
        """Claim the command, or learn how it ended.

        Raises:
            Park: another is sending it.
            DependencyDown: the table.
        """
        over: Claimed | None = None
        doubtful = False
        for _ in range(TRIES):
            claim = Claimed(self._owner, self._clock.now() + self._lease, over.doubtful if over else 0)
            standing = await self._rows.claim(command_id, claim, over=over)
            if standing == claim:
                if doubtful:
                    log.warning("sending again what a dead process began to send", extra={"command": command_id})
                    self._meter.doubtful("dead_claim")
                return claim
            action = decide(standing, self._clock.now(), self._owner)
            match action:
                case Replay(row):
                    return row
                case Wait(seconds):
                    raise Park(seconds, "claimed")
                case _:
                    over, doubtful = action.over, action.doubtful
        raise Park(CONTENDED_SECONDS, "claim-contended")

    async def look(self, command_id: str) -> Terminal | None:
        """How the command ended, if it did; claims nothing.

        Raises:
            Park: another is sending it.
            DependencyDown: the table.
        """
        action = decide(await self._rows.read(command_id), self._clock.now(), self._owner)
        match action:
            case Replay(row):
                return row
            case Wait(seconds):
                raise Park(seconds, "claimed")
            case _:
                return None

    async def cover(self, command_id: str, claim: Claimed) -> Claimed:
        """A claim that outlasts a request begun now: the same one, or renewed.

        Raises:
            Park: another has taken it meanwhile.
            DependencyDown: the table.
        """
        now = self._clock.now()
        if covers(claim, now, self._request):
            return claim
        renewed = Claimed(self._owner, now + self._lease, claim.doubtful)
        if await self._rows.claim(command_id, renewed, over=claim) != renewed:
            raise Park(CONTENDED_SECONDS, "claim-lost")
        return renewed

    async def release(self, command_id: str, claim: Claimed) -> None:
        """Give the claim back: surely nothing was sent under it. What was in doubt before stays counted.

        Raises:
            DependencyDown: the table.
        """
        if claim.doubtful:
            await self._leave(command_id, claim, claim.doubtful)
        else:
            await self._rows.release(command_id, self._owner)

    async def doubt(self, command_id: str, claim: Claimed) -> None:
        """Give the claim back, and count that what was sent under it may have arrived.

        Raises:
            DependencyDown: the table; the claim holds still, and the send is not counted.
        """
        await self._leave(command_id, claim, claim.doubtful + 1)

    async def end(self, command_id: str, end: Terminal) -> Terminal:
        """Mark how the command ended.

        Returns:
            What is to be reported: ``end``, or what another has marked before.

        Raises:
            Park: it was refused, and another is trying: the other's end counts.
            DependencyDown: the table; ``end`` is remembered, so try again.
        """
        self._unmarked[command_id] = end
        if len(self._unmarked) > UNMARKED:
            self._unmarked.popitem(last=False)
        standing = await self._rows.mark(command_id, self._owner, end)
        self._unmarked.pop(command_id, None)
        if standing == end:
            return end
        log.warning("the claim was lost before its end was marked", extra={"command": command_id})
        if isinstance(end, Sent):
            self._meter.doubtful("claim_lost")
            return end
        if isinstance(standing, Sent | Refused):
            return standing
        raise Park(CONTENDED_SECONDS, "claim-lost")

    async def _leave(self, command_id: str, claim: Claimed, doubtful: int) -> None:
        left = Claimed(NOBODY, self._clock.now(), doubtful)
        if await self._rows.claim(command_id, left, over=claim) != left:
            log.warning("the claim was lost before it was given back", extra={"command": command_id})
