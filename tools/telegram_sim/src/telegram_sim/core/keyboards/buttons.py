"""Buttons of keyboards, read as the server does it (Client.cpp) and stored as td does it (ReplyMarkup.cpp)."""

from collections.abc import Callable
from typing import Any

from telegram_sim.core.errors import bad_request
from telegram_sim.core.fields import FieldError, boolean_field, integer_field, object_field, text_field
from telegram_sim.core.text.cleaning import clean
from telegram_sim.core.text.links import LinkError, checked_link, linked_user
from telegram_sim.core.types import Json

MAX_CALLBACK_DATA = 64
"""Bytes, not characters (docs, InlineKeyboardButton)."""

_STYLES = {"", "default", "primary", "danger", "success"}
_CHATS = ("allow_user_chats", "allow_bot_chats", "allow_group_chats", "allow_channel_chats")
_USERNAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_SHARED = ("request_phone_number", "request_contact", "request_location")
_REQUESTS = ("request_users", "request_user", "request_chat", "request_managed_bot")


def inline_button(button: Any) -> Json:
    """Return docs' InlineKeyboardButton as the call says it (get_inline_keyboard_button).

    Raises:
        FieldError: it is none.
    """
    if not isinstance(button, dict):
        raise FieldError("InlineKeyboardButton must be an Object")
    return {**_face(button), **_action(button)}


def reply_button(button: Any) -> Json:
    """Return docs' KeyboardButton (get_keyboard_button); of what it may ask for only what can be refused is read.

    Raises:
        FieldError: it is none.
    """
    if isinstance(button, str):
        return {"text": button}
    if not isinstance(button, dict):
        raise FieldError("KeyboardButton must be a String or an Object")
    face = _face(button)
    if any(boolean_field(button, name) for name in _SHARED):
        return face
    if "request_poll" in button:
        object_field(button, "request_poll")
    elif "web_app" in button:
        return {**face, "web_app": {"url": text_field(object_field(button, "web_app"), "url")}}
    elif name := next((name for name in _REQUESTS if name in button), ""):
        integer_field(object_field(button, name), "request_id")
    return face


def _face(button: Json) -> Json:
    """Return the text of a button with the style and the emoji that it may have."""
    text = text_field(button, "text")
    icon = integer_field(button, "icon_custom_emoji_id", 64, 0)
    style = text_field(button, "style", "").lower()
    if style not in _STYLES:
        raise FieldError("invalid button style specified")
    shown = {} if style in {"", "default"} else {"style": style}
    return {"text": text, **({"icon_custom_emoji_id": str(icon)} if icon else {}), **shown}


def _action(button: Json) -> Json:
    """Return what the button does: of several actions the first in the server's order."""
    for name in ("url", "callback_data"):
        if value := text_field(button, name, ""):
            return {name: value}
    for name, read in _ACTIONS.items():
        if name in button:
            return read(button, name)
    raise FieldError("Text buttons are unallowed in the inline keyboard")


def _query(button: Json, name: str) -> Json:
    return {name: text_field(button, name)}


def _chosen_chat(button: Json, name: str) -> Json:
    chosen = object_field(button, name)
    query = text_field(chosen, "query", "")
    allowed = {name: boolean_field(chosen, name) for name in _CHATS}
    if all(allowed.values()):
        return {"switch_inline_query": query}
    return {name: {"query": query, **allowed}}


def _part(part: str) -> Callable[[Json, str], Json]:
    return lambda button, name: {name: {part: text_field(object_field(button, name), part)}}


def _login(button: Json, name: str) -> Json:
    login = object_field(button, name)
    url, username = text_field(login, "url"), text_field(login, "bot_username", "")
    boolean_field(login, "request_write_access")
    text_field(login, "forward_text", "")
    if username and (username == "@" or not _USERNAME.issuperset(username.removeprefix("@"))):
        raise FieldError("LoginUrl bot username is invalid")
    return {name: {"url": url}}


_ACTIONS: dict[str, Callable[[Json, str], Json]] = {
    "callback_game": lambda _button, name: {name: {}},
    "pay": lambda _button, name: {name: True},
    "switch_inline_query": _query,
    "switch_inline_query_chosen_chat": _chosen_chat,
    "switch_inline_query_current_chat": _query,
    "login_url": _login,
    "web_app": _part("url"),
    "copy_text": _part("text"),
}
"""What an inline button does besides opening a link and calling back, in the server's order."""


def stored_inline(button: Json) -> Json:
    """Return an inline button as messages carry it.

    Raises:
        ApiError: 400 for one that Telegram does not take.
    """
    stored: Json = {**button, "text": _named(button, "Inline keyboard")}
    if len(button.get("callback_data", "").encode()) > MAX_CALLBACK_DATA:
        # The word is Telegram's own, as in python-telegram-bot/python-telegram-bot#528.
        raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button:
        user = linked_user(button["url"])
        stored["url"] = f"tg://user?id={user}" if user else _link(button["url"], "Inline keyboard button")
    if "login_url" in button:  # shown as a plain link (server, Client.cpp, JsonInlineKeyboardButton)
        del stored["login_url"]
        stored["url"] = _secure_link(button["login_url"]["url"], "login URL", "Inline keyboard button login")
    if "web_app" in button:
        stored["web_app"] = {"url": _web_app(button, "Inline keyboard")}
    if "copy_text" in button:
        stored["copy_text"] = {"text": clean(button["copy_text"]["text"])}
    chosen = button.get("switch_inline_query_chosen_chat")
    if chosen and not any(chosen[name] for name in _CHATS):
        raise bad_request("At least one chat type must be allowed")  # td, TargetDialogTypes.cpp
    return stored


def check_reply(button: Json) -> None:
    """Raise 400 for a button of a reply keyboard that Telegram does not take."""
    _named(button, "Keyboard")
    if "web_app" in button:
        _web_app(button, "Keyboard")


def _named(button: Json, keyboard: str) -> str:
    text = clean(str(button["text"]))
    if not text:
        raise bad_request(f"{keyboard} button text must be non-empty")
    return text


def _web_app(button: Json, keyboard: str) -> str:
    return _secure_link(button["web_app"]["url"], "Web App URL", f"{keyboard} button Web App")


def _secure_link(url: str, kind: str, place: str) -> str:
    if linked_user(url):
        raise bad_request(f"Link to a user can't be used in {kind} buttons")
    return _link(url, place, secure=True)


def _link(url: str, place: str, *, secure: bool = False) -> str:
    try:
        return checked_link(url, http_only=secure, https_only=secure)
    except LinkError as cause:
        raise bad_request(f"{place} {cause}") from cause
