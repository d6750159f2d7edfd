"""The messages of all chats, bounded thrice: so many a chat, so many in all, and so many bytes."""

from collections import OrderedDict
from collections.abc import Iterator

from telegram_sim.core.types import Json, weight


class Messages:
    """Messages by chat and number. Beyond a bound the oldest is forgotten, first of its chat, then of all."""

    def __init__(self, max_in_chat: int, max_in_all: int, max_bytes: int) -> None:
        self._max_in_chat = max_in_chat
        self._max_in_all = max_in_all
        self._max_bytes = max_bytes
        self._chats: dict[int, OrderedDict[int, Json]] = {}
        self._places: OrderedDict[int, tuple[int, int]] = OrderedDict()
        """Chat and bytes by message number, oldest message first: numbers rise over all chats."""
        self._bytes = 0
        self.fixed: set[int] = set()
        """Numbers of those that can never be edited."""

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Json]:
        """Give every message, oldest first."""
        for message_id, (chat_id, _) in list(self._places.items()):
            yield self._chats[chat_id][message_id]

    def of(self, chat_id: int) -> list[Json]:
        """Return the messages of a chat, oldest first."""
        return list(self._chats.get(chat_id, {}).values())

    def newest_first(self, chat_id: int) -> Iterator[Json]:
        """Give the messages of a chat, newest first."""
        yield from reversed(list(self._chats.get(chat_id, {}).values()))

    def get(self, chat_id: int, message_id: int) -> Json | None:
        """Return one message."""
        chat = self._chats.get(chat_id)
        return None if chat is None else chat.get(message_id)

    def put(self, chat_id: int, message: Json) -> None:
        """Store a new message, or another state of one that is there."""
        message_id = message["message_id"]
        chat = self._chats.setdefault(chat_id, OrderedDict())
        chat[message_id] = message
        _, before = self._places.get(message_id, (chat_id, 0))
        self._places[message_id] = (chat_id, weight(message))
        self._bytes += self._places[message_id][1] - before
        if len(chat) > self._max_in_chat:
            self.delete(chat_id, next(iter(chat)))
        while len(self._places) > self._max_in_all or (self._bytes > self._max_bytes and self._places):
            oldest, (owner, _) = next(iter(self._places.items()))
            self.delete(owner, oldest)

    def fix(self, message_id: int) -> None:
        """Note that a message can never be edited."""
        if message_id in self._places:
            self.fixed.add(message_id)

    def delete(self, chat_id: int, message_id: int) -> Json | None:
        """Forget a message; return what it was."""
        chat = self._chats.get(chat_id)
        message = None if chat is None else chat.pop(message_id, None)
        if message is not None:
            self._forget(message_id)
            if not chat:
                del self._chats[chat_id]
        return message

    def forget_chat(self, chat_id: int) -> None:
        """Forget all messages of a chat."""
        for message_id in self._chats.pop(chat_id, {}):
            self._forget(message_id)

    def clear(self) -> None:
        """Forget everything."""
        self._chats.clear()
        self._places.clear()
        self.fixed.clear()
        self._bytes = 0

    def _forget(self, message_id: int) -> None:
        self._bytes -= self._places.pop(message_id)[1]
        self.fixed.discard(message_id)
