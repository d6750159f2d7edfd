"""How often one person may knock: a token bucket each, as one number a person (GCRA)."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FloodLimit:
    """What one person may send.

    Attributes:
        per_second: updates a second in the long run; 0 lets everything through.
        burst: updates at once.
        people: how many persons are remembered; beyond it whoever was quiet longest is forgotten.
    """

    per_second: float
    burst: int
    people: int


class FloodGate:
    """Remembers for each person when their bucket is full again; bounded, and forgetting only ever lets more in."""

    def __init__(self, limit: FloodLimit) -> None:
        self._people = limit.people
        self._interval = 1 / limit.per_second if limit.per_second else 0.0
        self._slack = self._interval * (limit.burst - 1)
        self._full_at: OrderedDict[int, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at)

    def knock(self, person: int | None, now: float) -> float:
        """Let ``person`` in, or say how long they must wait.

        Args:
            person: None is always let in: nobody to hold it against.
            now: seconds on a monotonic clock.

        Returns:
            0 when let in, else the seconds until the next update will be.
        """
        if person is None or not self._interval:
            return 0.0
        full_at = max(now, self._full_at.get(person, now))
        wait = full_at - self._slack - now
        if wait > 0:
            return wait
        self._full_at[person] = full_at + self._interval
        self._full_at.move_to_end(person)
        if len(self._full_at) > self._people:
            self._full_at.popitem(last=False)
        return 0.0
