"""The few methods of the Bot API that an operator needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import aiohttp

from lbcctl.exits import Exit, StopError
from lbcctl.waiting import NotThereError, until_it_answers

ALLOWED_UPDATES = ("message", "callback_query", "my_chat_member")
"""Without it, Telegram would keep the list from the time before."""

_SECONDS = 15
_TIMEOUT = aiohttp.ClientTimeout(total=_SECONDS)
_ABSENT = (aiohttp.ClientError, TimeoutError, ValueError)


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
        base_from: what the address comes from, for who must correct it.
        token_from: the same of the token.
    """

    base: str
    token: str = field(repr=False)
    base_from: str = "LBC_TELEGRAM_API_URL"
    token_from: str = "LBC_BOT_TOKEN_FILE"  # noqa: S105 - a variable's name

    async def call(self, method: str, **arguments: object) -> Any:
        """One call; gives its result.

        Raises:
            BotApiError: it refused.
            aiohttp.ClientError: it could not be reached.
            TimeoutError: it did not answer.
            ValueError: it answered no JSON, as a proxy does before an API that is down.
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
        return await self.ask_for(0, method, **arguments)

    async def ask_for(self, seconds: float, method: str, **arguments: object) -> Any:
        """The same, asked again and again for so long while it is down; 0 means once."""
        try:
            return await until_it_answers(
                lambda: self.call(method, **arguments), what=self.base, seconds=seconds, absent=_ABSENT
            )
        except BotApiError as error:
            raise self._refused(error) from None
        except NotThereError as error:
            met = error.met
            why = "" if isinstance(met, TimeoutError) else str(met).replace(self.token, "<token>")
            if isinstance(met, ValueError):
                why = "its answer is no JSON"
            why = why or f"no answer within {_SECONDS} s"
            tried = f"{self.base} for {seconds:g} s" if seconds else f"{self.base} once"
            raise StopError(
                f"the Bot API is down: tried {tried}: {why}. Its address comes from {self.base_from}.", Exit.DOWN
            ) from None

    def _refused(self, error: BotApiError) -> StopError:
        if error.code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND}:
            text = f"the Bot API at {self.base}: wrong bot token ({error}). Correct the file of {self.token_from}."
            return StopError(text, Exit.DENIED)
        if error.code == HTTPStatus.TOO_MANY_REQUESTS or error.code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return StopError(f"the Bot API at {self.base}: {error}. Try again in a moment.", Exit.DOWN)
        return StopError(f"the Bot API at {self.base}: {error}")
