"""How many requests to the webhook may be under way (server, WebhookActor.cpp, create_new_connections).

A connection carries one request at a time, is kept for the next one, and is closed after a minute of rest. How fast
new ones are opened depends on whether the receiver has accepted anything of late: a receiver that fails is not hit by
many at once. Times are seconds that only grow.
"""

import math

from telegram_sim.core.flood import Flood

ACTIVE = 10.0
"""Seconds after an accepted update in which the receiver counts as well (last_success_time_ + 10)."""
IDLE = 60.0
"""Seconds of rest after which a connection is closed (create_connection, idle timeout)."""


class Connections:
    """The connections to one webhook; `most` is its max_connections."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._busy = 0
        self._idle_since: list[float] = []
        self._last_success = -math.inf
        self._after_success = Flood(0.5, 10)
        self._otherwise = Flood(2.0, 1)

    @property
    def busy(self) -> int:
        """How many requests are under way."""
        return self._busy

    def take(self, now: float, wanted: int) -> bool:
        """Take a connection that rests, or open one if that is allowed now; `wanted`: how many queues have updates.

        Returns:
            Whether there is one; give it back with `give_back`.
        """
        self._close_idle(now)
        if self._idle_since:
            self._idle_since.pop()
        elif self._may_open(now, wanted):
            self._flood(now).add(now)
        else:
            return False
        self._busy += 1
        return True

    def next_at(self, now: float, wanted: int) -> float | None:
        """Return when `take` can succeed without anything being given back; None if only that helps."""
        self._close_idle(now)
        if self._idle_since:
            return now
        if self._busy >= self._allowed(now, wanted):
            return None
        return self._flood(now).next_at(now)

    def give_back(self, now: float, *, kept: bool, accepted: bool) -> None:
        """Say how a request ended: `kept` if the connection is still open, `accepted` for a 2xx."""
        self._busy -= 1
        if accepted:
            self._last_success = now
        if kept:
            self._idle_since.append(now)

    def _allowed(self, now: float, wanted: int) -> int:
        return min(wanted, self._most) if self._well(now) else min(wanted, 1)

    def _may_open(self, now: float, wanted: int) -> bool:
        return self._busy < self._allowed(now, wanted) and self._flood(now).next_at(now) <= now

    def _well(self, now: float) -> bool:
        return self._last_success + ACTIVE >= now

    def _flood(self, now: float) -> Flood:
        return self._after_success if self._well(now) else self._otherwise

    def _close_idle(self, now: float) -> None:
        self._idle_since = [since for since in self._idle_since if since + IDLE > now]
