"""Updates: how they look, how long they live, which queue keeps their order."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from telegram_sim.core.types import Json

MESSAGE_LIFE = 24 * 3600
"""Seconds (server, Client.cpp, add_message_update: 86400; docs: "not kept longer than 24 hours")."""
CALLBACK_LIFE = 150
"""Seconds (server, Client.cpp, process_new_callback_query_queue)."""
_INLINE_LIFE = 30
_CHOSEN_LIFE = 600
_CUSTOM_LIFE = 600

_NOBODY: tuple[str, ...] = ()
_USER = ("from", "user")
_CHAT = ("chat",)


@dataclass(frozen=True)
class _Kind:
    """Whose order the server keeps: `owner` names the fields to look in, `queue` is its number of that queue."""

    owner: tuple[str, ...]
    queue: int
    life: int = MESSAGE_LIFE


# server, Client.cpp: the last two arguments of every call of add_update are the life and `id + (queue << 33)`; in the
# order of Client.h, UpdateType.
_KINDS = {
    "message": _Kind(_CHAT, 0),
    "edited_message": _Kind(_CHAT, 0),
    "channel_post": _Kind(_CHAT, 0),
    "edited_channel_post": _Kind(_CHAT, 0),
    "inline_query": _Kind(_USER, 1, _INLINE_LIFE),
    "chosen_inline_result": _Kind(_USER, 2, _CHOSEN_LIFE),
    "callback_query": _Kind(_USER, 3, CALLBACK_LIFE),
    "custom_event": _Kind(_NOBODY, 0, _CUSTOM_LIFE),
    "custom_query": _Kind(_NOBODY, 0),
    "shipping_query": _Kind(_USER, 4, CALLBACK_LIFE),
    "pre_checkout_query": _Kind(_USER, 4, CALLBACK_LIFE),
    "poll": _Kind(_NOBODY, 0),
    "poll_answer": _Kind(_NOBODY, 0),
    "my_chat_member": _Kind(_CHAT, 5),
    "chat_member": _Kind(("new_chat_member",), 6),
    "chat_join_request": _Kind(_USER, 6),
    "chat_boost": _Kind(_CHAT, 7),
    "removed_chat_boost": _Kind(_CHAT, 7),
    "message_reaction": _Kind(_CHAT, 8),
    "message_reaction_count": _Kind(_CHAT, 9),
    "business_connection": _Kind(_USER, 10),
    "business_message": _Kind(_CHAT, 11),
    "edited_business_message": _Kind(_CHAT, 11),
    "deleted_business_messages": _Kind(_CHAT, 11),
    "purchased_paid_media": _Kind(_USER, 12),
    "managed_bot": _Kind(_USER, 13),
    "guest_message": _Kind(_CHAT, 12),
}

UPDATE_KINDS = tuple(_KINDS)
"""The optional fields of docs' Update, and two that it does not name."""

LISTED_KINDS = tuple(kind for kind in UPDATE_KINDS if not kind.startswith("custom_"))
"""What getWebhookInfo names, in this order (server, Client.cpp, JsonUpdateTypes)."""

DEFAULT_KINDS = frozenset(UPDATE_KINDS) - {"chat_member", "message_reaction", "message_reaction_count"}
"""What is sent while allowed_updates is empty (docs, setWebhook)."""


def kind_of(update: Json) -> str:
    """Return the field that says what the update is, "" if none of those known is there."""
    return next((kind for kind in UPDATE_KINDS if kind in update), "")


def life_of(kind: str) -> int:
    """Return for how many seconds an update of that kind is kept."""
    return _KINDS[kind].life if kind in _KINDS else MESSAGE_LIFE


def queue_of(update: Json) -> Hashable | None:
    """Return the queue whose order the update keeps; None if it is alone.

    Messages of a chat share a queue whatever their kind, callback queries queue by user, and my_chat_member by
    chat, apart from the chat's messages. So a /start and a tap of one person are in two queues and can overtake
    each other. A poll and its answers share a queue too.
    """
    kind = kind_of(update)
    content = update.get(kind)
    if not isinstance(content, dict):
        return None
    if kind in {"poll", "poll_answer"}:
        poll = content.get("id") if kind == "poll" else content.get("poll_id")
        return None if poll is None else ("poll", str(poll))
    definition = _KINDS[kind]
    owner = next((content[name] for name in definition.owner if name in content), None)
    if kind == "chat_member" and isinstance(owner, dict):
        owner = owner.get("user")
    identity = owner.get("id") if isinstance(owner, dict) else None
    return None if identity is None else (definition.queue, str(identity))


def chat_of(update: Json) -> int | None:
    """Return the chat, or the person, that an update is about; None if it does not say."""
    content = update.get(kind_of(update))
    if not isinstance(content, dict):
        return None
    for owner in (content.get("chat"), content.get("from"), content.get("user")):
        identity: Any = owner.get("id") if isinstance(owner, dict) else None
        if isinstance(identity, int):
            return identity
    return None


def callback_query(query_id: str, user: Json, message: Json, instance: str, data: str) -> Json:
    """Return docs' CallbackQuery for a tap on a button."""
    return {"id": query_id, "from": user, "message": message, "chat_instance": instance, "data": data}


def my_chat_member(chat: Json, user: Json, bot: Json, date: int, statuses: tuple[str, str]) -> Json:
    """Return docs' ChatMemberUpdated for the bot itself, which goes from one status to the other."""
    old, new = (
        {"user": bot, "status": status, **({"until_date": 0} if status == "kicked" else {})} for status in statuses
    )
    return {"chat": chat, "from": user, "date": date, "old_chat_member": old, "new_chat_member": new}
