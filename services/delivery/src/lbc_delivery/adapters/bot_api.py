"""The Bot API by python-telegram-bot, which knows its methods, parameters and results (see docs/adr/0004)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import ParseMode
from telegram.error import TelegramError

from lbc_contracts.messages import Buttons
from lbc_delivery.adapters.transport import CarriedError, Transport, hearing
from lbc_delivery.app.ports import ChatAction, FateUnknownError, Receipt
from lbc_delivery.domain.drafts import AudioDraft, Draft, TextDraft, VideoDraft

log = logging.getLogger(__name__)

ACTION_SECONDS: Final = 2.0
PROBE_SECONDS: Final = 4.0
"""At most; a probe takes no longer than any request."""
_MEDIA: Final = ("video", "audio", "document", "animation")
"""As what Telegram may file a medium that was sent to it, by the field of the message."""
_NO_TOKEN: Final = "0:none"  # noqa: S105 - the point is that it is none
"""The library logs its token and shows it in its repr, so it gets none: the transport puts the real one in."""


class TelegramBotApi:
    """See :class:`lbc_delivery.app.ports.BotApi`.

    Args:
        transport: carries the requests; knows the token and where the API is.
    """

    def __init__(self, transport: Transport) -> None:
        self._probe_seconds = min(PROBE_SECONDS, transport.read_timeout or PROBE_SECONDS)
        self._bot = Bot(_NO_TOKEN, request=transport, get_updates_request=transport)

    async def send(self, draft: Draft) -> Receipt:
        """See :class:`lbc_delivery.app.ports.BotApi`."""
        with _asking() as heard:
            await _send(self._bot, draft)
        return _receipt(heard[-1])

    async def act(self, chat_id: int, action: ChatAction) -> None:
        """See :class:`lbc_delivery.app.ports.BotApi`."""
        with _asking():
            await self._bot.send_chat_action(chat_id, action, read_timeout=ACTION_SECONDS)

    async def probe(self) -> None:
        """See :class:`lbc_delivery.app.ports.BotApi`."""
        with _asking():
            await self._bot.get_me(read_timeout=self._probe_seconds)


@contextmanager
def _asking() -> Iterator[list[Any]]:
    """Gives what Telegram grants within, and our own errors.

    The library reads results to their last field, most of which are nothing to us: that one of them has changed must
    not turn what Telegram has granted into a failure.
    """
    with hearing() as heard:
        try:
            yield heard
        except CarriedError as carried:
            raise carried.error from None
        except Exception as error:
            name = type(error).__name__
            if heard:
                log.warning("the library cannot read what Telegram granted", extra={"cause": name})
            elif isinstance(error, TelegramError):
                raise FateUnknownError("unreadable", name) from None
            else:
                raise  # nothing was asked: a bug of ours


async def _send(bot: Bot, draft: Draft) -> None:
    markup = _keyboard(draft.buttons)
    match draft:
        case TextDraft():
            await bot.send_message(draft.chat_id, draft.html, parse_mode=ParseMode.HTML, reply_markup=markup)
        case VideoDraft():
            await bot.send_video(
                draft.chat_id,
                draft.source.value,
                caption=draft.caption,
                supports_streaming=True,
                parse_mode=ParseMode.HTML,
                reply_markup=markup,
            )
        case AudioDraft():
            await bot.send_audio(
                draft.chat_id,
                draft.source.value,
                caption=draft.caption,
                title=draft.title,
                parse_mode=ParseMode.HTML,
                reply_markup=markup,
            )


def _receipt(result: Any) -> Receipt:
    """What we need of a message as it came.

    Raises:
        FateUnknownError: it tells not even its id.
    """
    message_id = result.get("message_id") if isinstance(result, dict) else None
    if not isinstance(message_id, int):
        raise FateUnknownError("unreadable", "a result that is no message")
    media = [result[name] for name in _MEDIA if isinstance(result.get(name), dict)]
    file_ids = [medium["file_id"] for medium in media if isinstance(medium.get("file_id"), str)]
    return Receipt(message_id, file_ids[0] if file_ids else None)


def _keyboard(buttons: Buttons) -> InlineKeyboardMarkup | None:
    if not buttons:
        return None
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(button.label, url=button.url, callback_data=button.data) for button in row]
            for row in buttons
        ]
    )
