"""What a successful answer looks like, by method (docs, Available types): fields with their types, and no others.

A shape is a type, a set of values, a list with the shape of its items, or an object; a field whose name ends in "?"
may be missing.
"""

from collections.abc import Callable
from typing import Any

Shape = Any

USER: Shape = {
    "id": int,
    "is_bot": bool,
    "first_name": str,
    "last_name?": str,
    "username?": str,
    "language_code?": object,  # whatever a test gave the person
}
ME: Shape = {
    **USER,
    "can_join_groups": bool,
    "can_read_all_group_messages": bool,
    "supports_inline_queries": bool,
    "supports_guest_queries": bool,
    "can_connect_to_business": bool,
    "has_main_web_app": bool,
    "has_topics_enabled": bool,
    "allows_users_to_create_topics": bool,
    "can_manage_bots": bool,
}
CHAT: Shape = {
    "id": int,
    "type": {"private"},
    "first_name": str,
    "last_name?": str,
    "username?": str,
}
FULL_CHAT: Shape = {
    **CHAT,
    "active_usernames?": [str],
    "can_send_gift?": bool,
    "accepted_gift_types": {
        "unlimited_gifts": bool,
        "limited_gifts": bool,
        "unique_gifts": bool,
        "premium_subscription": bool,
        "gifts_from_channels": bool,
    },
    "max_reaction_count": int,
    "accent_color_id": int,
}
ENTITY: Shape = {
    "type": str,
    "offset": int,
    "length": int,
    "url?": str,
    "user?": USER,
    "language?": str,
    "custom_emoji_id?": str,
    "unix_time?": int,
    "date_time_format?": str,
}
_FILE: Shape = {"file_id": str, "file_unique_id": str, "file_size": int}
_NAMED: Shape = {**_FILE, "file_name?": str, "mime_type?": str}
FILE: Shape = {**_FILE, "file_path": str}
BUTTON: Shape = {
    "text": str,
    "icon_custom_emoji_id?": str,
    "style?": {"primary", "danger", "success"},
    "url?": str,
    "callback_data?": str,
    "callback_game?": {},
    "pay?": bool,
    "switch_inline_query?": str,
    "switch_inline_query_current_chat?": str,
    "switch_inline_query_chosen_chat?": {
        "query": str,
        "allow_user_chats": bool,
        "allow_bot_chats": bool,
        "allow_group_chats": bool,
        "allow_channel_chats": bool,
    },
    "web_app?": {"url": str},
    "copy_text?": {"text": str},
}
MESSAGE: Shape = {
    "message_id": int,
    "from": USER,
    "chat": CHAT,
    "date": int,
    "edit_date?": int,
    "reply_to_message?": dict,
    "quote?": {"text": str, "entities?": [ENTITY], "position": int, "is_manual?": bool},
    "text?": str,
    "entities?": [ENTITY],
    "link_preview_options?": {
        "is_disabled?": bool,
        "url?": str,
        "prefer_small_media?": bool,
        "prefer_large_media?": bool,
        "show_above_text?": bool,
    },
    "photo?": [{**_FILE, "width": int, "height": int}],
    "video?": {**_NAMED, "width": int, "height": int, "duration": int, "start_timestamp?": int},
    "audio?": {**_NAMED, "duration": int, "performer?": str, "title?": str},
    "voice?": {**_FILE, "mime_type?": str, "duration": int},
    "document?": _NAMED,
    "caption?": str,
    "caption_entities?": [ENTITY],
    "show_caption_above_media?": bool,
    "has_media_spoiler?": bool,
    "has_protected_content?": bool,
    "effect_id?": str,
    "reply_markup?": {"inline_keyboard": [[BUTTON]]},
}
_CONTENTS = ("text", "photo", "video", "audio", "voice", "document")
COMMAND: Shape = {"command": str, "description": str}
WEBHOOK: Shape = {
    "url": str,
    "has_custom_certificate": bool,
    "pending_update_count": int,
    "ip_address?": str,
    "last_error_date?": int,
    "last_error_message?": str,
    "last_synchronization_error_date?": int,
    "max_connections?": int,
    "allowed_updates?": [str],
}
RESULTS: dict[str, Shape] = {
    "getme": ME,
    "getchat": FULL_CHAT,
    "getfile": FILE,
    "getmycommands": [COMMAND],
    "getwebhookinfo": WEBHOOK,
    "getupdates": [dict],
    **dict.fromkeys(("sendmessage", "sendphoto", "sendvideo", "sendaudio", "sendvoice", "senddocument"), MESSAGE),
    **dict.fromkeys(("editmessagetext", "editmessagecaption", "editmessagereplymarkup"), MESSAGE),
}
"""The others answer true."""


def fault_of_result(method: str, result: Any) -> str:
    """Return what is wrong with the result of a method, "" if nothing is."""
    shape = RESULTS.get(method, {True})
    return _fault(result, shape, "result") or (_fault_of_message(result) if shape is MESSAGE else "")


def _fault(value: Any, shape: Shape, at: str) -> str:
    if isinstance(shape, dict):
        return _fault_of_object(value, shape, at)
    if isinstance(shape, list):
        if not isinstance(value, list):
            return f"{at} is no list"
        return _first(lambda item: _fault(item[1], shape[0], f"{at}[{item[0]}]"), enumerate(value))
    if isinstance(shape, set):
        return "" if value in shape and type(value) in {type(one) for one in shape} else f"{at} is {value!r}"
    wrong = not isinstance(value, shape) or (shape is int and isinstance(value, bool))
    return f"{at} is no {shape.__name__}" if wrong else ""


def _fault_of_object(value: Any, shape: dict[str, Shape], at: str) -> str:
    if not isinstance(value, dict):
        return f"{at} is no object"
    missing = [name for name in shape if not name.endswith("?") and name not in value]
    unknown = [name for name in value if name not in shape and f"{name}?" not in shape]
    if missing or unknown:
        return f"{at} has no {missing[0]}" if missing else f"{at} has {unknown[0]}"
    return _first(
        lambda item: _fault(item[1], shape.get(item[0], shape.get(f"{item[0]}?")), f"{at}.{item[0]}"), value.items()
    )


def _first(check: Callable[[Any], str], items: Any) -> str:
    return next(filter(None, map(check, items)), "")


def _fault_of_message(message: dict[str, Any]) -> str:
    """Return what no message can be: of two contents, empty, with entities beyond its text."""
    if sum(name in message for name in _CONTENTS) != 1:
        return "it is not of one content"
    if not message.get("text", "x") or not message.get("caption", "x"):
        return "its text is empty"
    for words, entities in (("text", "entities"), ("caption", "caption_entities")):
        length = len(message.get(words, "").encode("utf-16-le")) // 2
        for entity in message.get(entities, []):
            if not 0 <= entity["offset"] < entity["offset"] + entity["length"] <= length:
                return f"an entity lies beyond the {words}"
    rows = message.get("reply_markup", {}).get("inline_keyboard", [[1]])
    return "" if rows and all(rows) else "it has an empty row of buttons"
