"""A Telegram whose people, faults and switches do whatever they are told, without a socket and without waiting."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from telegram_sim.core.faults.plan import FaultPlan, parsed
from telegram_sim.core.faults.switches import Switches
from telegram_sim.core.record import Filter, Record
from telegram_sim.core.types import Json
from telegram_sim.core.updates.inbox import Inbox
from telegram_sim.core.updates.pending import Pending
from telegram_sim.core.updates.polling import Polling
from telegram_sim.core.webhook.courier import Outcome
from telegram_sim.core.webhook.webhook import Webhook

from .virtual import ACCEPTED, REFUSED, Day, dice, failed

KINDS = ("message", "edited_message", "my_chat_member")
UPDATE_FAULTS = ("late", "twice", "again", "lost_answer")

_faults = st.builds(
    lambda kind, times, probability, seconds, chat: (
        {"kind": kind, "times": times, "probability": probability}
        | ({"seconds": seconds} if kind == "late" else {})
        | ({"chat_id": chat} if chat else {})
    ),
    st.sampled_from(UPDATE_FAULTS),
    st.integers(0, 3),
    st.sampled_from([0, 0.3, 0.5, 1]),
    st.integers(0, 600),
    st.integers(0, 3),
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("post"), st.sampled_from(KINDS), st.integers(1, 3)),
        st.tuples(st.just("post"), st.sampled_from(KINDS), st.integers(1, 3)),
        st.tuples(st.just("fault"), _faults),
        st.tuples(st.just("switch"), st.sampled_from(["hold_updates", "duplicate_updates"]), st.booleans()),
        st.tuples(st.just("release"), st.one_of(st.none(), st.integers(0, 5)), st.booleans()),
        st.tuples(st.just("pass"), st.floats(0, 300)),
        st.tuples(st.just("webhook"), st.integers(1, 3)),
    ),
    max_size=40,
)


@dataclass
class Hostile:
    """`share` of the tries fail, in all the ways there are; `polled`: the bot asks for updates instead."""

    seed: int
    share: float = 0.0
    polled: bool = False

    def __post_init__(self) -> None:
        self.luck = random.Random(f"{self.seed} receiver")  # noqa: S311 - dice
        self.plan = FaultPlan(lambda number: random.Random(f"{self.seed} {number}").random)  # noqa: S311 - dice
        self.day = Day(answer=self._answer, takes=0.5, connections=2, seed=self.seed)
        self.record = Record(10**6, lambda: 0.0)
        self.switches = Switches()
        self.inbox = Inbox(
            self.day.queues,
            self.record,
            lambda: self.day.now,
            dice(self.seed),
            lambda: None,
            self.plan,
            self.switches,
            polled=lambda: self.polled,
        )
        if self.polled:
            self.day.courier.point_to(Webhook())
        self.polling = Polling(self.day.queues, lambda: self.inbox.next_id)
        self.posted: list[int] = []
        self.copies: dict[int, int] = {}
        """How often the bot has to see each number at least, and unless an answer got lost, at most."""
        self.seen: list[Pending] = []
        """What the bot said yes to, or was given, in that order."""
        self.lost = 0

    def _answer(self, update: Pending, _begun: float) -> Outcome:
        outcome = ACCEPTED
        if self.luck.random() < self.share:
            closed = Outcome(error="Webhook connection closed", public=False)
            outcome = self.luck.choice([REFUSED, failed(500), failed(429, 7), failed(302), closed])
        if not outcome.error:
            self.seen.append(update)
            if self.plan.next_for_update(update.kind, update.chat_id, "lost_answer") is not None:
                self.lost += 1
                outcome = replace(outcome, error="Read timeout expired", kept=False)
        self.record.add("delivery", update_id=update.update_id, attempt=update.attempts, error=outcome.error)
        return outcome

    def go(self, todo: Iterable[tuple[Any, ...]]) -> None:
        """Do all that, and let the bot take what is left in the end."""
        for name, *arguments in todo:
            getattr(self, f"_{name}")(*arguments)
        self.plan.clear()
        self.share = 0.0
        self._switch("hold_updates", on=False)
        self._release(None, shuffle=False)
        self._pass(4 * 3600)

    def _post(self, kind: str, chat: int) -> None:
        before = self._waiting()
        self.inbox.post(kind, {"chat": {"id": chat}})
        for update in self._waiting():
            if update not in before:
                number = update.update_id or 0
                self.copies[number] = self.copies.get(number, 0) + 1

    def _waiting(self) -> set[Pending]:
        return {*self.day.queues, *self.inbox.held}

    def _fault(self, fault: Json) -> None:
        self.plan.add(parsed(fault))

    def _switch(self, name: str, on: bool) -> None:  # noqa: FBT001 - drawn
        setattr(self.switches, name, on)

    def _release(self, count: int | None, shuffle: bool) -> None:  # noqa: FBT001 - drawn
        numbers = list(dict.fromkeys(update.update_id or 0 for update in self.inbox.held))
        before = {update: update.update_id or 0 for update in self.inbox.held}
        self.inbox.release(None if shuffle or count is None else numbers[:count], shuffle=shuffle)
        for update, number in before.items():
            if update.update_id != number:  # for a bot that asks
                self.copies[number] -= 1
                self.copies[update.update_id or 0] = self.copies.get(update.update_id or 0, 0) + 1

    def _webhook(self, connections: int) -> None:
        if not self.polled:
            self.day.courier.point_to(Webhook("https://a.b/", max_connections=connections))
            self.day.forget_under_way()

    def _pass(self, seconds: float) -> None:
        end = self.day.now + seconds
        if not self.polled:
            self.day.pass_until(end)
            return
        offset = 0
        self.day.now = end + 5.0  # not in haste
        while batch := self.polling.batch(self.polling.begin(offset, 100, 0, self.day.now), self.day.now):
            self.seen += batch
            offset = max(update.update_id or 0 for update in batch) + 1
            self.day.now += 5.0

    def what_happened(self) -> list[Json]:
        return self.record.since(0, Filter(), 10**6)[0]
