"""Sending rests while the operator wants it to; accepting goes on."""

from __future__ import annotations

import logging

from lbc_delivery.app.ports import PAUSED, PauseSwitch
from lbc_runtime.clock import Clock
from lbc_runtime.errors import DependencyDown

log = logging.getLogger(__name__)


class Pause:
    """Knows what the operator's row said a moment ago; before it was first read, nothing is sent.

    Args:
        switch: the row.
        clock: paces the reading.
        interval: seconds between two readings.
    """

    def __init__(self, switch: PauseSwitch, clock: Clock, interval: float) -> None:
        self._switch = switch
        self._clock = clock
        self._interval = interval
        self._paused: bool | None = None

    def check(self) -> None:
        """Return if sending may go on.

        Raises:
            DependencyDown: it shall rest, so that the worker stops consuming and keeps what it has.
        """
        if self._paused is None:
            raise DependencyDown(PAUSED, "whether to pause is not known yet")
        if self._paused:
            raise DependencyDown(PAUSED, "by the operator")

    async def probe(self) -> None:
        """Read the row now, then as :meth:`check`."""
        await self._read()
        self.check()

    async def watch(self) -> None:
        """Read the row again and again, until cancelled."""
        while True:
            try:
                await self._read()
            except DependencyDown as error:
                log.warning("whether to pause cannot be read", extra={"cause": str(error)})
            except Exception:
                # A bug of ours, of the driver or of who wrote the row: said aloud, but it must not end all sending.
                log.exception("whether to pause cannot be understood")
            await self._clock.sleep(self._interval)

    async def _read(self) -> None:
        paused = await self._switch.paused()
        if paused != bool(self._paused):
            log.warning("sending is paused" if paused else "sending goes on")
        self._paused = paused
