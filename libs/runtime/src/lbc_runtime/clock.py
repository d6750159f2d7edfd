"""Time as an argument, so that tests own it."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where a component takes its time from."""

    def now(self) -> datetime:
        """The time of day, in UTC: for what others will read."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back: for measuring waits."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let others work for that long."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The machine's time, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some moment in the past."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Let others work for that long."""
        await asyncio.sleep(seconds)
