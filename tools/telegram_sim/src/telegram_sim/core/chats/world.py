"""What Telegram remembers: people, chats, messages, taps. Every change is written to the record."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from telegram_sim.core.chats.commands import CommandLists
from telegram_sim.core.chats.messages import Messages
from telegram_sim.core.chats.people import Bot, Person
from telegram_sim.core.chats.taps import Tap, Taps
from telegram_sim.core.errors import bad_request, blocked, chat_not_found, deactivated, not_modified
from telegram_sim.core.record import Record
from telegram_sim.core.types import Json

FIRST_PERSON = 700_000_001


@dataclass(frozen=True)
class Clocks:
    """`date` gives Unix seconds as messages carry them; `now` the seconds by which things expire."""

    date: Callable[[], int]
    now: Callable[[], float]


@dataclass(frozen=True)
class Limits:
    """How much is remembered; beyond it the oldest is forgotten, of people those who were silent longest."""

    people: int
    messages_in_chat: int
    messages_in_all: int
    bytes_in_all: int
    taps: int


@dataclass
class World:
    """People by number, messages by chat, and one counter of message numbers.

    In private chats the numbers come from the bot's own mailbox, so they rise over all chats together and the
    person's messages count too (https://core.telegram.org/api/updates, the common message box; td keeps one
    sequence for all chats that are no channels).
    """

    bot: Bot
    record: Record
    clocks: Clocks
    limits: Limits
    people: OrderedDict[int, Person] = field(default_factory=OrderedDict)
    commands: CommandLists = field(default_factory=CommandLists)
    next_message: int = 1
    next_person: int = FIRST_PERSON

    def __post_init__(self) -> None:
        self.stored = Messages(self.limits.messages_in_chat, self.limits.messages_in_all, self.limits.bytes_in_all)
        self.taps = Taps(self.limits.taps, self.clocks.now)

    def clear(self) -> None:
        """Forget everybody. Message numbers go on rising: a bot must never see one twice."""
        self.people.clear()
        self.stored.clear()
        self.taps.clear()

    def add_person(self, person_id: int | None, first_name: str, **details: Any) -> Person:
        """Create a person, or return the one with that number with the details changed."""
        if person_id is None:
            while self.next_person in self.people:
                self.next_person += 1
            person_id = self.next_person
            self.next_person += 1
        known = self.people.get(person_id)
        person = known or Person(person_id, first_name)
        person.first_name = first_name
        for name, value in details.items():
            setattr(person, name, value)
        self.people[person_id] = person
        self.heard_of(person)
        while len(self.people) > self.limits.people:
            forgotten, _ = self.people.popitem(last=False)
            self.stored.forget_chat(forgotten)
        self.record.add("person", chat_id=person_id, person=person.shown())
        return person

    def heard_of(self, person: Person) -> None:
        """Note that the person is active, so that others are forgotten before."""
        if person.id in self.people:
            self.people.move_to_end(person.id)

    def seen(self, chat_id: int) -> Person:
        """Return the person of a chat that the bot may read (server, Client.cpp, check_chat).

        Raises:
            ApiError: 400 chat not found.
        """
        person = self.people.get(chat_id)
        if person is None or not person.known:
            raise chat_not_found()
        return person

    def reachable(self, chat_id: int) -> Person:
        """Return the person of a chat that the bot may change (server, Client.cpp, check_chat_access).

        Raises:
            ApiError: 400 chat not found, 403 deactivated.
        """
        person = self.seen(chat_id)
        if person.deactivated:
            raise deactivated()
        return person

    def writable(self, chat_id: int) -> Person:
        """Return the person of a chat that the bot may write to.

        Raises:
            ApiError: 400 chat not found, 403 blocked or deactivated.
        """
        person = self.reachable(chat_id)
        if person.blocked:
            raise blocked()
        return person

    def messages(self, chat_id: int) -> list[Json]:
        """Return the messages of a chat, oldest first."""
        return self.stored.of(chat_id)

    def newest_first(self, chat_id: int) -> Iterator[Json]:
        """Give the messages of a chat, newest first."""
        return self.stored.newest_first(chat_id)

    def message(self, chat_id: int, message_id: int) -> Json | None:
        """Return one message."""
        return self.stored.get(chat_id, message_id)

    def add_message(self, sender: Json, person: Person, content: Json) -> Json:
        """Store a message of the person's chat with the bot; number and chat are not for `content` to say."""
        own: Json = {"message_id": self.next_message, "from": sender, "chat": person.chat()}
        message: Json = {
            **own,
            "date": self.clocks.date(),
            **content,
            "message_id": own["message_id"],
            "chat": own["chat"],
        }
        self.next_message += 1
        self.heard_of(person)
        self.stored.put(person.id, message)
        self.record.add("message", chat_id=person.id, message=message)
        return message

    def add_bot_message(self, person: Person, content: Json, *, fixed: bool = False) -> Json:
        """Store a message that the bot sent; one that is `fixed` can never be edited."""
        message = self.add_message(self.bot.user(), person, content)
        if fixed:
            self.stored.fix(message["message_id"])
        return message

    def add_action(self, person: Person, action: str) -> None:
        """Note a chat action; it leaves no message."""
        self.record.add("chat_action", chat_id=person.id, action=action)

    def editable(self, chat_id: int, message_id: int) -> Json:
        """Return a message that the bot may edit.

        Raises:
            ApiError: 400 when there is no such message (server, Client.cpp, check_message), or it is not the
                bot's, or came with a reply keyboard (td, MessagesManager.cpp, can_edit_message; tdlib/td#3196).
        """
        message = self.message(chat_id, message_id)
        if message is None:
            raise bad_request("message to edit not found")
        if message["from"] != self.bot.user() or message_id in self.stored.fixed:
            raise bad_request("Message can't be edited")
        return message

    def edit(self, message: Json, changes: Json) -> Json:
        """Replace fields of a message; a field set to None is removed.

        Raises:
            ApiError: 400 when nothing would change (server, Client.cpp, MESSAGE_NOT_MODIFIED).
        """
        if all(message.get(name) == value for name, value in changes.items()):
            raise not_modified()
        edited = {**message, **changes, "edit_date": self.clocks.date()}
        edited = {name: value for name, value in edited.items() if value is not None}
        self.stored.put(message["chat"]["id"], edited)
        self.record.add("edit", chat_id=message["chat"]["id"], message=edited)
        return edited

    def delete(self, message: Json) -> None:
        """Take a message out of its chat."""
        chat_id, message_id = message["chat"]["id"], message["message_id"]
        self.stored.delete(chat_id, message_id)
        self.record.add("delete", chat_id=chat_id, message_id=message_id)

    def add_tap(self, person: Person, message_id: int, data: str) -> Tap:
        """Start a callback query."""
        self.heard_of(person)
        tap = self.taps.add(person.id, message_id, data)
        self.record.add("tap", **tap.shown())
        return tap

    def tap(self, callback_query_id: str) -> Tap | None:
        """Return a callback query."""
        return self.taps.get(callback_query_id)

    def answer_tap(self, callback_query_id: str, answer: Json) -> Tap:
        """Stop the spinner; refused as `Taps.answer` says."""
        tap = self.taps.answer(callback_query_id, answer)
        self.record.add("callback_answer", **tap.shown())
        return tap

    def inaccessible(self, person: Person, message_id: int) -> Json:
        """Return docs' InaccessibleMessage: what a tap carries when the message is too old or gone."""
        return {"chat": person.chat(), "message_id": message_id, "date": 0}
