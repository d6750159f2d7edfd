"""The few methods of the Bot API that setting up needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import aiohttp

ALLOWED_UPDATES = ("message", "callback_query", "my_chat_member")
"""Without it, Telegram would keep the list from the time before."""

_TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)


class BotApiError(Exception):
    """The Bot API refused; the message is its description, without the token."""


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
            description = answer.get("description", "no description") if isinstance(answer, dict) else "not an object"
            raise BotApiError(f"{method}: {description}")
        return answer.get("result")
