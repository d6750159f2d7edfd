"""Keyboards under a message (server, Client.cpp, get_reply_markup and get_inline_keyboard_button)."""

from typing import Any

from telegram_sim.core.errors import ApiError, bad_request
from telegram_sim.core.types import Json

MAX_CALLBACK_DATA = 64
"""Bytes, not characters (docs, InlineKeyboardButton)."""

_ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)


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
    rows = value.get("inline_keyboard")
    if rows is None:
        return None
    if not isinstance(rows, list):
        raise bad_request('Field "inline_keyboard" must be of type Array')
    keyboard = [row for row in (_row(row) for row in rows) if row]
    return {"inline_keyboard": keyboard} if keyboard else None


def _row(row: Any) -> list[Json]:
    if not isinstance(row, list):
        raise bad_request('Field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    return [_button(button) for button in row]


def _button(button: Any) -> Json:
    try:
        return _checked_button(button)
    except ValueError as cause:
        raise ApiError(400, f"Bad Request: can't parse inline keyboard button: {cause}") from cause


def _checked_button(button: Any) -> Json:
    if not isinstance(button, dict):
        raise ValueError("InlineKeyboardButton must be an Object")  # noqa: TRY004 - the caller words it
    text = button.get("text")
    if text is None:
        raise ValueError('Can\'t find field "text"')
    if not isinstance(text, str):
        raise ValueError('Field "text" must be of type String')  # noqa: TRY004 - as above
    if not text.strip():
        # td, ReplyMarkup.cpp
        raise bad_request("Inline keyboard button text must be non-empty")
    if not any(_given(action, button.get(action)) for action in _ACTIONS):
        raise ValueError("Text buttons are unallowed in the inline keyboard")
    data = button.get("callback_data")
    if data is not None and not isinstance(data, str):
        raise ValueError('Field "callback_data" must be of type String')
    if data is not None and len(data.encode()) > MAX_CALLBACK_DATA:
        raise bad_request("BUTTON_DATA_INVALID")  # assumed: the limit is docs', the word is in neither source
    return button


def _given(action: str, value: Any) -> bool:
    empty_counts = action.startswith("switch_inline_query")  # docs: "may be empty"
    return value is not None and (value != "" or empty_counts)


def callback_data(message: Json) -> list[str]:
    """Return the callback data of a message's buttons, in reading order."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button["callback_data"] for row in rows for button in row if button.get("callback_data")]


def find_button(message: Json, name: str) -> str | None:
    """Return the callback data that is `name`, or `name` followed by ":" and anything."""
    return next((data for data in callback_data(message) if data == name or data.startswith(f"{name}:")), None)
