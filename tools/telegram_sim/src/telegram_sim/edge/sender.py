"""Posting updates to the webhook: the sockets of `core.webhook.courier`."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from time import perf_counter

import aiohttp
from yarl import URL

from telegram_sim.core.record import Record
from telegram_sim.core.types import Json
from telegram_sim.core.updates.pending import Pending
from telegram_sim.core.updates.queues import UpdateQueues
from telegram_sim.core.webhook.courier import Courier, Outcome
from telegram_sim.core.webhook.schedule import ANSWER_TIMEOUT
from telegram_sim.core.webhook.webhook import Webhook, reply_method
from telegram_sim.edge.clock import Clock
from telegram_sim.edge.webhook_answer import broken, outcome_of

logger = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
_NOT_SENT = ("Accept", "User-Agent")
"""Headers that the server does not send (WebhookActor.cpp, send_update)."""

Reply = Callable[[str, Json], Awaitable[None]]
"""Carries out the method that a webhook's answer asked for."""


class WebhookSender:
    """Sends what the courier gives, and tells it how that went.

    `timeout` is the real seconds that a whole answer may take; `loses` tells whether the answer to an update that was
    accepted gets lost.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        queues: UpdateQueues,
        record: Record,
        clock: Clock,
        timeout: float = ANSWER_TIMEOUT,
        loses: Callable[[Pending], bool] = lambda _update: False,
    ) -> None:
        self._session = session
        self._record = record
        self._clock = clock
        self._courier = Courier(queues, clock.date)
        self._something = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self._replying: set[asyncio.Task[None]] = set()
        self._generation = 0
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._loses = loses
        self.reply: Reply | None = None

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
        self._courier.point_to(webhook)
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
            tasks = [*self._under_way, *self._replying]
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
        self._replying.discard(task)
        self.wake()
        if not task.cancelled() and (cause := task.exception()) is not None:
            logger.error("delivery of an update broke", exc_info=cause)

    def _idle_for(self) -> float | None:
        now = self._clock.now()
        wakeup = self._courier.next_wakeup(now)
        return None if wakeup is None else max(self._clock.real(wakeup - now), 0.0)

    async def _deliver(self, update: Pending, webhook: Webhook, generation: int) -> None:
        begun = perf_counter()
        try:
            outcome = await self._post(update.body, webhook)
        except Exception:  # a bug, which `_ended` tells; the update is tried again like any other
            if generation == self._generation:
                self._courier.ended(update, Outcome(error="Webhook connection closed", public=False), self._clock.now())
            raise
        if generation != self._generation:
            return
        dropped = update.done
        if not dropped and not outcome.error and self._loses(update):
            outcome = replace(outcome, error="Read timeout expired", answer=None, kept=False)
        wait = self._courier.ended(update, outcome, self._clock.now())
        if dropped:
            return
        if not self.webhook.url:  # 410 for too long: the webhook is gone, the update stays
            self._generation += 1
        self._note(update, outcome, wait, perf_counter() - begun)
        method = reply_method(outcome.answer or {})
        if not outcome.error and method and self.reply is not None and (task := asyncio.current_task()) is not None:
            self._under_way.discard(task)  # what was asked for is done, whatever becomes of the webhook
            self._replying.add(task)
            self.wake()
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
        address = URL(str(webhook.address), encoded=True)  # as the bot gave it
        try:
            async with self._session.post(
                address,
                data=body,
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
                skip_auto_headers=_NOT_SENT,
            ) as answer:
                return await outcome_of(answer)
        except (aiohttp.ClientError, TimeoutError, UnicodeError) as cause:
            return broken(cause)
