"""Which update to send to the webhook and when, and what its answer means (server, WebhookActor.cpp).

Everything that the server decides, without a socket: time is an argument, so a day passes in no time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from telegram_sim.core.connections import Connections
from telegram_sim.core.queues import Pending, UpdateQueues
from telegram_sim.core.schedule import Gone
from telegram_sim.core.types import Json
from telegram_sim.core.webhook import Webhook


@dataclass(frozen=True)
class Outcome:
    """How a request to the webhook ended.

    `error` is empty for a 2xx. `public` is whether getWebhookInfo tells of it: a connection that the receiver closed
    in peace is not told of. `kept`: the connection can carry another request.
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
        queues.scheduled = False

    @property
    def under_way(self) -> int:
        """How many requests are under way."""
        return self._connections.busy

    def point_to(self, webhook: Webhook, now: float) -> None:
        """Send to another webhook from now on; what is pending is begun anew."""
        self.webhook = webhook
        self.last_error = None
        self._gone = Gone()
        self._connections = Connections(webhook.max_connections)
        self._queues.scheduled = bool(webhook.url)
        self._queues.restart(now)

    def next(self, now: float) -> Pending | None:
        """Return an update to send now; tell by `ended` how that went."""
        if not self.webhook.url:
            return None
        wakeup = self._queues.next_wakeup()
        if wakeup is None or wakeup > now or not self._connections.take(now, self._queues.width):
            return None
        update = self._queues.take(now)
        if update is None:
            self._connections.give_back(now, kept=True, accepted=False)
        return update

    def next_wakeup(self, now: float) -> float | None:
        """Return when `next` is worth calling again; None: only when something new happens."""
        wakeup = self._queues.next_wakeup()
        if not self.webhook.url or wakeup is None:
            return None
        free = self._connections.next_at(now, self._queues.width)
        return None if free is None else max(wakeup, free)

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
        self.point_to(self.webhook.removed(), now)
        return None
