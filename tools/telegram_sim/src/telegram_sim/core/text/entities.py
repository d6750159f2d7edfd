"""Entities that a call names itself (server, Client.cpp, get_text_entity and get_text_entity_type)."""

import re
from typing import Any

from telegram_sim.core.errors import ApiError, bad_request
from telegram_sim.core.fields import FieldError, integer_field, object_field, text_field
from telegram_sim.core.text.links import LinkError, checked_link, linked_user
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


MAX_PLACE = 1_000_000
"""Of an entity's offset and length (td, MessageEntity.cpp, fix_formatted_text)."""


def checked_entities(given: list[Any]) -> list[Json]:
    """Return docs' MessageEntities of a call; whether they fit its text is checked with it (`clean_formatted`).

    Raises:
        ApiError: 400 for what is none of them.
    """
    try:
        parsed = [_entity(item) for item in given]
    except FieldError as cause:
        raise ApiError(400, f"Bad Request: can't parse MessageEntity: {cause}") from cause
    entities = [_finished(entity) for entity in parsed if entity is not None]
    for name in ("offset", "length"):
        wrong = next((entity[name] for entity in entities if not 0 <= entity[name] <= MAX_PLACE), None)
        if wrong is not None:
            raise bad_request(f"Receive an entity with incorrect {name} {wrong}")
    return [entity for entity in entities if entity["length"] and _names_somebody(entity)]


def _entity(item: Any) -> Json | None:
    if not isinstance(item, dict):
        raise FieldError("expected an Object")
    place: Json = {"offset": integer_field(item, "offset"), "length": integer_field(item, "length")}
    kind = text_field(item, "type")
    if not kind:
        raise FieldError("Type is not specified")
    return None if kind in _FOUND_BY_TELEGRAM else {**place, "type": kind, **_details(kind, item)}


def _details(kind: str, item: Json) -> Json:
    if kind in _PLAIN:
        return {}
    if kind == "pre":
        language = text_field(item, "language", "")
        return {"language": language} if language else {}
    if kind == "text_link":
        return {"url": text_field(item, "url")}
    if kind == "text_mention":
        return {"user": {"id": integer_field(object_field(item, "user"), "id", 64)}}
    if kind == "custom_emoji":
        return {"custom_emoji_id": str(integer_field(item, "custom_emoji_id", 64))}
    if kind == "date_time":
        return date_time(integer_field(item, "unix_time"), text_field(item, "date_time_format", ""))
    raise FieldError("Unsupported type specified")


def date_time(unix_time: int, written: str) -> Json:
    """Return what a date_time says besides its place, the format as the server writes it (Client.cpp, JsonEntity).

    Raises:
        FieldError: a format that is none.
    """
    if not _DATE_TIME.fullmatch(written):
        raise FieldError("Invalid date-time format specified")
    relative = written in {"r", "R"}
    last = {part: next((one for one in reversed(written) if one in part), "") for part in ("wW", "dD", "tT")}
    shown = "r" if relative else f"{last['wW'].lower()}{last['dD']}{last['tT']}"
    return {"unix_time": unix_time, "date_time_format": shown}


def _finished(entity: Json) -> Json:
    """Return an entity as td takes it over from the server (MessageEntity.cpp, get_message_entities)."""
    kind = entity["type"]
    if kind == "text_link":
        if user := linked_user(entity["url"]):
            place = {name: entity[name] for name in ("offset", "length")}
            return {**place, "type": "text_mention", "user": {"id": user}}
        try:
            return {**entity, "url": checked_link(entity["url"])}
        except LinkError as cause:
            raise bad_request(f"Entity {cause}") from cause
    if kind == "custom_emoji" and entity["custom_emoji_id"] == "0":
        raise bad_request("Invalid custom emoji identifier specified")
    if kind == "date_time" and entity["unix_time"] <= 0:
        raise bad_request("Invalid date specified")
    return entity


def _names_somebody(entity: Json) -> bool:
    return entity["type"] != "text_mention" or bool(entity["user"]["id"] > 0)
