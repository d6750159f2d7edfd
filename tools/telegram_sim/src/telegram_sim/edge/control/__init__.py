"""The control API at /sim: what tests and the chat page do to the simulated world."""

from starlette.routing import Route

from telegram_sim.edge.control.asking import Table, guarded
from telegram_sim.edge.control.faults import FaultRoutes
from telegram_sim.edge.control.media import MediaRoutes
from telegram_sim.edge.control.people import PeopleRoutes
from telegram_sim.edge.control.record import RecordRoutes
from telegram_sim.edge.control.updates import UpdateRoutes
from telegram_sim.edge.control.world import WorldRoutes
from telegram_sim.simulator import Simulator


def control_routes(simulator: Simulator) -> list[Route]:
    """Return the routes to be mounted at /sim; every answer is a JSON object, an error {"error": "..."}."""
    table: Table = [
        *PeopleRoutes(simulator).table(),
        *MediaRoutes(simulator).table(),
        *UpdateRoutes(simulator).table(),
        *FaultRoutes(simulator).table(),
        *RecordRoutes(simulator).table(),
        *WorldRoutes(simulator).table(),
    ]
    return [Route(path, guarded(endpoint), methods=[method]) for method, path, endpoint in table]
