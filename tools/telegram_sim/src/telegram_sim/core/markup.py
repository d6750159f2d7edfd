"""Keyboards under a message (server, Client.cpp, get_reply_markup and get_inline_keyboard_button)."""

from typing import Any

from telegram_sim.core.errors import ApiError, bad_request
from telegram_sim.core.fields import FieldError, list_field, object_field, text_field
from telegram_sim.core.types import Json

MAX_CALLBACK_DATA = 64
"""Bytes, not characters (docs, InlineKeyboardButton)."""

_SHORT = ("callback_game", "pay")
_QUERIES = ("switch_inline_query", "switch_inline_query_current_chat")
_OBJECTS = {"login_url": "url", "web_app": "url", "copy_text": "text", "switch_inline_query_chosen_chat": ""}
"""Buttons that are objects, and the text that each has to hold."""


def checked_markup(value: Any) -> Json | None:
    """Return the markup as it will stand in the message; None if the message shows none.

    Reply keyboards are taken and, as in the real API, not given back in the message.

    Raises:
        ApiError: 400 when it is no keyboard that Telegram would take.
    """
    if value is None or value == "":
        return None
    if not isinstance(value, dict):
        raise bad_request("Object expected as reply markup")
    try:
        rows, reply_rows = list_field(value, "inline_keyboard"), list_field(value, "keyboard")
    except FieldError as cause:
        raise bad_request(str(cause)) from cause
    if not all(isinstance(row, list) for row in reply_rows):
        raise bad_request('Field "keyboard" must be an Array of Arrays')
    keyboard = [row for row in (_row(row) for row in rows) if row]
    return {"inline_keyboard": keyboard} if keyboard and not reply_rows else None


def _row(row: Any) -> list[Json]:
    if not isinstance(row, list):
        raise bad_request('Field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    return [_button(button) for button in row]


def _button(button: Any) -> Json:
    try:
        text, action = _parsed(button)
    except FieldError as cause:
        raise ApiError(400, f"Bad Request: can't parse inline keyboard button: {cause}") from cause
    if not text.strip():
        raise bad_request("Inline keyboard button text must be non-empty")  # td, ReplyMarkup.cpp
    if len(action.get("callback_data", "").encode()) > MAX_CALLBACK_DATA:
        # The word is Telegram's own, as in python-telegram-bot/python-telegram-bot#528.
        raise bad_request("BUTTON_DATA_INVALID")
    return {
        "text": text,
        **{name: button[name] for name in ("style", "icon_custom_emoji_id") if name in button},
        **action,
    }


def _parsed(button: Any) -> tuple[str, Json]:
    if not isinstance(button, dict):
        raise FieldError("InlineKeyboardButton must be an Object")
    return text_field(button, "text"), _action(button)


def _action(button: Json) -> Json:
    """Return what the button does: of several actions the first in the server's order."""
    for name in ("url", "callback_data"):
        value = text_field(button, name, "")
        if value:
            return {name: value}
    for name in _SHORT:
        if name in button:
            return {name: button[name]}
    for name in _QUERIES:
        if name in button:
            return {name: text_field(button, name)}
    for name, part in _OBJECTS.items():
        if name in button:
            content = object_field(button, name)
            if part:
                text_field(content, part)
            return {name: content}
    raise FieldError("Text buttons are unallowed in the inline keyboard")


def callback_data(message: Json) -> list[str]:
    """Return the callback data of a message's buttons, in reading order."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button["callback_data"] for row in rows for button in row if button.get("callback_data")]


def find_button(message: Json, name: str) -> str | None:
    """Return the callback data that is `name`, or `name` followed by ":" and anything."""
    return next((data for data in callback_data(message) if data == name or data.startswith(f"{name}:")), None)
