"""getUpdates that waits: one call at a time (server, Client.cpp, do_get_updates and abort_long_poll)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from telegram_sim.core.errors import ApiError
from telegram_sim.core.updates.pending import Pending
from telegram_sim.core.updates.polling import Ask, Polling

if TYPE_CHECKING:
    from telegram_sim.simulator import Simulator

IN_USE = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
OTHER = "terminated by other getUpdates request; make sure that only one bot instance is running"


@dataclass(eq=False)
class _Waiting:
    ended_by: str = ""


class LongPoll:
    """The bot's own question for updates; its timeout is in real seconds, since the bot is not sped up."""

    def __init__(self, simulator: "Simulator") -> None:
        self._sim = simulator
        self._polling = Polling(simulator.queues, lambda: simulator.inbox.next_id)
        self._waiting: _Waiting | None = None

    @property
    def waits(self) -> bool:
        """Whether a call waits for updates."""
        return self._waiting is not None

    def abort(self, cause: str) -> None:
        """End the call that waits, if there is one, with a conflict."""
        if self._waiting is not None:
            self._waiting.ended_by, self._waiting = cause, None
            self._sim.waiting.wake()

    async def updates(self, offset: int, limit: int, timeout: int) -> list[Pending]:  # noqa: ASYNC109 - the argument of getUpdates
        """Return updates, as soon as there are any or the time is over.

        Raises:
            ApiError: 409 while a webhook is set, or when another call ended this one.
        """
        if not self._sim.registration.polled:
            raise await self._refused(IN_USE)
        ask = self._polling.begin(offset, limit, timeout, self._sim.clock.now())
        found = self._polling.batch(ask, self._sim.clock.now())
        if found or not ask.waits:
            return found
        self.abort(OTHER)
        self._sim.waiting.wake()  # what was confirmed is pending no more, and the record tells it only with the answer
        return await self._wait(self._polling.waiting(ask))

    async def _wait(self, ask: Ask) -> list[Pending]:
        clock = self._sim.clock
        waiting = self._waiting = _Waiting()
        end = clock.real_now() + max(ask.timeout, clock.real(ask.pause))
        found: list[Pending] = []
        while not found and not waiting.ended_by and not self._sim.waiting.stopping:
            left = end - clock.real_now()
            if left <= 0:
                break
            await self._sim.waiting.until(lambda: bool(waiting.ended_by) or self._due(), min(left, self._until_due()))
            if not waiting.ended_by:
                found = self._polling.batch(ask, clock.now())
        if waiting.ended_by:
            raise await self._refused(waiting.ended_by)
        if self._waiting is waiting:
            self._waiting = None
        return found

    def _due(self) -> bool:
        wakeup = self._polling.next_wakeup()
        return wakeup is not None and wakeup <= self._sim.clock.now()

    def _until_due(self) -> float:
        wakeup = self._polling.next_wakeup()
        return 60.0 if wakeup is None else max(self._sim.clock.real(wakeup - self._sim.clock.now()), 0.0)

    async def _refused(self, cause: str) -> ApiError:
        return await self._sim.registration.refused(cause)
