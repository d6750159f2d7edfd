"""The whole simulator, wired once: the rules of `core`, the sockets of `edge`, and what a person can do."""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import AsyncIterator, Callable

import aiohttp

from telegram_sim.core.chats.people import Bot, Person
from telegram_sim.core.chats.taps import Tap
from telegram_sim.core.chats.world import Clocks, Limits, World
from telegram_sim.core.faults.plan import PORT, Fault, FaultPlan
from telegram_sim.core.faults.switches import Switches
from telegram_sim.core.flood import FloodLimits
from telegram_sim.core.keyboards.markup import callback_buttons, find_button
from telegram_sim.core.media.files import Files
from telegram_sim.core.record import Record
from telegram_sim.core.text.detection import find_entities
from telegram_sim.core.types import Json
from telegram_sim.core.updates.inbox import Inbox
from telegram_sim.core.updates.kinds import callback_query, my_chat_member
from telegram_sim.core.updates.pending import Pending
from telegram_sim.core.updates.queues import UpdateQueues
from telegram_sim.core.webhook.connections import IDLE
from telegram_sim.core.webhook.webhook import Webhook
from telegram_sim.edge.clock import Clock
from telegram_sim.edge.fetch import Fetcher
from telegram_sim.edge.polling import LongPoll
from telegram_sim.edge.registration import Registration
from telegram_sim.edge.sender import WebhookSender
from telegram_sim.edge.waiting import Waiting
from telegram_sim.edge.webhook_answer import MAX_HEADERS
from telegram_sim.settings import Settings

logger = logging.getLogger(__name__)


MAX_NAMED = 10
"""Buttons that are named to who taps one that is not there."""


def dice(seed: int, name: str) -> random.Random:
    """Return the dice for one purpose, so that a fault more does not change the jitter; seed 0: others each time."""
    return random.Random(f"{seed}:{name}" if seed else None)  # noqa: S311 - no secret depends on it


def _no_port(_seconds: float) -> None:
    raise CannotError("nothing listens that could refuse")


class CannotError(Exception):
    """Something that a person cannot do in a Telegram client right now."""


