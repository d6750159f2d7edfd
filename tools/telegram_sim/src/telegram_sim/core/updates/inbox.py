"""From an event to a pending update: numbers, allowed kinds, and what makes delivery hostile."""

import itertools
import json
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from telegram_sim.core.faults.plan import FaultPlan
from telegram_sim.core.faults.switches import Switches
from telegram_sim.core.record import Record
from telegram_sim.core.types import Json
from telegram_sim.core.updates.kinds import DEFAULT_KINDS, chat_of, kind_of, life_of, queue_of
from telegram_sim.core.updates.pending import Pending
from telegram_sim.core.updates.queues import UpdateQueues
from telegram_sim.core.updates.release_order import OrderError, chained, chosen_of, shuffled
from telegram_sim.core.webhook.schedule import Draw

FIRST_UPDATE = 100_000_001
LOWEST_RANDOM, HIGHEST_RANDOM = 2_000_001, 1_000_000_000
"""Where numbers go on after a quiet week, and after the last one that there is (td, TQueue.cpp, push)."""
LAST_UPDATE = 2_000_000_000 - 1
"""td, TQueue.h, MAX_ID."""
QUIET_WEEK = 7 * 24 * 3600
"""Seconds without updates after which "the next update will be chosen randomly" (docs, Update)."""
MAX_PENDING = 100_000
"""Updates kept for a bot that takes none (td, TQueue.cpp, MAX_QUEUE_EVENTS); beyond that new ones are refused."""
MAX_PENDING_BYTES = 1 << 27
"""td, TQueue.cpp, MAX_TOTAL_EVENT_LENGTH."""


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
    faults: FaultPlan
    switches: Switches = field(default_factory=Switches)
    allowed: frozenset[str] = DEFAULT_KINDS
    max_pending: int = MAX_PENDING
    next_id: int = FIRST_UPDATE
    polled: Callable[[], bool] = lambda: False
    """Tells whether updates go by getUpdates, which gives them in the order of their numbers."""
    _held: list[Pending] = field(default_factory=list)
    _held_size: int = 0
    _held_queues: set[Hashable] = field(default_factory=set)
    _alone: "itertools.count[int]" = field(default_factory=itertools.count)
    _last_at: float | None = None
    _highest: int = 0

    @property
    def held(self) -> list[Pending]:
        """What is held back, oldest first."""
        return list(self._held)

    def post(self, kind: str, content: Json) -> int | None:
        """Queue an update; None if the bot does not want that kind (docs, setWebhook, allowed_updates)."""
        if kind not in self.allowed:
            self.record.add("unwanted", update_kind=kind, chat_id=chat_of({kind: content}))
            return None
        return self.post_raw({kind: content})

    def post_raw(self, update: Json, *, number: bool = True) -> int | None:
        """Queue any object as an update.

        Without an `update_id` it gets the next one, unless `number` is false: then it is sent as it is. A number
        beyond the next one makes the following ones go on from there.

        Raises:
            InboxError: too much waits already.
        """
        given = update.get("update_id")
        numbered = given is None and number
        update_id = self._next_number() if numbered else given
        if not isinstance(update_id, int) or isinstance(update_id, bool):
            self._add(update, None)
            return None
        if not numbered:
            self.next_id = max(self.next_id, update_id + 1)
        fields = {name: value for name, value in update.items() if name != "update_id"}
        self._add(fields, update_id)
        if self._meets(fields, "again"):
            self._add(fields, self._next_number())
        return update_id

    def release(self, order: Sequence[int] | None = None, *, shuffle: bool = False) -> list[int | None]:
        """Deliver what is held back, one after another, each once the one before was accepted.

        Args:
            order: numbers of updates, in which to deliver; those not named stay held back.
            shuffle: deliver all in a random order instead.

        Returns:
            The order of delivery. getUpdates gives updates by their numbers, so it sees them under new ones if need be.

        Raises:
            InboxError: an order that breaks the order of a queue, which Telegram never does.
        """
        try:
            chosen = list(self._held) if order is None else chosen_of(self._held, order)
        except OrderError as cause:
            raise InboxError(str(cause)) from cause
        if shuffle:
            chosen = shuffled(self._held, self.draw)
        released = set(chosen)
        self._keep_held([update for update in self._held if update not in released])
        chained(chosen)
        order_of_delivery = [update.update_id for update in chosen]
        if self.polled() and not self._ascending(chosen):
            self._renumber(chosen)
        self._push(chosen)
        now_numbered = [update.update_id for update in chosen]
        self.record.add("released", update_ids=order_of_delivery, now_numbered=now_numbered)
        return order_of_delivery

    def clear(self) -> None:
        """Drop everything that waits."""
        self._keep_held([])
        self.queues.clear()

    def _next_number(self) -> int:
        now = self.now()
        quiet = self._last_at is not None and now - self._last_at >= QUIET_WEEK
        if quiet or self.next_id > LAST_UPDATE:
            self.next_id = self.draw(LOWEST_RANDOM, HIGHEST_RANDOM)
        self._last_at = now
        self.next_id += 1
        return self.next_id - 1

    def _add(self, update: Json, update_id: int | None) -> None:
        self._check_room()
        kind, chat_id = kind_of(update), chat_of(update)
        queue: Hashable = queue_of(update)
        if queue is None:
            queue = ("alone", next(self._alone))
        fields = json.dumps(update, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")[1:-1]
        shown = update if update_id is None else {"update_id": update_id, **update}
        held = self.switches.hold_updates or queue in self._held_queues  # none overtakes what is held back
        self.record.add("update", update_id=update_id, chat_id=chat_id, held=held, update=shown)
        late = self.faults.next_for_update(kind, chat_id, "late")
        not_before = self.now() + late.seconds if late is not None else 0.0
        twice = self.switches.duplicate_updates or self._meets(update, "twice")
        expires_at = self.now() + life_of(kind)
        copies = [
            Pending(update_id, kind, fields, queue, expires_at, chat_id, not_before) for _ in range(1 + bool(twice))
        ]
        if held:
            self._held += copies
            self._held_size += sum(len(copy.fields) for copy in copies)
            self._held_queues.add(queue)
        else:
            self._push(copies)

    def _check_room(self) -> None:
        if self._full():
            self.queues.expire(self.now())
        if self._full():
            waiting, size = self._load
            words = f"{waiting} updates wait already, {size} bytes, and no more are kept: let the bot take some, "
            raise InboxError(f"{words}release what is held back, or call deleteWebhook with drop_pending_updates")

    @property
    def _load(self) -> tuple[int, int]:
        return len(self.queues) + len(self._held), self.queues.size + self._held_size

    def _full(self) -> bool:
        waiting, size = self._load
        return waiting >= self.max_pending or size >= MAX_PENDING_BYTES

    def _keep_held(self, held: list[Pending]) -> None:
        self._held = held
        self._held_size = sum(len(update.fields) for update in held)
        self._held_queues = {update.queue for update in held}

    def _push(self, updates: Iterable[Pending]) -> None:
        for update in updates:
            self._highest = max(self._highest, update.update_id or 0)
            self.queues.push(update, self.now())
        self.wake()

    def _ascending(self, updates: Iterable[Pending]) -> bool:
        numbers = [update.update_id for update in updates if update.update_id is not None]
        return numbers == sorted(numbers) and (not numbers or numbers[0] > self._highest)

    def _renumber(self, updates: Iterable[Pending]) -> None:
        for update in updates:
            if update.update_id is not None:
                update.update_id = self._next_number()

    def _meets(self, update: Json, fault: str) -> bool:
        return self.faults.next_for_update(kind_of(update), chat_of(update), fault) is not None
