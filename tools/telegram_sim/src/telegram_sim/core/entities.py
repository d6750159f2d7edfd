"""Entities that a call names itself (server, Client.cpp, get_text_entity and get_text_entity_type)."""

import re
from typing import Any

from telegram_sim.core.errors import ApiError
from telegram_sim.core.fields import FieldError, integer_field, object_field, text_field
from telegram_sim.core.types import Json

_PLAIN = {
    *("bold", "italic", "underline", "strikethrough", "spoiler", "code"),
    *("blockquote", "expandable_blockquote"),
}
_FOUND_BY_TELEGRAM = {
    *("mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bank_card_number"),
}
"""Naming them is allowed and has no effect."""
_DATE_TIME = re.compile(r"[rR]?|[tTdDwW]*")


def checked_entities(given: list[Any]) -> list[Json]:
    """Return docs' MessageEntities of a call.

    Raises:
        ApiError: 400 for what is none of them.
    """
    try:
        entities = [_entity(item) for item in given]
    except FieldError as cause:
        raise ApiError(400, f"Bad Request: can't parse MessageEntity: {cause}") from cause
    return [entity for entity in entities if entity is not None]


def _entity(item: Any) -> Json | None:
    if not isinstance(item, dict):
        raise FieldError("expected an Object")
    place: Json = {"offset": integer_field(item, "offset"), "length": integer_field(item, "length")}
    kind = text_field(item, "type")
    if not kind:
        raise FieldError("Type is not specified")
    if kind in _FOUND_BY_TELEGRAM:
        return None
    details = _details(kind, item)
    shown = place["offset"] >= 0 and place["length"] > 0  # td, MessageEntity.cpp, fix_entities drops the others
    return {**place, "type": kind, **details} if shown else None


def _details(kind: str, item: Json) -> Json:
    if kind in _PLAIN:
        return {}
    if kind == "pre":
        language = text_field(item, "language", "")
        return {"language": language} if language else {}
    if kind == "text_link":
        return {"url": text_field(item, "url")}
    if kind == "text_mention":
        user = object_field(item, "user")
        integer_field(user, "id", 64)
        return {"user": user}
    if kind == "custom_emoji":
        return {"custom_emoji_id": str(integer_field(item, "custom_emoji_id", 64))}
    if kind == "date_time":
        written = text_field(item, "date_time_format", "")
        if not _DATE_TIME.fullmatch(written):
            raise FieldError("Invalid date-time format specified")
        return {"unix_time": integer_field(item, "unix_time"), **({"date_time_format": written} if written else {})}
    raise FieldError("Unsupported type specified")
