"""The whole simulator, wired once: the rules of `core`, the sockets of `edge`, and what a person can do."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp

from telegram_sim.core.faults import FaultPlan
from telegram_sim.core.files import Files
from telegram_sim.core.flood import FloodLimits
from telegram_sim.core.inbox import Inbox
from telegram_sim.core.markup import find_button
from telegram_sim.core.people import Bot, Person
from telegram_sim.core.queues import UpdateQueues
from telegram_sim.core.record import Record
from telegram_sim.core.text import commands
from telegram_sim.core.types import Json
from telegram_sim.core.updates import callback_query, my_chat_member
from telegram_sim.core.webhook import Webhook, with_allowed
from telegram_sim.core.world import Clocks, Tap, World
from telegram_sim.edge.clock import Clock
from telegram_sim.edge.fetch import Fetcher
from telegram_sim.edge.sender import WebhookSender
from telegram_sim.edge.waiting import Waiting
from telegram_sim.settings import Settings


class CannotError(Exception):
    """Something that a person cannot do in a Telegram client right now."""


@dataclass
class Switches:
    """What can be switched while running."""

    enforce_limits: bool = False


class Simulator:
    """One bot and everybody who talks to it. Use `running` to get one that delivers."""

    def __init__(self, settings: Settings, session: aiohttp.ClientSession) -> None:
        self.settings = settings
        self.clock = Clock(settings.time_scale)
        self.draw = random.Random(settings.seed or None).randint  # noqa: S311 - no secret depends on it
        self.record = Record(settings.max_record, lambda: round(time.time(), 3))
        self.waiting = Waiting(self.record)
        self.world = World(
            Bot(settings.bot_id, settings.bot_username, settings.bot_name),
            self.record,
            Clocks(self.clock.date, self.clock.now),
            settings.max_messages,
        )
        self.files = Files(settings.bot_id, settings.max_media_bytes)
        self.fetcher = Fetcher(session, settings.fetch_timeout)
        self.faults = FaultPlan()
        self.flood = FloodLimits()
        self.switches = Switches(settings.enforce_limits)
        self.queues = UpdateQueues(self.draw)
        self.sender = WebhookSender(session, self.queues, self.record, self.clock)
        self.sender.timeout = settings.webhook_timeout
        self.inbox = Inbox(self.queues, self.record, self.clock.now, self.draw, self.sender.wake)
        self.inbox.allowed = self.sender.webhook.allowed
        self.inbox.duplicate = settings.duplicate_updates

    def set_webhook(self, webhook: Webhook) -> None:
        """Deliver to `webhook` from now on. If only the kinds differ, retries go on as they were."""
        self.inbox.allowed = webhook.allowed
        if webhook == with_allowed(self.sender.webhook, webhook.allowed):
            self.sender.webhook = webhook
        else:
            self.sender.point_to(webhook)

    def reset(self) -> None:
        """Forget people, messages, updates, faults and the record; keep the webhook and the files."""
        self.world.clear()
        self.inbox.clear()
        self.faults.clear()
        self.flood = FloodLimits()
        self.inbox.hold = False
        self.inbox.duplicate = self.settings.duplicate_updates
        self.switches.enforce_limits = self.settings.enforce_limits
        self.record.clear()
        self.record.add("reset")

    def say(self, person: Person, content: Json) -> Json:
        """Let the person send a message with these fields; `text` gets its commands marked.

        Raises:
            CannotError: the person has blocked the bot, and a client offers no box to type in then.
        """
        if person.blocked:
            raise CannotError("the person has blocked the bot")
        text = content.get("text")
        if isinstance(text, str) and "entities" not in content and (found := commands(text)):
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
        for message in reversed(self.world.messages(person.id)):
            data = find_button(message, button)
            if data is not None:
                return self.tap(person, message["message_id"], data)
        raise CannotError(f"no message has a button {button!r}")

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
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
        simulator = Simulator(settings, session)
        delivering = asyncio.create_task(simulator.sender.run())
        try:
            yield simulator
        finally:
            simulator.waiting.stop()
            delivering.cancel()
            await asyncio.gather(delivering, return_exceptions=True)