class Simulator:
    """One bot and everybody who talks to it. Use `running` to get one that delivers."""

    def __init__(self, settings: Settings, session: aiohttp.ClientSession) -> None:
        self.settings = settings
        self.clock = Clock(settings.time_scale)
        self.record = Record(settings.max_record, lambda: round(time.time(), 3), settings.max_record_bytes)
        self.waiting = Waiting(self.record)
        self.world = World(
            Bot(settings.bot_id, settings.bot_username, settings.bot_name),
            self.record,
            Clocks(self.clock.date, self.clock.now),
            Limits(
                settings.max_people,
                settings.max_messages,
                settings.max_all_messages,
                settings.max_message_bytes,
                settings.max_taps,
            ),
        )
        self.files = Files(settings.bot_id, settings.max_media_bytes, settings.max_files)
        self.fetcher = Fetcher(session, settings.fetch_timeout)
        self.faults = FaultPlan(lambda number: dice(settings.seed, f"fault {number}").random, self.note_faults)
        self.flood = FloodLimits()
        self.switches = Switches()
        self.queues = UpdateQueues(dice(settings.seed, "retries").randint, self._note_expired)
        self.sender = WebhookSender(
            session, self.queues, self.record, self.clock, settings.webhook_timeout, self._loses_answer
        )
        self.registration = Registration(self)
        self.long_poll = LongPoll(self)
        self.inbox = Inbox(
            self.queues,
            self.record,
            self.clock.now,
            dice(settings.seed, "updates").randint,
            self.sender.wake,
            self.faults,
            self.switches,
            max_pending=settings.max_pending,
            polled=lambda: self.registration.polled,
        )
        self.clock.listeners += [
            lambda: self.queues.expire(self.clock.now()),
            self.sender.wake,
            self.waiting.wake,
        ]
        self.refuse: Callable[[float], None] = _no_port
        self._switch_back()

    def set_webhook(self, webhook: Webhook) -> None:
        """Deliver to a webhook that was checked before, from now on."""
        self.inbox.allowed = webhook.allowed
        self.sender.point_to(webhook)

    def reset(self) -> None:
        """Forget people, messages, updates, faults and the record; keep the webhook and the files."""
        self.world.clear()
        self.inbox.clear()
        self.faults.clear()
        self.flood = FloodLimits()
        self._switch_back()
        self.record.clear()
        self.record.add("reset")

    def add_fault(self, fault: Fault) -> None:
        """Let a fault happen: when a call or an update meets it, or right now if it is one of the port."""
        if fault.definition.target == PORT:
            self.refuse(fault.seconds)
        else:
            self.faults.add(fault)

    def note_faults(self) -> None:
        """Record what is still to happen."""
        self.record.add("faults", faults=[fault.shown() for fault in self.faults.all()])

    def _loses_answer(self, update: Pending) -> bool:
        return self.faults.next_for_update(update.kind, update.chat_id, "lost_answer") is not None

    def _note_expired(self, update: Pending) -> None:
        self.record.add("expired", update_id=update.update_id, update_kind=update.kind, chat_id=update.chat_id)

    def _switch_back(self) -> None:
        self.switches.hold_updates = False
        self.switches.duplicate_updates = self.settings.duplicate_updates
        self.switches.enforce_limits = self.settings.enforce_limits

    def say(self, person: Person, content: Json) -> Json:
        """Let the person send a message with these fields; `text` gets its links and commands marked.

        Raises:
            CannotError: the person has blocked the bot, and a client offers no box to type in then.
        """
        if person.blocked:
            raise CannotError("the person has blocked the bot")
        text = content.get("text")
        if isinstance(text, str) and "entities" not in content and (found := find_entities(text)):
            content = {**content, "entities": found}
        person.known = True
        message = self.world.add_message(person.user(), person, content)
        self.inbox.post("message", message)
        return message

    def start(self, person: Person, payload: str) -> Json:
        """Let the person press Start, or Restart when they had blocked the bot."""
        if person.blocked:
            self.set_blocked(person, blocked=False)
        return self.say(person, {"text": f"/start {payload}".rstrip()})

    def tap(self, person: Person, message_id: int, data: str) -> Tap:
        """Let the person tap a button, also one that no message shows any more."""
        tap = self.world.add_tap(person, message_id, data)
        message = self.world.message(person.id, message_id) or self.world.inaccessible(person, message_id)
        instance = str(-person.id * 7919)  # opaque, and the same for all taps in one chat (docs, CallbackQuery)
        self.inbox.post("callback_query", callback_query(tap.id, person.user(), message, instance, data))
        return tap

    def tap_named(self, person: Person, button: str) -> Tap:
        """Let the person tap the newest button of that name.

        Raises:
            CannotError: no message of the chat has such a button.
        """
        others: dict[str, str] = {}
        for message in self.world.newest_first(person.id):
            data = find_button(message, button)
            if data is not None:
                return self.tap(person, message["message_id"], data)
            others |= {data: shown for shown, data in callback_buttons(message)}
        there = ", ".join(f"{data!r} ({shown})" for data, shown in list(others.items())[:MAX_NAMED]) or "none"
        raise CannotError(f"no message of the chat has a button {button!r}; the buttons that there are: {there}")

    def set_blocked(self, person: Person, *, blocked: bool) -> None:
        """Block or unblock the bot; Telegram tells the bot once for each change."""
        if person.blocked == blocked:
            return
        person.blocked = blocked
        statuses = ("member", "kicked") if blocked else ("kicked", "member")
        self.record.add("person", chat_id=person.id, person=person.shown())
        change = my_chat_member(person.chat(), person.user(), self.world.bot.user(), self.clock.date(), statuses)
        self.inbox.post("my_chat_member", change)


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Simulator]:
    """Give a simulator that delivers updates until the block is left."""
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE)
    async with aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), max_line_size=MAX_HEADERS, max_field_size=MAX_HEADERS
    ) as session:
        simulator = Simulator(settings, session)
        delivering = asyncio.create_task(simulator.sender.run())
        delivering.add_done_callback(_broke)
        try:
            yield simulator
        finally:
            simulator.waiting.stop()
            delivering.cancel()
            await asyncio.gather(delivering, return_exceptions=True)


def _broke(delivering: "asyncio.Task[None]") -> None:
    if not delivering.cancelled() and (cause := delivering.exception()) is not None:
        logger.critical("no update is delivered any more", exc_info=cause)
