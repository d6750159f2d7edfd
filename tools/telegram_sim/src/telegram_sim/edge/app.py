"""All routes of the simulator."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from telegram_sim.core.types import Json
from telegram_sim.edge.answers import JsonAnswer
from telegram_sim.edge.bot_api import BotApi
from telegram_sim.edge.control import Control
from telegram_sim.edge.media import media_response
from telegram_sim.simulator import Simulator

PAGE = Path(__file__).parent.parent / "page"


def build_app(simulator: Simulator) -> Starlette:
    """Return the application for one simulator."""
    api = BotApi(simulator)

    async def media(request: Request) -> Response:
        return media_response(simulator.files.content(request.path_params["file_id"]), request.headers.get("range"))

    async def page(_request: Request) -> Response:
        return FileResponse(PAGE / "index.html", headers={"Cache-Control": "no-cache"})

    async def health(_request: Request) -> Response:
        return JsonAnswer({"ok": True})

    routes = [
        Route("/bot{token}/{method}", api.endpoint, methods=["GET", "POST"]),
        Route("/file/{file_id}", media, methods=["GET"]),
        Route("/health", health, methods=["GET"]),
        Mount("/sim", routes=Control(simulator).routes()),
        Route("/", page, methods=["GET"]),
        Mount("/page", StaticFiles(directory=PAGE)),
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: _http_error})


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = error.detail if isinstance(error, HTTPException) else "Internal Server Error"
    body: Json = {"ok": False, "error_code": status, "description": detail}
    return JsonAnswer({"error": detail} if request.url.path.startswith("/sim/") else body, status_code=status)
