"""Which update to send to the webhook and when, and what its answer means (server, WebhookActor.cpp).

Everything that the server decides, without a socket: time is an argument, so a day passes in no time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from telegram_sim.core.types import Json
from telegram_sim.core.updates.pending import Pending
from telegram_sim.core.updates.queues import UpdateQueues
from telegram_sim.core.webhook.connections import Connections
from telegram_sim.core.webhook.schedule import Gone
from telegram_sim.core.webhook.webhook import Webhook

LOADED = 2
"""Updates for each connection that are loaded (max_loaded_updates_)."""


@dataclass(frozen=True)
class Outcome:
    """How a request to the webhook ended.

    `error` is empty for a 2xx. `public` is whether getWebhookInfo tells of it: a connection that the receiver closed
    without an answer is not. `kept`: the connection can carry another request.
    """

    status: int = 0
    error: str = ""
    retry_after: int = 0
    public: bool = True
    kept: bool = False
    answer: Json | None = None

    @classmethod
    def answered(cls, status: int, reason: str, retry_after: int, answer: Json | None, *, kept: bool) -> "Outcome":
        """Return what an answer means."""
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return cls(status, kept=kept, answer=answer)
        error = f"Wrong response from the webhook: {status} {reason}".rstrip()
        return cls(status, error, retry_after, kept=kept)


class Courier:
    """Delivers the updates of one bot. `date` gives Unix seconds for last_error_date."""

    def __init__(self, queues: UpdateQueues, date: Callable[[], int]) -> None:
        self._queues = queues
        self._date = date
        self._connections = Connections(1)
        self._gone = Gone()
        self.webhook = Webhook()
        self.last_error: tuple[int, str] | None = None
        queues.restart(0)

    @property
    def under_way(self) -> int:
        """How many requests are under way."""
        return self._connections.busy

    def point_to(self, webhook: Webhook) -> None:
        """Send to another webhook from now on; what is pending is begun anew."""
        self.webhook = webhook
        self.last_error = None
        self._gone = Gone()
        self._connections = Connections(webhook.max_connections)
        self._queues.restart(LOADED * webhook.max_connections if webhook.url else 0)

    def next(self, now: float) -> Pending | None:
        """Return an update to send now; tell by `ended` how that went."""
        if not self.webhook.url:
            return None
        wakeup = self._queues.next_wakeup(now)
        if wakeup is None or wakeup > now or not self._connections.take(now, self._queues.width):
            return None
        update = self._queues.take(now)
        if update is None:
            self._connections.give_back(now, kept=True, accepted=False)
        return update

    def next_wakeup(self, now: float) -> float | None:
        """Return when `next` is worth calling again; None: only when something new happens."""
        wakeup = self._queues.next_wakeup(now) if self.webhook.url else None
        if wakeup is None or wakeup > now:
            return wakeup
        return self._connections.next_at(now, self._queues.width)

    def ended(self, update: Pending, outcome: Outcome, now: float) -> int | None:
        """Note how a request ended; return in how many seconds the update is tried again, None if never."""
        self._connections.give_back(now, kept=outcome.kept, accepted=not outcome.error)
        gone = self._gone.after(outcome.status, now)
        if not outcome.error:
            self._queues.drop(update)
            return None
        if outcome.public:
            self.last_error = (self._date(), outcome.error)
        wait = self._queues.failed(update, now, outcome.retry_after)
        if not gone:
            return wait
        self.point_to(self.webhook.removed())
        return None
