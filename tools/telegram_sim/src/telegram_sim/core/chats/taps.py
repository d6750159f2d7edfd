"""Taps on inline buttons, each with a spinner that turns until the bot answers."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from telegram_sim.core.errors import query_too_old
from telegram_sim.core.types import Json
from telegram_sim.core.updates.kinds import CALLBACK_LIFE

FIRST_CALLBACK = 4_100_000_000_000_000_001


@dataclass
class Tap:
    """A callback query. `asked_at` is in the simulator's own time."""

    id: str
    chat_id: int
    message_id: int
    data: str
    asked_at: float
    answer: Json | None = None

    def shown(self) -> Json:
        """Return the tap as the control API shows it."""
        return {
            "callback_query_id": self.id,
            "chat_id": self.chat_id,
            "message_id": self.message_id,
            "data": self.data,
            "answer": self.answer,
        }


class Taps:
    """The last `limit` taps by their number."""

    def __init__(self, limit: int, now: Callable[[], float]) -> None:
        self._limit = limit
        self._now = now
        self._taps: OrderedDict[str, Tap] = OrderedDict()
        self._next = FIRST_CALLBACK

    def __len__(self) -> int:
        return len(self._taps)

    @property
    def next_id(self) -> int:
        """The number of the next tap."""
        return self._next

    def add(self, chat_id: int, message_id: int, data: str) -> Tap:
        """Start a callback query."""
        tap = Tap(str(self._next), chat_id, message_id, data, self._now())
        self._next += 1
        self._taps[tap.id] = tap
        if len(self._taps) > self._limit:
            self._taps.popitem(last=False)
        return tap

    def get(self, callback_query_id: str) -> Tap | None:
        """Return a tap."""
        return self._taps.get(callback_query_id)

    def answer(self, callback_query_id: str, answer: Json) -> Tap:
        """Stop the spinner.

        Raises:
            ApiError: 400 for an unknown query, one older than it is kept, or one that was answered. (That a second
                answer is refused is not documented; it is assumed, being the stricter of two readings.)
        """
        tap = self._taps.get(callback_query_id)
        if tap is None or tap.answer is not None or self._now() - tap.asked_at > CALLBACK_LIFE:
            raise query_too_old()
        tap.answer = answer
        return tap

    def clear(self) -> None:
        """Forget all taps; the numbers go on."""
        self._taps.clear()

    def all(self) -> Iterable[Tap]:
        """Return every tap, oldest first."""
        return list(self._taps.values())

    def restore(self, taps: Iterable[Tap], next_id: int) -> None:
        """Take back what `all` and `next_id` gave."""
        self._taps = OrderedDict((tap.id, tap) for tap in list(taps)[-self._limit :])
        self._next = max(next_id, FIRST_CALLBACK)
