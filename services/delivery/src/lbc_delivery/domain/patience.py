"""How often, and how long, a command is sent again whose fate is unknown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

DELAYS: Final = (2.0, 10.0, 60.0, 300.0)
"""Seconds before the second send, the third and so on; the last one stands for all that follow."""


@dataclass(frozen=True, slots=True)
class Patience:
    """The end of all sending again, whichever comes first.

    Attributes:
        sends: of unknown fate that one command may have while Telegram answers: a person has it no more often.
        age: of a command, beyond which it is tried no more.
    """

    sends: int
    age: timedelta

    def outlived(self, age: timedelta) -> bool:
        """Whether a command is too old to be sent again at all."""
        return age >= self.age

    def delay(self, sends: int) -> float | None:
        """Seconds until the next send, after so many of unknown fate; None if there shall be no next."""
        if sends >= self.sends:
            return None
        return DELAYS[min(sends, len(DELAYS)) - 1]
