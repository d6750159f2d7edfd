"""Faults and switches: what goes wrong from now on."""

import difflib
from collections.abc import Collection

from starlette.requests import Request
from starlette.responses import Response

from telegram_sim.core.faults.plan import FAULT_KINDS, FaultError, as_data, parsed
from telegram_sim.core.types import Json
from telegram_sim.core.updates import kinds as updates
from telegram_sim.edge.answers import JsonAnswer
from telegram_sim.edge.control.asking import Table, bad, body_of, query_of
from telegram_sim.methods import METHODS
from telegram_sim.simulator import Simulator


class FaultRoutes:
    """Endpoints under /faults and /switches."""

    def __init__(self, simulator: Simulator) -> None:
        self._sim = simulator

    def table(self) -> Table:
        """Return methods, paths and endpoints."""
        return [
            ("GET", "/faults", self.faults),
            ("POST", "/faults", self.add_fault),
            ("DELETE", "/faults", self.clear_faults),
            ("GET", "/switches", self.switches),
            ("PATCH", "/switches", self.switch),
        ]

    async def faults(self, _request: Request) -> Response:
        """List the faults that are still to happen, and the kinds that there are."""
        return JsonAnswer({"faults": self._shown(), **as_data()})

    async def add_fault(self, request: Request) -> Response:
        """Let the next calls of a method go wrong."""
        body = await body_of(request)
        try:
            fault = parsed(body)
            _check_name("method", fault.method, METHODS, "is simulated")
            _check_name("update", fault.update, updates.UPDATE_KINDS, "is a kind of update")
            self._sim.add_fault(fault)
        except FaultError as cause:
            raise bad(str(cause)) from cause
        self._sim.note_faults()
        return JsonAnswer(fault.shown(), status_code=201)

    async def clear_faults(self, request: Request) -> Response:
        """Forget the faults of one `kind`, or all."""
        kind = query_of(request, "kind").get("kind", "")
        if kind and kind not in FAULT_KINDS:
            raise bad(f"kind: one of {', '.join(FAULT_KINDS)} is expected")
        self._sim.faults.clear(kind)
        self._sim.note_faults()
        return JsonAnswer({"faults": self._shown()})

    async def switches(self, _request: Request) -> Response:
        """Show the switches."""
        return JsonAnswer(self._switches())

    async def switch(self, request: Request) -> Response:
        """Turn switches; holding back ends with a release, not with the switch."""
        body = await body_of(request)
        try:
            self._sim.switches.change(body)
        except ValueError as cause:
            raise bad(str(cause)) from cause
        self._sim.record.add("switches", **self._switches())
        return JsonAnswer(self._switches())

    def _shown(self) -> list[Json]:
        return [fault.shown() for fault in self._sim.faults.all()]

    def _switches(self) -> Json:
        return self._sim.switches.shown()


def _check_name(field: str, name: str, known: Collection[str], words: str) -> None:
    """Refuse a fault that nothing could meet: a test with it would show nothing."""
    if name == "*" or name.lower() in known:
        return
    close = difflib.get_close_matches(name.lower(), known, 3)
    raise bad(f"{field}: no {name!r} {words}" + (f"; did you mean {' or '.join(close)}?" if close else ""))
