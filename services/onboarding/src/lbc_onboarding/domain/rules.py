"""With how much patience a step is waited for: as the brand pack says, else as the deployment is set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lbc_contracts.brand import Limits

LONGEST_WAIT: Final = 24 * 3600 * 1000
"""A wait grows to this (ms): with all that a pack may say, a step is given up while the rows that keep it from being
sent twice are still there."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Numbers that a deployment may choose, and a brand pack above it.

    Attributes:
        due_after: how long a step may take before it is asked for again (ms).
        due_growth: by what each further wait is multiplied.
        max_wakes: how often it is asked for again before it is given up.
    """

    due_after: int = 60_000
    due_growth: float = 2
    max_wakes: int = 5

    def wait(self, wakes: int) -> int:
        """How long to wait (ms) for a step that was asked for again ``wakes`` times."""
        return max(self.due_after, min(LONGEST_WAIT, round(self.due_after * self.due_growth**wakes)))


def rules_of(limits: Limits, deployment: Rules) -> Rules:
    """What counts: what the pack says, and the deployment's numbers for what it leaves out."""
    after, growth, times = limits.ask_again_after, limits.ask_again_growth, limits.ask_again_times
    return Rules(
        due_after=deployment.due_after if after is None else round(after * 1000),
        due_growth=deployment.due_growth if growth is None else growth,
        max_wakes=deployment.max_wakes if times is None else times,
    )
