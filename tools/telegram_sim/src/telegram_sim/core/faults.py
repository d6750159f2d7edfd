"""Faults on demand: which of the next calls goes wrong, and how."""

from dataclasses import dataclass
from typing import Literal, get_args

from telegram_sim.core.errors import ApiError, blocked, too_many_requests
from telegram_sim.core.types import Json

Kind = Literal["429", "403", "500", "drop_before", "drop_after", "delay"]
"""drop_before: the connection is cut and the call never happened. drop_after: it happened, and the connection is
cut without an answer. delay: it is answered, `seconds` (of real time) later."""

KINDS: tuple[str, ...] = get_args(Kind)
MAX_DELAY = 600.0


@dataclass
class Fault:
    """The next `times` calls of `method` ("*": of any), in one chat if `chat_id` is given."""

    kind: Kind
    method: str = "*"
    times: int = 1
    retry_after: int = 1
    seconds: float = 0.0
    chat_id: int | None = None

    def error(self) -> ApiError | None:
        """Return the refusal, None if the fault is of another kind."""
        if self.kind == "429":
            return too_many_requests(self.retry_after)
        if self.kind == "403":
            return blocked()
        if self.kind == "500":
            return ApiError(500, "Internal Server Error")
        return None

    def shown(self) -> Json:
        """Return the fault as the control API shows it."""
        return dict(vars(self))


class FaultPlan:
    """Faults in the order in which they were asked for; each call meets at most one."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Append a fault."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Forget all faults."""
        self._faults.clear()

    def all(self) -> list[Fault]:
        """Return what is still to happen."""
        return list(self._faults)

    def next_for(self, method: str, chat_id: int) -> Fault | None:
        """Return the fault that this call meets and count it as used."""
        for fault in self._faults:
            if fault.method in {"*", method} and fault.chat_id in {None, chat_id}:
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
                return fault
        return None
