"""From a body to an answer: read, limit, store, and only then say 200."""

from __future__ import annotations

import asyncio
import json
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lbc_contracts import ids, topology
from lbc_contracts.messages import UpdateReceived
from lbc_ingress.domain.flood import FloodGate
from lbc_ingress.domain.update import Facts, NotAnUpdateError, read_update
from lbc_runtime.clock import Clock
from lbc_runtime.crash import crash_point
from lbc_runtime.errors import DependencyDown
from lbc_runtime.publisher import MessagePublisher

MAX_RETRY_AFTER: Final = 5
"""Seconds. Telegram honours Retry-After, and drops what would outlive its expiry meanwhile (a tap lives 150 s)."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to Telegram.

    Attributes:
        result: how it is counted.
        retry_after: whole seconds, with a 429 or a 503.
    """

    status: int
    body: bytes
    result: str
    retry_after: int | None = None


_OK: Final = Reply(200, b'{"ok":true}', "accepted")


def refusal(status: int, error: str, result: str, detail: str = "", retry_after: int | None = None) -> Reply:
    """A reply that is no 200, as JSON."""
    document = {"error": error} | ({"detail": detail} if detail else {})
    return Reply(status, json.dumps(document, separators=(",", ":")).encode(), result, retry_after)


class Acceptor:
    """Takes authentic bodies of bounded size.

    Args:
        max_in_flight: updates being stored at once; the next one is told to come back.
        wait: seconds that storing may take.
        count: is told the result of every reply that is given here.
    """

    def __init__(
        self,
        bot: str,
        publisher: MessagePublisher,
        gate: FloodGate,
        clock: Clock,
        *,
        max_in_flight: int,
        wait: float,
        count: Callable[[str], None],
    ) -> None:
        self._bot = bot
        self._publisher = publisher
        self._gate = gate
        self._clock = clock
        self._max_in_flight = max_in_flight
        self._wait = wait
        self._count = count
        self._in_flight = 0

    async def accept(self, body: bytes) -> Reply:
        """Decide about one body; a 200 means that the broker has confirmed it."""
        reply = await self._decide(body)
        self._count(reply.result)
        return reply

    async def _decide(self, body: bytes) -> Reply:
        try:
            facts = read_update(body)
        except NotAnUpdateError as error:
            return refusal(400, "Bad Request", "not-an-update", str(error))
        wait = self._gate.knock(facts.person, self._clock.monotonic())
        if wait:
            return refusal(429, "Too Many Requests", "flood", retry_after=_whole(wait))
        if self._in_flight >= self._max_in_flight:
            return refusal(503, "Service Unavailable", "busy", "too many updates at once", retry_after=1)
        self._in_flight += 1
        try:
            return await self._store(facts, body)
        finally:
            self._in_flight -= 1

    async def _store(self, facts: Facts, body: bytes) -> Reply:
        event = ids.update_event(self._bot, facts.update_id)
        update = UpdateReceived(
            id=event,
            correlation_id=event,
            time=self._clock.now(),
            bot=self._bot,
            update_id=facts.update_id,
            body=body,
        )
        crash_point("ingress.before_publish")
        try:
            async with asyncio.timeout(self._wait):
                await self._publisher.publish(update, topology.UPDATES)
        except (DependencyDown, TimeoutError) as error:
            _log.warning("update not stored: %s", error or "no confirm in time", extra={"correlation_id": event})
            # Spread over the seconds, so that what an outage turned away does not come back all at once.
            later = facts.update_id % MAX_RETRY_AFTER + 1
            return refusal(503, "Service Unavailable", "not-stored", "the update was not stored", retry_after=later)
        crash_point("ingress.after_confirm")
        return _OK if facts.callback_id is None else _answer(facts.callback_id)


def _answer(callback_id: str) -> Reply:
    """200 that also calls ``answerCallbackQuery``: the spinner stops at the cost of no API call."""
    call = {"ok": True, "method": "answerCallbackQuery", "callback_query_id": callback_id}
    return Reply(200, json.dumps(call, separators=(",", ":")).encode(), "accepted")


def _whole(seconds: float) -> int:
    return min(MAX_RETRY_AFTER, max(1, math.ceil(seconds)))
