"""Keyboards under a message (server, Client.cpp, get_reply_markup; td, ReplyMarkup.cpp, get_reply_markup)."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from telegram_sim.core.errors import bad_request
from telegram_sim.core.fields import FieldError, boolean_field, list_field, read_object, text_field
from telegram_sim.core.keyboards.buttons import check_reply, inline_button, reply_button, stored_inline
from telegram_sim.core.types import Json

MAX_IN_ROW = 12
MAX_BUTTONS = 300
"""What is beyond these is left out without a word."""
MAX_INLINE = 100
"""Inline buttons (eternnoir/pyTelegramBotAPI#511)."""
MAX_INLINE_BYTES = 10_000
"""Of an inline keyboard as JSON, about (tginfo/Telegram-Limits#187)."""

_FLAGS = ("hide_keyboard", "remove_keyboard", "personal_keyboard", "selective", "force_reply_keyboard", "force_reply")
_REPLY_FLAGS = ("resize_keyboard", "one_time_keyboard", "is_persistent")

Rows = list[list[Json]]


@dataclass(frozen=True)
class Markup:
    """What a call wants under its message. `kind` is inline, reply, remove, force, or "" for nothing."""

    kind: str = ""
    rows: Rows = field(default_factory=list)

    def stored(self) -> Json | None:
        """Return the keyboard as the message shows it: an inline one only, as in the real API.

        Raises:
            ApiError: 400 for a keyboard that Telegram does not take.
        """
        buttons = _kept(self.rows)
        if self.kind == "reply":
            for row in buttons:
                for button in row:
                    check_reply(button)
        if self.kind != "inline":
            return None
        rows = [[stored_inline(button) for button in row] for row in buttons]
        if sum(map(len, rows)) > MAX_INLINE or len(json.dumps(rows, ensure_ascii=False).encode()) > MAX_INLINE_BYTES:
            raise bad_request("reply markup is too long")  # server, Client.cpp, for REPLY_MARKUP_TOO_LONG
        return {"inline_keyboard": rows} if rows else None

    @property
    def fixes(self) -> bool:
        """Whether a message with it can never be edited (td, MessagesManager.cpp, can_edit_message; tdlib/td#3196)."""
        return self.kind in {"remove", "force"} or (self.kind == "reply" and bool(_kept(self.rows)))

    def stored_by_edit(self) -> Json | None:
        """Return the keyboard of an edited message, where only an inline one may be (get_inline_reply_markup)."""
        if self.kind not in {"", "inline"}:
            raise bad_request("Inline keyboard expected")
        return self.stored()


def read_markup(value: Any) -> Markup:
    """Return the keyboard that a call asks for; None asks for none.

    Raises:
        ApiError: 400 when it is no keyboard.
    """
    return Markup() if value is None else read_object(value, "Object expected as reply markup", _read)


def _read(value: Json) -> Markup:
    words = 'Field "keyboard" must be an Array of Arrays'
    rows = _rows(value, "keyboard", words, reply_button)
    words = 'Field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'
    inline = _rows(value, "inline_keyboard", words, inline_button)
    flags = {name for name in _FLAGS if boolean_field(value, name)}
    text_field(value, "input_field_placeholder", "")
    if rows:
        for name in _REPLY_FLAGS:
            boolean_field(value, name)
        return Markup("reply", rows)
    if inline:
        return Markup("inline", inline)
    if flags & {"hide_keyboard", "remove_keyboard"}:
        return Markup("remove")
    return Markup("force" if flags & {"force_reply", "force_reply_keyboard"} else "")


def _rows(value: Json, name: str, words: str, read: Callable[[Any], Json]) -> Rows:
    rows: Rows = []
    for row in list_field(value, name):
        if not isinstance(row, list):
            raise FieldError(words)
        try:
            rows.append([read(button) for button in row])
        except FieldError as cause:
            what = "keyboard button" if name == "keyboard" else "inline keyboard button"
            raise FieldError(f"Can't parse {what}: {cause}") from cause
    return rows


def _kept(rows: Rows) -> Rows:
    """Leave out buttons without a face, rows without a button, and what is too much."""
    kept: Rows = []
    left = MAX_BUTTONS
    for row in rows:
        shown = [button for button in row if button["text"] or "icon_custom_emoji_id" in button]
        shown = shown[: min(MAX_IN_ROW, left)]
        left -= len(shown)
        kept += [shown] if shown else []
    return kept


def callback_buttons(message: Json) -> list[tuple[str, str]]:
    """Return what a message's buttons show and their callback data, in reading order."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [(one["text"], one["callback_data"]) for row in rows for one in row if one.get("callback_data")]


def find_button(message: Json, name: str) -> str | None:
    """Return the callback data that is `name`, or `name` followed by ":" and anything, or of a button that shows it."""
    buttons = callback_buttons(message)
    named = [data for _, data in buttons if data == name or data.startswith(f"{name}:")]
    return next(iter(named + [data for shown, data in buttons if shown == name]), None)
