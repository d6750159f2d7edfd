"""Posting updates to the webhook (server, WebhookActor.cpp)."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from time import perf_counter

import aiohttp

from telegram_sim.core.queues import Pending, UpdateQueues
from telegram_sim.core.record import Record
from telegram_sim.core.schedule import GONE_AFTER, RECONNECT_DELAY
from telegram_sim.core.types import Json
from telegram_sim.core.webhook import Webhook, reply_method
from telegram_sim.edge.clock import Clock

logger = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header

Reply = Callable[[str, Json], Awaitable[None]]
"""Carries out the method that a webhook's answer asked for."""


@dataclass(frozen=True)
class _Outcome:
    status: int = 0
    error: str = ""
    retry_after: int = 0
    connected: bool = True
    answer: Json | None = None


class WebhookSender:
    """Keeps at most `max_connections` requests under way, one for each queue."""

    def __init__(self, session: aiohttp.ClientSession, queues: UpdateQueues, record: Record, clock: Clock) -> None:
        self._session = session
        self._queues = queues
        self._record = record
        self._clock = clock
        self._something = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self._gone_since: float | None = None
        self._generation = 0
        self.webhook = Webhook()
        self.last_error: tuple[int, str] | None = None
        self.timeout = 60.0
        self.reply: Reply | None = None

    def wake(self) -> None:
        """Look at the queues again."""
        self._something.set()

    def point_to(self, webhook: Webhook) -> None:
        """Send to another webhook from now on; what is under way to the old one is begun anew."""
        self.webhook = webhook
        self.last_error = None
        self._gone_since = None
        self._generation += 1
        for task in self._under_way:
            task.cancel()
        self._queues.restart(self._clock.now())
        self.wake()

    async def run(self) -> None:
        """Deliver until cancelled."""
        try:
            while True:
                self._something.clear()
                self._start_ready()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._idle_for()):
                        await self._something.wait()
        finally:
            tasks = list(self._under_way)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _start_ready(self) -> None:
        while self.webhook.url and len(self._under_way) < self.webhook.max_connections:
            update = self._queues.take(self._clock.now())
            if update is None:
                return
            task = asyncio.create_task(self._deliver(update, self.webhook, self._generation))
            self._under_way.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self.wake()
        if not task.cancelled() and (cause := task.exception()) is not None:
            logger.error("delivery of an update broke", exc_info=cause)

    def _idle_for(self) -> float | None:
        wakeup = self._queues.next_wakeup()
        if wakeup is None or not self.webhook.url or len(self._under_way) >= self.webhook.max_connections:
            return None
        return max(self._clock.real(wakeup - self._clock.now()), 0.0)

    async def _deliver(self, update: Pending, webhook: Webhook, generation: int) -> None:
        begun = perf_counter()
        outcome = await self._post(update.body, webhook)
        if generation != self._generation or update.done:
            return
        wait = self._settle(update, outcome)
        self._record.add(
            "delivery",
            update_id=update.update_id,
            update_kind=update.kind,
            attempt=update.attempts + (not outcome.connected),
            status=outcome.status,
            error=outcome.error,
            answer=outcome.answer,
            seconds=round(perf_counter() - begun, 4),
            accepted=not outcome.error,
            next_try_in=wait,
        )
        method = reply_method(outcome.answer or {})
        if not outcome.error and method and self.reply is not None:
            await self.reply(method, outcome.answer or {})

    def _settle(self, update: Pending, outcome: _Outcome) -> int | None:
        now = self._clock.now()
        self._watch_gone(outcome.status, now)
        if not outcome.error:
            self._queues.accepted(update)
            return None
        self.last_error = (self._clock.date(), outcome.error)
        if not outcome.connected:
            self._queues.unsent(update, now + RECONNECT_DELAY)
            return RECONNECT_DELAY
        wait = self._queues.failed(update, now, outcome.retry_after)
        if not self.webhook.url:  # 410 for too long: the webhook is gone, the update stays
            return None
        return wait

    def _watch_gone(self, status: int, now: float) -> None:
        if status != HTTPStatus.GONE:
            if status:
                self._gone_since = None
        elif self._gone_since is None:
            self._gone_since = now
        elif now > self._gone_since + GONE_AFTER:
            self.webhook = self.webhook.removed()

    async def _post(self, body: bytes, webhook: Webhook) -> _Outcome:
        headers = {"Content-Type": "application/json"}
        if webhook.secret:
            headers[SECRET_HEADER] = webhook.secret
        timeout = aiohttp.ClientTimeout(total=self.timeout)
        try:
            async with self._session.post(
                webhook.url, data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                return _outcome(answer, await answer.read())
        except aiohttp.ClientConnectorError:
            return _Outcome(error="Connection refused", connected=False)
        except TimeoutError:
            return _Outcome(error="Read timeout expired")
        except aiohttp.ClientError:
            return _Outcome(error="Webhook connection closed")


def _outcome(answer: aiohttp.ClientResponse, content: bytes) -> _Outcome:
    if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        asked = answer.headers.get("Retry-After", "")
        retry_after = int(asked) if asked.isdecimal() and asked.isascii() else 0
        error = f"Wrong response from the webhook: {answer.status} {answer.reason or ''}".rstrip()
        return _Outcome(answer.status, error, retry_after)
    try:
        parsed = json.loads(content) if answer.content_type == "application/json" and content else None
    except ValueError:
        parsed = None
    return _Outcome(answer.status, answer=parsed if isinstance(parsed, dict) else None)
