"""Everything that can go wrong on demand, and the switches: the lists that the control API and the page show."""

import math
from dataclasses import dataclass
from typing import Any


class FaultError(Exception):
    """A fault that makes no sense; the words say what would."""


CALL, UPDATE, WEBHOOK, PORT = "call", "update", "webhook", "port"
"""What a fault happens to: a call of the bot, an update on its way to it, setWebhook, or the simulator's own port."""


@dataclass(frozen=True)
class FaultField:
    """A number or a name that a fault is given; `least` and `most` bound numbers, both included."""

    name: str
    title: str
    type: str
    default: Any
    least: float = 0
    most: float = 0

    def checked(self, value: Any) -> Any:
        """Return the value.

        Raises:
            FaultError: it is of another type, or out of bounds.
        """
        if self.type == "text":
            if isinstance(value, str) and value:
                return value
            raise FaultError(f"{self.name}: a name, or * for any, is expected")
        whole = self.type == "integer"
        number = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
        if not number or not math.isfinite(value) or not self.least <= value <= self.most:
            bounds = f"from {self.least:g} to {self.most:g}"
            raise FaultError(f"{self.name}: a {'whole ' if whole else ''}number {bounds} is expected")
        return value


_CHAT = 2.0**52

FIELDS = {
    field.name: field
    for field in (
        FaultField("method", "Method, * for any", "text", "*"),
        FaultField("update", "Kind of update, * for any", "text", "*"),
        FaultField("chat_id", "Only in this chat", "integer", None, -_CHAT, _CHAT),
        FaultField("times", "How often; 0: until cleared", "integer", 1, 0, 1_000_000),
        FaultField("probability", "Probability of each", "number", 1.0, 0, 1),
        FaultField("retry_after", "retry_after, seconds", "integer", 1, 1, 86_400),
        FaultField("seconds", "Seconds", "number", 1.0, 0, 600),
    )
}
"""By name. `seconds` are Telegram's, which can be sped up, for `late`, and real ones for all others."""

_CALLS = ("method", "chat_id", "times", "probability")
_UPDATES = ("update", "chat_id", "times", "probability")


@dataclass(frozen=True)
class FaultKind:
    """One thing that can go wrong.

    `code` is the status of the answer; `after`: the call was carried out first; `cut`: there is no answer; `late`: it
    takes so many `seconds`.
    """

    name: str
    title: str
    help: str
    target: str
    fields: tuple[str, ...]
    code: int = 0
    after: bool = False
    cut: bool = False
    late: bool = False


FAULT_KINDS = {
    kind.name: kind
    for kind in (
        FaultKind("429", "429 Too Many Requests", "refused, with retry_after", CALL, (*_CALLS, "retry_after"), 429),
        FaultKind("403", "403 Forbidden", "refused as if the person had blocked the bot", CALL, _CALLS, 403),
        FaultKind("500", "500 Internal Server Error", "refused, nothing happened", CALL, _CALLS, 500),
        FaultKind("502", "502 Bad Gateway", "refused, nothing happened", CALL, _CALLS, 502),
        FaultKind("500_after", "500 after acceptance", "carried out, and then 500", CALL, _CALLS, 500, after=True),
        FaultKind(
            "drop_before", "Dropped before acceptance", "connection cut, nothing happened", CALL, _CALLS, cut=True
        ),
        FaultKind(
            "drop_after", "Dropped after acceptance", "carried out, connection cut", CALL, _CALLS, after=True, cut=True
        ),
        FaultKind(
            "delay",
            "Late answer",
            "carried out, answered so much later",
            CALL,
            (*_CALLS, "seconds"),
            after=True,
            late=True,
        ),
        FaultKind(
            "slow_check", "Slow setWebhook", "so long can another one end it: 409", WEBHOOK, ("times", "seconds")
        ),
        FaultKind(
            "refuse", "Connection refused", "nothing listens for so many seconds, the page neither", PORT, ("seconds",)
        ),
        FaultKind("twice", "The same update twice", "delivered twice under one update_id", UPDATE, _UPDATES),
        FaultKind("again", "Again under another number", "the same content with a second update_id", UPDATE, _UPDATES),
        FaultKind("lost_answer", "Answer of the webhook lost", "delivered, and then tried again", UPDATE, _UPDATES),
        FaultKind("late", "Overtaken", "held back so long; other queues go first", UPDATE, (*_UPDATES, "seconds")),
    )
}
"""By name, in the order in which to show them. `again` was seen of the real service: tdlib/telegram-bot-api#699."""


@dataclass(frozen=True)
class Switch:
    """Something that is on until it is turned off."""

    name: str
    title: str
    help: str


SWITCHES = (
    Switch("hold_updates", "Hold updates back", "until they are released, in any order that Telegram could deliver"),
    Switch("duplicate_updates", "Every update twice", "under one update_id, one right after the other"),
    Switch("enforce_limits", "Flood limits", "429 beyond 30 messages/s, 1/s in a chat, one setWebhook/s"),
)
