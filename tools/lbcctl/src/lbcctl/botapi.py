"""The few methods of the Bot API that an operator needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import aiohttp

from lbcctl.exits import Exit, StopError

ALLOWED_UPDATES = ("message", "callback_query", "my_chat_member")
"""Without it, Telegram would keep the list from the time before."""

_SECONDS = 15
_TIMEOUT = aiohttp.ClientTimeout(total=_SECONDS)


class BotApiError(Exception):
    """The Bot API refused; the message is its description, without the token.

    Attributes:
        code: its ``error_code``, 0 if it gave none.
    """

    def __init__(self, text: str, code: int = 0) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class BotApi:
    """The Bot API as one bot.

    Attributes:
        base: its address.
        token: of the bot; part of each URL, so no URL may be shown.
    """

    base: str
    token: str = field(repr=False)

    async def call(self, method: str, **arguments: object) -> Any:
        """One call; gives its result.

        Raises:
            BotApiError: it refused.
            aiohttp.ClientError: it could not be reached.
            TimeoutError: it did not answer.
        """
        url = f"{self.base.rstrip('/')}/bot{self.token}/{method}"
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT) as session,
                session.post(url, json=arguments) as response,
            ):
                answer = await response.json(content_type=None)
        except aiohttp.InvalidURL:
            raise BotApiError("the address of the Bot API is no URL") from None  # the error's own text has the token
        if not isinstance(answer, dict) or not answer.get("ok"):
            answer = answer if isinstance(answer, dict) else {"description": "not an object"}
            code = answer.get("error_code", 0)
            raise BotApiError(
                f"{method}: {answer.get('description', 'no description')}", code if isinstance(code, int) else 0
            )
        return answer.get("result")

    async def ask(self, method: str, **arguments: object) -> Any:
        """One call, told to the operator when it fails; gives its result.

        Raises:
            StopError: it refused, or is down; without the token.
        """
        try:
            return await self.call(method, **arguments)
        except BotApiError as error:
            if error.code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND}:
                text = f"the Bot API at {self.base}: wrong bot token ({error}). Correct the file of LBC_BOT_TOKEN_FILE."
                raise StopError(text, Exit.DENIED) from None
            raise StopError(f"the Bot API at {self.base}: {error}") from None
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            why = "" if isinstance(error, TimeoutError) else str(error).replace(self.token, "<token>")
            why = why or f"no answer within {_SECONDS} s"
            raise StopError(
                f"the Bot API is down: tried {self.base} once: {why}. Its address comes from LBC_TELEGRAM_API_URL.",
                Exit.DOWN,
            ) from None
