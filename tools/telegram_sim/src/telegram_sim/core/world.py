"""What Telegram remembers: people, chats, messages, taps. Every change is written to the record."""

import itertools
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from telegram_sim.core.errors import bad_request, blocked, chat_not_found, deactivated, not_modified, query_too_old
from telegram_sim.core.people import Bot, Person
from telegram_sim.core.record import Record
from telegram_sim.core.types import Json
from telegram_sim.core.updates import CALLBACK_LIFE

MAX_CALLBACKS = 100_000
FIRST_PERSON = 700_000_001
FIRST_CALLBACK = 4_100_000_000_000_000_001


@dataclass
class Tap:
    """A callback query: the spinner on a button. `asked_at` is in the simulator's own time."""

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


@dataclass
class Clocks:
    """`date` gives Unix seconds as messages carry them; `now` the seconds by which things expire."""

    date: Callable[[], int]
    now: Callable[[], float]


@dataclass
class World:
    """People by number, messages by chat, and one counter of message numbers.

    In private chats the numbers come from the bot's own mailbox, so they rise over all chats together and the
    person's messages count too.
    """

    bot: Bot
    record: Record
    clocks: Clocks
    max_messages: int = 1000
    people: dict[int, Person] = field(default_factory=dict)
    commands: list[Json] = field(default_factory=list)
    _messages: dict[int, OrderedDict[int, Json]] = field(default_factory=dict)
    _taps: OrderedDict[str, Tap] = field(default_factory=OrderedDict)
    _message_ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _tap_ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(FIRST_CALLBACK))
    _person_ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(FIRST_PERSON))

    def clear(self) -> None:
        """Forget everybody. Message numbers go on rising: a bot must never see one twice."""
        self.people.clear()
        self._messages.clear()
        self._taps.clear()

    def add_person(self, person_id: int | None, first_name: str, **details: Any) -> Person:
        """Create a person, or return the one with that number with the details changed."""
        if person_id is None:
            person_id = next(number for number in self._person_ids if number not in self.people)
        known = self.people.get(person_id)
        person = known or Person(person_id, first_name)
        person.first_name = first_name
        for name, value in details.items():
            setattr(person, name, value)
        self.people[person_id] = person
        self.record.add("person", chat_id=person_id, person=person.shown())
        return person

    def writable(self, chat_id: int) -> Person:
        """Return the person of a chat that the bot may write to.

        Raises:
            ApiError: 400 chat not found, 403 blocked or deactivated.
        """
        person = self.people.get(chat_id)
        if person is None or not person.known:
            raise chat_not_found()
        if person.deactivated:
            raise deactivated()
        if person.blocked:
            raise blocked()
        return person

    def messages(self, chat_id: int) -> list[Json]:
        """Return the messages of a chat, oldest first; only the last `max_messages` are kept."""
        return list(self._messages.get(chat_id, OrderedDict()).values())

    def message(self, chat_id: int, message_id: int) -> Json | None:
        """Return one message."""
        chat = self._messages.get(chat_id)
        return None if chat is None else chat.get(message_id)

    def add_message(self, sender: Json, person: Person, content: Json) -> Json:
        """Store a message of the person's chat with the bot."""
        message: Json = {
            "message_id": next(self._message_ids),
            "from": sender,
            "chat": person.chat(),
            "date": self.clocks.date(),
            **content,
        }
        chat = self._messages.setdefault(person.id, OrderedDict())
        chat[message["message_id"]] = message
        if len(chat) > self.max_messages:
            chat.popitem(last=False)
        self.record.add("message", chat_id=person.id, message=message)
        return message

    def add_bot_message(self, person: Person, content: Json) -> Json:
        """Store a message that the bot sent."""
        return self.add_message(self.bot.user(), person, content)

    def add_action(self, person: Person, action: str) -> None:
        """Note a chat action; it leaves no message."""
        self.record.add("chat_action", chat_id=person.id, action=action)

    def edit(self, chat_id: int, message_id: int, changes: Json) -> Json:
        """Replace fields of a message of the bot; a field set to None is removed.

        Raises:
            ApiError: 400 when there is no such message, it is not the bot's, or nothing would change.
        """
        message = self.message(chat_id, message_id)
        if message is None:
            raise bad_request("message to edit not found")
        if message["from"]["id"] != self.bot.id:
            raise bad_request("message can't be edited")
        if all(message.get(name) == value for name, value in changes.items()):
            raise not_modified()
        edited = {**message, **changes, "edit_date": self.clocks.date()}
        edited = {name: value for name, value in edited.items() if value is not None}
        self._messages[chat_id][message_id] = edited
        self.record.add("edit", chat_id=chat_id, message=edited)
        return edited

    def add_tap(self, person: Person, message_id: int, data: str) -> Tap:
        """Start a callback query."""
        tap = Tap(str(next(self._tap_ids)), person.id, message_id, data, self.clocks.now())
        self._taps[tap.id] = tap
        if len(self._taps) > MAX_CALLBACKS:
            self._taps.popitem(last=False)
        self.record.add("tap", **tap.shown())
        return tap

    def tap(self, callback_query_id: str) -> Tap | None:
        """Return a callback query."""
        return self._taps.get(callback_query_id)

    def answer_tap(self, callback_query_id: str, answer: Json) -> Tap:
        """Stop the spinner.

        Raises:
            ApiError: 400 for an unknown query, one older than it is kept, or one that was answered. (That a second
                answer is refused is not documented; it is assumed, being the stricter of two readings.)
        """
        tap = self._taps.get(callback_query_id)
        if tap is None or tap.answer is not None or self.clocks.now() - tap.asked_at > CALLBACK_LIFE:
            raise query_too_old()
        tap.answer = answer
        self.record.add("callback_answer", **tap.shown())
        return tap

    def inaccessible(self, person: Person, message_id: int) -> Json:
        """Return docs' InaccessibleMessage: what a tap carries when the message is too old or gone."""
        return {"chat": person.chat(), "message_id": message_id, "date": 0}
