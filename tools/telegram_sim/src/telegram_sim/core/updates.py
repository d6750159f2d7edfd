"""Updates: how they look, how long they live, which queue keeps their order."""

from collections.abc import Hashable
from typing import Any

from telegram_sim.core.types import Json

MESSAGE_LIFE = 24 * 3600
"""Seconds (server, Client.cpp, add_message_update; docs: "not kept longer than 24 hours")."""
CALLBACK_LIFE = 150
"""Seconds (server, Client.cpp, add_update of CallbackQuery)."""

KINDS = (
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "message_reaction",
    "message_reaction_count",
    "inline_query",
    "chosen_inline_result",
    "callback_query",
    "shipping_query",
    "pre_checkout_query",
    "purchased_paid_media",
    "poll",
    "poll_answer",
    "my_chat_member",
    "chat_member",
    "chat_join_request",
    "chat_boost",
    "removed_chat_boost",
)
"""The optional fields of docs' Update."""

DEFAULT_KINDS = frozenset(KINDS) - {"chat_member", "message_reaction", "message_reaction_count"}
"""What is sent while allowed_updates is empty (docs, setWebhook)."""

_SHORT_LIVED = {"callback_query", "inline_query", "shipping_query", "pre_checkout_query"}
_BY_USER = {"callback_query": 3, "inline_query": 1, "shipping_query": 4, "chat_join_request": 6}
_BY_CHAT = {"my_chat_member": 5, "message_reaction": 8, "message_reaction_count": 9}


def kind_of(update: Json) -> str:
    """Return the field that says what the update is, "" if none of those known is there."""
    return next((kind for kind in KINDS if kind in update), "")


def life_of(kind: str) -> int:
    """Return for how many seconds an update of that kind is kept."""
    return CALLBACK_LIFE if kind in _SHORT_LIVED else MESSAGE_LIFE


def queue_of(update: Json) -> Hashable | None:
    """Return the queue whose order the update keeps; None if it is alone.

    Messages of a chat share a queue whatever their kind, callback queries queue by user, and my_chat_member by
    chat, apart from the chat's messages (server, Client.cpp, every call of add_update). So a /start and a tap of
    one person are in two queues and can overtake each other.
    """
    kind = kind_of(update)
    content = update.get(kind)
    if not isinstance(content, dict):
        return None
    if kind in _BY_USER:
        return _identified(_BY_USER[kind], content.get("from"))
    if kind in _BY_CHAT:
        return _identified(_BY_CHAT[kind], content.get("chat"))
    return _identified(0, content.get("chat"))


def _identified(offset: int, owner: Any) -> Hashable | None:
    identity = owner.get("id") if isinstance(owner, dict) else None
    return None if identity is None else (offset, str(identity))


def callback_query(query_id: str, user: Json, message: Json, instance: str, data: str) -> Json:
    """Return docs' CallbackQuery for a tap on a button."""
    return {"id": query_id, "from": user, "message": message, "chat_instance": instance, "data": data}


def my_chat_member(chat: Json, user: Json, bot: Json, date: int, statuses: tuple[str, str]) -> Json:
    """Return docs' ChatMemberUpdated for the bot itself, which goes from one status to the other."""
    old, new = (
        {"user": bot, "status": status, **({"until_date": 0} if status == "kicked" else {})} for status in statuses
    )
    return {"chat": chat, "from": user, "date": date, "old_chat_member": old, "new_chat_member": new}
