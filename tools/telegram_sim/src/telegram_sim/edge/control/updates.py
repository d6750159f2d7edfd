"""Updates: any object as one, and what is held back."""

import itertools
import json

from starlette.requests import Request
from starlette.responses import Response

from telegram_sim.edge.answers import JsonAnswer
from telegram_sim.edge.control.asking import Table, bad, fields_of, flag_of
from telegram_sim.simulator import Simulator

MAX_SHOWN = 200
"""Updates held back that are listed; all can be released."""


class UpdateRoutes:
    """Endpoints under /updates."""

    def __init__(self, simulator: Simulator) -> None:
        self._sim = simulator

    def table(self) -> Table:
        """Return methods, paths and endpoints."""
        return [
            ("GET", "/updates/held", self.held),
            ("POST", "/updates", self.update),
            ("POST", "/updates/release", self.release),
        ]

    async def update(self, request: Request) -> Response:
        """Queue any object as an update."""
        body = await fields_of(request, "update", "number")
        update = body.get("update")
        if not isinstance(update, dict):
            raise bad('"update": an object is expected')
        return JsonAnswer({"update_id": self._sim.inbox.post_raw(update, number=flag_of(body, "number", default=True))})

    async def held(self, _request: Request) -> Response:
        """List what is held back, oldest first; updates with the same `queue` cannot overtake each other."""
        shown = [
            {
                "update_id": update.update_id,
                "kind": update.kind,
                "queue": str(update.queue),
                "update": json.loads(update.body.decode("utf-8", "surrogatepass")),
            }
            for update in itertools.islice(self._sim.inbox.held, MAX_SHOWN)
        ]
        return JsonAnswer({"held": shown, "count": len(self._sim.inbox.held)})

    async def release(self, request: Request) -> Response:
        """Deliver updates that are held back, one after another."""
        body = await fields_of(request, "order", "shuffle")
        order = body.get("order")
        if order is not None and not (isinstance(order, list) and all(type(item) is int for item in order)):
            raise bad('"order": a list of update ids is expected')
        released = self._sim.inbox.release(order, shuffle=flag_of(body, "shuffle", default=False))
        return JsonAnswer({"released": released})
