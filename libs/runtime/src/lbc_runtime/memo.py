"""Remembering what was looked up: bounded, for a while, and never looked up twice at once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import Generic, TypeVar

from lbc_runtime.clock import Clock

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Memo(Generic[K, V]):
    """Values by key; who asks for a key that is being looked up waits for that one look-up.

    A look-up goes on when the one who began it is cancelled, for the others that wait; it must end by itself, and its
    failure is told to all who wait and not remembered.

    Args:
        size: values kept; beyond it the one unused for longest goes.
        ttl: seconds that a value is kept, by the value (a negative answer may be worth less).
    """

    def __init__(self, clock: Clock, *, size: int, ttl: Callable[[V], float]) -> None:
        self._clock = clock
        self._size = size
        self._ttl = ttl
        self._kept: OrderedDict[K, tuple[float, V]] = OrderedDict()
        self._loading: dict[K, asyncio.Task[V]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    async def get(self, key: K, load: Callable[[], Awaitable[V]]) -> V:
        """The value of ``key``, from memory or by ``load``, whose errors come through."""
        kept = self._kept.get(key)
        if kept is not None and kept[0] > self._clock.monotonic():
            self._kept.move_to_end(key)
            return kept[1]
        task = self._loading.get(key)
        if task is None:
            task = asyncio.ensure_future(_run(load))
            self._loading[key] = task
            task.add_done_callback(partial(self._loaded, key))
        return await asyncio.shield(task)

    async def aclose(self) -> None:
        """Cancel the look-ups that nobody will wait for any more."""
        tasks = list(self._loading.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _loaded(self, key: K, task: asyncio.Task[V]) -> None:
        del self._loading[key]
        if task.cancelled() or task.exception() is not None:
            return
        value = task.result()
        self._kept[key] = (self._clock.monotonic() + self._ttl(value), value)
        self._kept.move_to_end(key)
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)


async def _run(load: Callable[[], Awaitable[V]]) -> V:
    return await load()
