"""Tells a cancellation that was asked of us from one that a driver threw."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def only_our_own() -> Iterator[None]:
    """Turn a CancelledError that nobody asked of this task into a ConnectionError.

    Drivers cancel whoever waits on what they close. Taken for a real cancellation, that would end a task that shall
    reconnect, in silence.

    Raises:
        ConnectionError: something that was waited for was closed.
    """
    try:
        yield
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise ConnectionError("closed while being waited for") from error
