"""Waiting for a condition, never for a time."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

INTERVAL = 0.05

Found = TypeVar("Found")


def until(look: Callable[[], Found | None], *, what: str, timeout: float = 30.0, interval: float = INTERVAL) -> Found:
    """Poll until ``look`` gives something true, and return that. This blocks: it is for threads without a loop.

    Raises:
        TimeoutError: naming ``what`` was awaited.
    """
    deadline = time.monotonic() + timeout
    while True:
        if found := look():
            return found
        if time.monotonic() >= deadline:
            raise TimeoutError(f"{what}: not within {timeout:g} s")
        time.sleep(interval)


async def wait_until(
    condition: Callable[[], Awaitable[object]] | Callable[[], object],
    *,
    what: str,
    timeout: float = 30.0,  # noqa: ASYNC109 - the name a reader expects; the deadline is checked between polls
    interval: float = INTERVAL,
) -> None:
    """Poll until ``condition`` gives something true.

    The condition may be a coroutine function. Each poll is bounded by what is left of ``timeout``.

    Raises:
        TimeoutError: naming ``what`` was awaited.
    """
    deadline = time.monotonic() + timeout
    while True:
        outcome = condition()
        if inspect.isawaitable(outcome):
            try:
                outcome = await asyncio.wait_for(outcome, max(deadline - time.monotonic(), interval))
            except TimeoutError:
                outcome = False
        if outcome:
            return
        if time.monotonic() >= deadline:
            raise TimeoutError(f"{what}: not within {timeout:g} s")
        await asyncio.sleep(interval)
