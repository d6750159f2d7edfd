"""Waiting for what is not there yet, in bounded time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

_PAUSE = 1.0


class NotThereError(Exception):
    """It did not answer in time; the message says what, and what the last try met."""


async def until_it_answers(
    ask: Callable[[], Awaitable[T]], *, what: str, seconds: float, absent: tuple[type[Exception], ...]
) -> T:
    """Ask again and again, since a pod can be faster than its policies and its broker.

    Args:
        ask: one try, with a time limit of its own.
        what: is asked, for the error.
        seconds: how long to try.
        absent: errors that mean "not yet"; all others are raised at once.

    Raises:
        NotThereError: time is up.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while True:
        try:
            return await ask()
        except absent as error:
            if loop.time() + _PAUSE > end:
                raise NotThereError(f"{what} does not answer: {type(error).__name__}: {error}") from error
        await asyncio.sleep(_PAUSE)
