"""From an event to a pending update: numbers, allowed kinds, and the switches that make delivery hostile."""

import itertools
import json
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from telegram_sim.core.queues import Pending, UpdateQueues, chained, keeps_queue_order, shuffled
from telegram_sim.core.record import Record
from telegram_sim.core.schedule import Draw
from telegram_sim.core.types import Json
from telegram_sim.core.updates import kind_of, life_of, queue_of

FIRST_UPDATE = 100_000_001
MAX_PENDING = 100_000
"""Updates kept for a bot that takes none; beyond that new ones are refused."""


class InboxError(Exception):
    """What a test asked for is not something that Telegram could do."""


@dataclass
class Inbox:
    """Where all updates start. `wake` tells whoever delivers that there is something to do."""

    queues: UpdateQueues
    record: Record
    now: Callable[[], float]
    draw: Draw
    wake: Callable[[], None]
    allowed: frozenset[str] = frozenset()
    hold: bool = False
    duplicate: bool = False
    next_id: int = FIRST_UPDATE
    _held: list[Pending] = field(default_factory=list)
    _alone: "itertools.count[int]" = field(default_factory=itertools.count)

    @property
    def held(self) -> list[Pending]:
        """What is held back, oldest first."""
        return list(self._held)

    def post(self, kind: str, content: Json) -> int | None:
        """Queue an update; None if the bot does not want that kind (docs, setWebhook, allowed_updates)."""
        if kind not in self.allowed:
            return None
        return self.post_raw({kind: content})

    def post_raw(self, update: Json, *, number: bool = True) -> int | None:
        """Queue any object as an update.

        Without an `update_id` it gets the next one, unless `number` is false: then it is sent as it is. A number
        beyond the next one makes the following ones go on from there, as after a quiet week (docs, Update).
        """
        given = update.get("update_id")
        if given is None and number:
            given = self.next_id
            update = {"update_id": given, **update}
        update_id = given if isinstance(given, int) and not isinstance(given, bool) else None
        if update_id is not None:
            self.next_id = max(self.next_id, update_id + 1)
        self._add(update, update_id)
        return update_id

    def _add(self, update: Json, update_id: int | None) -> None:
        if len(self.queues) + len(self._held) >= MAX_PENDING:
            raise InboxError(f"{MAX_PENDING} updates wait already")
        kind = kind_of(update)
        queue: Hashable = queue_of(update)
        if queue is None:
            queue = ("alone", next(self._alone))
        body = json.dumps(update, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        self.record.add("update", update_id=update_id, held=self.hold, update=update)
        for _ in range(2 if self.duplicate else 1):
            pending = Pending(update_id, kind, body, queue, self.now() + life_of(kind))
            if self.hold:
                self._held.append(pending)
            else:
                self.queues.push(pending, self.now())
        self.wake()

    def release(self, order: Sequence[int] | None = None, *, shuffle: bool = False) -> list[int | None]:
        """Deliver what is held back, one after another, each once the one before was accepted.

        Args:
            order: numbers of updates, in which to deliver; those not named stay held back.
            shuffle: in a random order instead.

        Returns:
            The numbers in the order of delivery.

        Raises:
            InboxError: the order is one that Telegram never delivers: it breaks the order within a queue.
        """
        if shuffle:
            chosen = shuffled(self._held, self.draw)
        elif order is None:
            chosen = list(self._held)
        else:
            chosen = [update for number in order for update in self._held if update.update_id == number]
        remaining = [update for update in self._held if update not in chosen]
        original = [update for update in self._held if update in chosen]
        if not keeps_queue_order([*original, *remaining], [*chosen, *remaining]):
            raise InboxError("updates of one queue cannot overtake each other")
        if not keeps_queue_order(self._held, [*chosen, *remaining]):
            raise InboxError("an update that stays held back cannot be overtaken by a later one of its queue")
        self._held = remaining
        chained(chosen)
        for update in chosen:
            self.queues.push(update, self.now())
        self.record.add("released", update_ids=[update.update_id for update in chosen])
        self.wake()
        return [update.update_id for update in chosen]

    def clear(self) -> None:
        """Drop everything that waits."""
        self._held.clear()
        self.queues.clear()
