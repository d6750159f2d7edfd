"""An update that waits for the bot."""

from collections.abc import Hashable
from dataclasses import dataclass, field

from telegram_sim.core.webhook.schedule import Retries


@dataclass(eq=False)
class Pending:
    """An update that has not been accepted yet.

    `fields` is its JSON without braces and without the number. `after` must be gone before it may be sent, and
    `not_before` must have come.
    """

    update_id: int | None
    kind: str
    fields: bytes
    queue: Hashable
    expires_at: float
    chat_id: int | None = None
    not_before: float = 0.0
    after: "Pending | None" = None
    retries: Retries = field(default_factory=Retries)
    wakeup_at: float = 0.0
    attempts: int = 0
    sending: bool = False
    done: bool = False

    @property
    def body(self) -> bytes:
        """The update as it is sent (server, WebhookActor.h, JsonUpdate: the number comes first)."""
        number = b"" if self.update_id is None else b'"update_id":%d' % self.update_id
        return b"{" + number + (b"," if number and self.fields else b"") + self.fields + b"}"
