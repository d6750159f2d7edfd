"""How fast conflicts are answered (server, Client.cpp). Times are seconds."""

import math
from dataclasses import dataclass

DELAY = 3.0
"""fail_query_conflict: the first 409 comes at once, and those within so many seconds are made to wait as long."""


@dataclass
class Conflicts:
    """Slows down whoever goes on and on."""

    _next_at: float = -math.inf

    def wait(self, now: float) -> float:
        """Return for how long the answer to a conflict is held back."""
        if now < self._next_at:
            return DELAY
        self._next_at = now + DELAY
        return 0.0
