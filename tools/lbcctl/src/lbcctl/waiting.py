"""Waiting for what is not there yet, in bounded time."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_PAUSE = 1.0


class NotThereError(Exception):
    """It did not answer in time; the message says what, and what the last try met.

    Attributes:
        met: the last try.
        seconds: how long it was tried.
    """

    def __init__(self, what: str, met: Exception, seconds: float) -> None:
        super().__init__(f"{what} does not answer: {type(met).__name__}: {met}")
        self.met = met
        self.seconds = seconds


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
                raise NotThereError(what, error, seconds) from error
        await asyncio.sleep(_PAUSE)


async def until_sigterm(work: Coroutine[Any, Any, None]) -> None:
    """Do what has no end of its own, and end it well by SIGTERM, whatever it waits for.

    The first process of a container is ended by that signal only if it asks for it.
    """
    loop, task = asyncio.get_running_loop(), asyncio.create_task(work)
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        await asyncio.wait([task])
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
        task.cancel()
    if not task.cancelled():
        task.result()
