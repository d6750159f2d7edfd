"""setWebhook and deleteWebhook: one at a time, and what a second one does to the first (server, Client.cpp)."""

import asyncio
from dataclasses import dataclass, field
from dataclasses import replace as with_changes
from typing import TYPE_CHECKING

from telegram_sim.core.errors import ApiError, conflict, too_many_requests
from telegram_sim.core.flood import WebhookFlood
from telegram_sim.core.updates.conflicts import Conflicts
from telegram_sim.core.webhook.webhook import Webhook, check_public, checked_webhook, clamped
from telegram_sim.edge.resolving import ip_of

if TYPE_CHECKING:
    from telegram_sim.simulator import Simulator


@dataclass(frozen=True)
class Wish:
    """The arguments of setWebhook before any check; deleteWebhook is an empty `url`."""

    url: str = ""
    secret: str = field(default="", repr=False)
    max_connections: int = 0
    allowed: frozenset[str] | None = None
    """None: as before."""
    drop_pending: bool = False


class Registration:
    """Where updates go, and who is changing that right now."""

    def __init__(self, simulator: "Simulator") -> None:
        self._sim = simulator
        self._changing: asyncio.Future[None] | None = None
        self._conflicts = Conflicts()
        self._flood = WebhookFlood()

    @property
    def polled(self) -> bool:
        """Whether updates go by getUpdates."""
        return not self._sim.sender.webhook.url and self._changing is None

    def allow(self, kinds: frozenset[str]) -> None:
        """Send updates of these kinds from now on; those that wait stay as they are."""
        self._sim.inbox.allowed = kinds
        self._sim.sender.webhook = with_changes(self._sim.sender.webhook, allowed=kinds)

    async def refused(self, cause: str) -> ApiError:
        """Return a 409, at the server's pace."""
        await self._sim.waiting.pause(self._sim.clock.real(self._conflicts.wait(self._sim.clock.now())))
        return conflict(cause)

    async def change(self, wish: Wish) -> str:
        """Set or delete the webhook; return the words of the answer.

        The old webhook is closed before anything is checked, so a call that is refused leaves none.

        Raises:
            ApiError: 400 for what Telegram refuses, 409 when another call ended this one, 429 for too many.
        """
        sim = self._sim
        if wish.url and sim.switches.enforce_limits and (wait := self._flood.admit(sim.clock.now())):
            raise too_many_requests(wait)
        allowed = sim.inbox.allowed if wish.allowed is None else wish.allowed
        changing, self._changing = self._changing, None
        if changing is not None:
            changing.set_result(None)
        elif self._same(wish, sim.sender.webhook) and not wish.drop_pending:
            self.allow(allowed)
            return "Webhook is already set" if wish.url else "Webhook is already deleted"
        was_set = bool(sim.sender.webhook.url) or changing is not None
        sim.set_webhook(sim.sender.webhook.removed())
        if wish.drop_pending:
            sim.inbox.clear()
        if not wish.url:
            return "Webhook was deleted" if was_set else "Webhook is already deleted"
        sim.long_poll.abort("terminated by setWebhook request")
        webhook = checked_webhook(wish.url, wish.secret, wish.max_connections, allowed)
        sim.set_webhook(with_changes(webhook, ip_address=await self._verified(webhook)))
        return "Webhook was set"

    @staticmethod
    def _same(wish: Wish, webhook: Webhook) -> bool:
        if not wish.url or not webhook.url:
            return wish.url == webhook.url
        wished = Webhook(wish.url, wish.secret, wish.max_connections, webhook.allowed, webhook.ip_address)
        return clamped(wished) == webhook

    async def _verified(self, webhook: Webhook) -> str:
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._changing = ended
        try:
            address = await self._check(webhook, ended)
        finally:
            if self._changing is ended:
                self._changing = None
        if ended.done():
            raise await self.refused("terminated by other setWebhook")
        return address

    async def _check(self, webhook: Webhook, ended: "asyncio.Future[None]") -> str:
        strict = self._sim.settings.strict_webhooks
        if strict:
            check_public(webhook)
        address = await ip_of(webhook.address.host if webhook.address else "", any_name=strict)
        slow = self._sim.faults.next_check()
        if slow is not None and not ended.done():
            await self._sim.waiting.pause(slow.seconds, unless=ended)
        return address
