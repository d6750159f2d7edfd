"""Holds the work back while a dependency is down, and finds out when it is back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum, auto

from lbc_contracts.topology import Service
from lbc_runtime.backoff import Backoff
from lbc_runtime.cancellation import only_our_own
from lbc_runtime.clock import Clock
from lbc_runtime.errors import DependencyDown
from lbc_runtime.intake import Intake
from lbc_runtime.masking import mask
from lbc_runtime.metrics import Catalogue
from lbc_runtime.settings import BrokerSettings

log = logging.getLogger(__name__)

Probe = Callable[[], Awaitable[None]]
"""Returns when the dependency answers, and raises otherwise."""

_PROBE_SECONDS = 5
_REASON = "dependency"


class Held(Enum):
    """Why a wait at the gate ended."""

    OPEN = auto()
    TOO_LONG = auto()
    GONE = auto()
    STOPPING = auto()


class Gate:
    """Open while all dependencies answer, as far as is known.

    Args:
        settings: times.
        service: for the metrics.
        probes: by dependency; one without a probe is tried again after the wait alone.
        intake: closed while the gate is.
        clock: paces the probing.
        metrics: tell which dependency is down.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        service: Service,
        probes: Mapping[str, Probe],
        intake: Intake,
        *,
        clock: Clock,
        metrics: Catalogue,
    ) -> None:
        self._service = service
        self._probes = probes
        self._intake = intake
        self._clock = clock
        self._up = metrics.gauge("lbc_dependency_up")
        for dependency in probes:
            self._up.labels(dependency).set(1)
        self._paused = metrics.gauge("lbc_paused")
        self._backoff = Backoff(settings.probe_backoff_min, settings.probe_backoff_max)
        self._down: set[str] = set()
        self._holding = 0
        self._opened = asyncio.Event()
        self._opened.set()
        self._closed = asyncio.Event()
        self._stopping = asyncio.Event()

    @property
    def is_open(self) -> bool:
        """Whether work may go on."""
        return self._opened.is_set()

    def close(self, error: DependencyDown) -> None:
        """Hold everything until ``error.dependency`` answers."""
        if error.dependency not in self._down:
            detail = mask(error.detail)
            log.warning("paused: a dependency is down", extra={"dependency": error.dependency, "detail": detail})
        self._down.add(error.dependency)
        self._up.labels(error.dependency).set(0)
        self._paused.labels(self._service, error.dependency).set(1)
        self._intake.close(_REASON)
        self._opened.clear()
        self._closed.set()

    def worked(self) -> None:
        """A message went through: new ones are welcome, and the next wait may be short again."""
        if self.is_open:
            self._backoff.reset()
            self._intake.reopen(_REASON)

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Belong to those that were held, until the ack: new messages come only when one of them went through."""
        self._holding += 1
        try:
            yield
        finally:
            self._holding -= 1
            self._reopen_if_idle()

    def _reopen_if_idle(self) -> None:
        if self.is_open and not self._holding:
            self._intake.reopen(_REASON)

    def stop(self) -> None:
        """Nobody shall wait any longer."""
        self._stopping.set()

    async def wait(self, *, seconds: float, gone: asyncio.Event) -> Held:
        """Wait until work may go on.

        Args:
            seconds: how long at most.
            gone: set when the message can no longer be acked, so that waiting is pointless.
        """
        if not self._stopping.is_set() and not gone.is_set() and not self.is_open:
            await self._first_of((self._opened, gone, self._stopping), seconds)
        if gone.is_set():
            return Held.GONE
        if self.is_open:
            return Held.OPEN
        return Held.STOPPING if self._stopping.is_set() else Held.TOO_LONG

    async def _first_of(self, events: tuple[asyncio.Event, ...], seconds: float) -> None:
        waits: set[asyncio.Future[object]] = {asyncio.ensure_future(event.wait()) for event in events}
        waits.add(asyncio.ensure_future(self._clock.sleep(max(0.0, seconds))))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def run(self) -> None:
        """Probe what is down, and open when everything answers; runs until cancelled."""
        while True:
            await self._closed.wait()
            await self._clock.sleep(self._backoff.next())
            for dependency in sorted(self._down):
                if await self._answers(dependency):
                    self._recover(dependency)
            if not self._down:
                self._closed.clear()
                self._opened.set()
                self._reopen_if_idle()

    async def _answers(self, dependency: str) -> bool:
        probe = self._probes.get(dependency)
        if probe is None:
            return True
        try:
            with only_our_own():
                async with asyncio.timeout(_PROBE_SECONDS):
                    await probe()
        except Exception as error:  # noqa: BLE001 - a probe says no by raising whatever its driver raises
            log.info("still down", extra={"dependency": dependency, "cause": mask(repr(error))})
            return False
        return True

    def _recover(self, dependency: str) -> None:
        log.info("a dependency answers again", extra={"dependency": dependency})
        self._down.discard(dependency)
        self._up.labels(dependency).set(1)
        self._paused.labels(self._service, dependency).set(0)
