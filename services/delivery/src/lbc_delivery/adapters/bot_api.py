"""The Bot API by python-telegram-bot, which knows its methods, parameters and results (see docs/adr/0004)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Message
from telegram.constants import ParseMode

from lbc_contracts.messages import Buttons
from lbc_delivery.adapters.transport import CarriedError, Transport
from lbc_delivery.app.ports import ChatAction, Receipt
from lbc_delivery.domain.drafts import AudioDraft, Draft, TextDraft, VideoDraft

ACTION_SECONDS: Final = 2.0
PROBE_SECONDS: Final = 4.0
_NO_TOKEN: Final = "0:none"  # noqa: S105 - the point is that it is none
"""The library logs its token and shows it in its repr, so it gets none: the transport puts the real one in."""


class TelegramBotApi:
    """See :class:`lbc_delivery.app.ports.BotApi`.

    Args:
        transport: carries the requests; knows the token and where the API is.
    """

    def __init__(self, transport: Transport) -> None:
        self._bot = Bot(_NO_TOKEN, request=transport, get_updates_request=transport)

    async def send(self, draft: Draft) -> Receipt:
        """See :class:`lbc_delivery.app.ports.BotApi`."""
        with _own_errors():
            return _receipt(await _send(self._bot, draft))

    async def act(self, chat_id: int, action: ChatAction) -> None:
        """See :class:`lbc_delivery.app.ports.BotApi`."""
        with _own_errors():
            await self._bot.send_chat_action(chat_id, action, read_timeout=ACTION_SECONDS)

    async def probe(self) -> None:
        """See :class:`lbc_delivery.app.ports.BotApi`."""
        with _own_errors():
            await self._bot.get_me(read_timeout=PROBE_SECONDS)


@contextmanager
def _own_errors() -> Iterator[None]:
    try:
        yield
    except CarriedError as carried:
        raise carried.error from None


async def _send(bot: Bot, draft: Draft) -> Message:
    markup = _keyboard(draft.buttons)
    match draft:
        case TextDraft():
            return await bot.send_message(draft.chat_id, draft.html, parse_mode=ParseMode.HTML, reply_markup=markup)
        case VideoDraft():
            return await bot.send_video(
                draft.chat_id,
                draft.source.value,
                caption=draft.caption,
                supports_streaming=True,
                parse_mode=ParseMode.HTML,
                reply_markup=markup,
            )
        case AudioDraft():
            return await bot.send_audio(
                draft.chat_id,
                draft.source.value,
                caption=draft.caption,
                title=draft.title,
                parse_mode=ParseMode.HTML,
                reply_markup=markup,
            )


def _receipt(message: Message) -> Receipt:
    medium = message.video or message.audio
    return Receipt(message.message_id, medium.file_id if medium else None)


def _keyboard(buttons: Buttons) -> InlineKeyboardMarkup | None:
    if not buttons:
        return None
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(button.label, url=button.url, callback_data=button.data) for button in row]
            for row in buttons
        ]
    )
