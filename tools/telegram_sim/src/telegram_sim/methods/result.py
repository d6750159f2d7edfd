"""What a method is, and what it gives back."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from telegram_sim.core.args import Args
from telegram_sim.core.types import Json
from telegram_sim.simulator import Simulator


@dataclass(frozen=True)
class Result:
    """A success; a few methods describe it."""

    value: Any = True
    description: str = ""

    def body(self) -> Json:
        """Return the answer as docs' "Making requests" shows it."""
        answer: Json = {"ok": True, "result": self.value}
        if self.description:
            answer["description"] = self.description
        return answer


Method = Callable[[Simulator, Args], Awaitable[Result]]
"""Carries out a call; raises ApiError when Telegram would refuse it."""
