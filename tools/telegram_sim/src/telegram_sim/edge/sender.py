"""Posting updates to the webhook: the sockets of `core.courier`."""

import asyncio
import contextlib
import json
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus
from time import perf_counter
from urllib.parse import parse_qsl

import aiohttp

from telegram_sim.core.courier import Courier, Outcome
from telegram_sim.core.queues import Pending, UpdateQueues
from telegram_sim.core.record import Record
from telegram_sim.core.schedule import ANSWER_TIMEOUT, retry_after_of
from telegram_sim.core.types import Json
from telegram_sim.core.webhook import Webhook, reply_method
from telegram_sim.edge.clock import Clock

logger = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header

Reply = Callable[[str, Json], Awaitable[None]]
"""Carries out the method that a webhook's answer asked for."""


class WebhookSender:
    """Sends what the courier gives, and tells it how that went."""

    def __init__(self, session: aiohttp.ClientSession, queues: UpdateQueues, record: Record, clock: Clock) -> None:
        self._session = session
        self._record = record
        self._clock = clock
        self._courier = Courier(queues, clock.date)
        self._something = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self._generation = 0
        self.timeout = ANSWER_TIMEOUT
        self.reply: Reply | None = None
        self.loses: Callable[[Pending], bool] = lambda _update: False
        """Tells whether the answer to an update that was accepted gets lost."""

    @property
    def webhook(self) -> Webhook:
        """Where updates go."""
        return self._courier.webhook

    @webhook.setter
    def webhook(self, webhook: Webhook) -> None:
        """Change what leaves deliveries as they are: the kinds of updates."""
        self._courier.webhook = webhook

    @property
    def last_error(self) -> tuple[int, str] | None:
        """Unix seconds and words of the last failure."""
        return self._courier.last_error

    def wake(self) -> None:
        """Look at the queues again."""
        self._something.set()

    def point_to(self, webhook: Webhook) -> None:
        """Send to another webhook from now on; what is under way to the old one is begun anew."""
        self._generation += 1
        for task in self._under_way:
            task.cancel()
        self._courier.point_to(webhook, self._clock.now())
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
        while (update := self._courier.next(self._clock.now())) is not None:
            task = asyncio.create_task(self._deliver(update, self.webhook, self._generation))
            self._under_way.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self.wake()
        if not task.cancelled() and (cause := task.exception()) is not None:
            logger.error("delivery of an update broke", exc_info=cause)

    def _idle_for(self) -> float | None:
        now = self._clock.now()
        wakeup = self._courier.next_wakeup(now)
        return None if wakeup is None else max(self._clock.real(wakeup - now), 0.0)

    async def _deliver(self, update: Pending, webhook: Webhook, generation: int) -> None:
        begun = perf_counter()
        outcome = await self._post(update.body, webhook)
        if generation != self._generation:
            return
        dropped = update.done
        if not dropped and not outcome.error and self.loses(update):
            outcome = replace(outcome, error="Read timeout expired", answer=None, kept=False)
        wait = self._courier.ended(update, outcome, self._clock.now())
        if dropped:
            return
        if not self.webhook.url:  # 410 for too long: the webhook is gone, the update stays
            self._generation += 1
        self._note(update, outcome, wait, perf_counter() - begun)
        method = reply_method(outcome.answer or {})
        if not outcome.error and method and self.reply is not None:
            await self.reply(method, outcome.answer or {})

    def _note(self, update: Pending, outcome: Outcome, wait: int | None, seconds: float) -> None:
        self._record.add(
            "delivery",
            update_id=update.update_id,
            update_kind=update.kind,
            chat_id=update.chat_id,
            attempt=update.attempts,
            status=outcome.status,
            error=outcome.error,
            answer=outcome.answer,
            seconds=round(seconds, 4),
            accepted=not outcome.error,
            next_try_in=wait,
        )

    async def _post(self, body: bytes, webhook: Webhook) -> Outcome:
        headers = {"Content-Type": "application/json"}
        if webhook.secret:
            headers[SECRET_HEADER] = webhook.secret
        timeout = aiohttp.ClientTimeout(total=self.timeout)
        try:
            async with self._session.post(
                webhook.address, data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as answer:
                return _outcome(answer, await answer.read())
        except aiohttp.ClientConnectorError as cause:
            return Outcome(error=_reason(cause.os_error))
        except TimeoutError:
            return Outcome(error="Read timeout expired")  # td, HttpConnectionBase.cpp, timeout_expired
        except aiohttp.ClientOSError as cause:
            return Outcome(error=_reason(cause))
        except aiohttp.ClientError:
            return Outcome(error="Webhook connection closed", public=False)


def _reason(cause: OSError) -> str:
    if isinstance(cause, socket.gaierror) or cause.errno is None:
        return cause.strerror or "Connection refused"
    return os.strerror(cause.errno)


def _outcome(answer: aiohttp.ClientResponse, content: bytes) -> Outcome:
    wait = retry_after_of(answer.headers.get("Retry-After", ""))
    kept = answer.headers.get("Connection", "").lower() != "close"
    asked = _arguments(answer.content_type, content) if answer.status < HTTPStatus.MULTIPLE_CHOICES else None
    return Outcome.answered(answer.status, answer.reason or "", wait, asked, kept=kept)


def _arguments(content_type: str, content: bytes) -> Json | None:
    """Read the method that an answer asks for, as JSON or as a form (docs, "Making requests when getting updates")."""
    if content_type == "application/x-www-form-urlencoded":
        return dict(parse_qsl(content.decode("utf-8", "replace"))) or None
    if content_type != "application/json" or not content:
        return None
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
