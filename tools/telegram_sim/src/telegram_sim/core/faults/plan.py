"""Faults on demand: what can go wrong, as data, and which of the next calls or updates meets it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from telegram_sim.core.errors import ApiError, blocked, too_many_requests
from telegram_sim.core.faults.kinds import (
    CALL,
    FAULT_KINDS,
    FIELDS,
    PORT,
    SWITCHES,
    UPDATE,
    WEBHOOK,
    FaultError,
    FaultKind,
)
from telegram_sim.core.types import Json

MAX_FAULTS = 200
"""Faults that wait to happen."""

Dice = Callable[[], float]
"""Draws a number from 0 up to 1: `random.Random.random`."""


def _always() -> float:
    return 0.0


@dataclass
class Fault:
    """The next `times` calls, or updates, that fit the filters and the `probability`; `times` 0: until cleared."""

    kind: str
    method: str = "*"
    update: str = "*"
    chat_id: int | None = None
    times: int = 1
    probability: float = 1.0
    retry_after: int = 1
    seconds: float = 1.0
    dice: Dice = field(default=_always, repr=False, compare=False)

    @property
    def definition(self) -> FaultKind:
        """What this kind of fault is."""
        return FAULT_KINDS[self.kind]

    def error(self) -> ApiError | None:
        """Return the refusal, None if the fault is of another kind."""
        code = self.definition.code
        if code == 0:
            return None
        known = {429: too_many_requests(self.retry_after), 403: blocked(), 502: ApiError(502, "Bad Gateway")}
        return known.get(code) or ApiError(500, "Internal Server Error")

    def shown(self) -> Json:
        """Return the fault as the control API shows it: only what this kind has."""
        return {"kind": self.kind, **{name: getattr(self, name) for name in self.definition.fields}}


def parsed(body: Json) -> Fault:
    """Return the fault that a request asks for.

    Raises:
        FaultError: an unknown kind or field, or a value out of its range.
    """
    kind = FAULT_KINDS.get(str(body.get("kind")))
    if kind is None:
        raise FaultError(f'"kind": one of {", ".join(FAULT_KINDS)} is expected')
    given = {name: value for name, value in body.items() if name != "kind" and value is not None}
    for name in given:
        if name not in FIELDS:
            raise FaultError(f"unknown field: {name}; there are {', '.join(FIELDS)}")
        if name not in kind.fields:
            raise FaultError(f"{kind.name} has no {name}, only {', '.join(kind.fields)}")
    return Fault(kind.name, **{name: FIELDS[name].checked(value) for name, value in given.items()})


class FaultPlan:
    """Faults in the order in which they were asked for; a call meets at most one, an update one of each kind.

    `dice` gives those of the first fault, of the second, and so on: each has its own, so that what one of them meets
    does not change the luck of the others, in whatever order calls, updates and answers come. `used` is called when
    one was met.
    """

    def __init__(self, dice: Callable[[int], Dice], used: Callable[[], None] = lambda: None) -> None:
        self._dice = dice
        self._used = used
        self._asked_for = 0
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Append a fault.

        Raises:
            FaultError: too many wait to happen.
        """
        if len(self._faults) >= MAX_FAULTS:
            raise FaultError(f"{MAX_FAULTS} faults wait to happen already; clear some first, or ask for more `times`")
        self._asked_for += 1
        fault.dice = self._dice(self._asked_for)
        self._faults.append(fault)

    def clear(self, kind: str = "") -> None:
        """Forget the faults of one kind, or all."""
        self._faults = [fault for fault in self._faults if kind and fault.kind != kind]

    def all(self) -> list[Fault]:
        """Return what is still to happen."""
        return list(self._faults)

    def next_for(self, method: str, chat_id: int) -> Fault | None:
        """Return the fault that this call meets, and count it as used."""
        return self._met(
            fault
            for fault in self._faults
            if fault.definition.target == CALL and fault.method.lower() in {"*", method.lower()}
            if fault.chat_id in {None, chat_id}
        )

    def next_for_update(self, kind: str, chat_id: int | None, *names: str) -> Fault | None:
        """Return the fault of one of these names that this update meets, and count it as used."""
        return self._met(
            fault
            for fault in self._faults
            if fault.definition.target == UPDATE and fault.kind in names
            if fault.update in {"*", kind} and fault.chat_id in {None, chat_id}
        )

    def next_check(self) -> Fault | None:
        """Return the fault that this setWebhook meets, and count it as used."""
        return self._met(fault for fault in self._faults if fault.definition.target == WEBHOOK)

    def _met(self, fitting: Iterable[Fault]) -> Fault | None:
        met = next((fault for fault in fitting if fault.dice() < fault.probability), None)
        if met is None:
            return None
        if met.times > 0:
            met.times -= 1
            if met.times == 0:
                self._faults.remove(met)
        self._used()
        return met


def as_data() -> Json:
    """Return all kinds, their fields, and the switches, for a page to draw."""
    return {
        "kinds": [_data(kind) for kind in FAULT_KINDS.values()],
        "fields": [_data(one) for one in FIELDS.values()],
        "switches": [_data(switch) for switch in SWITCHES],
    }


def _data(definition: Any) -> Json:
    return {one.name: getattr(definition, one.name) for one in fields(definition)}


__all__ = ["FAULT_KINDS", "PORT", "Dice", "Fault", "FaultError", "FaultPlan", "as_data", "parsed"]
