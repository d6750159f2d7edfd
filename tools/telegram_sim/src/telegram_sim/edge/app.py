"""All routes of the simulator."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from telegram_sim.core.types import Json
from telegram_sim.edge.answers import JsonAnswer
from telegram_sim.edge.bot_api import BotApi
from telegram_sim.edge.control import control_routes
from telegram_sim.edge.download import download_endpoint
from telegram_sim.edge.media import media_response
from telegram_sim.edge.page import page_routes
from telegram_sim.simulator import Simulator


def build_app(simulator: Simulator) -> Starlette:
    """Return the application for one simulator."""
    api = BotApi(simulator)

    async def media(request: Request) -> Response:
        return media_response(simulator.files.content(request.path_params["file_id"]), request.headers.get("range"))

    async def health(_request: Request) -> Response:
        return JsonAnswer({"ok": True})

    routes = [
        Route("/bot{token}/{method:path}", api.endpoint, methods=["GET", "POST"]),
        Route("/file/bot{token}/{path:path}", download_endpoint(simulator), methods=["GET"]),
        Route("/file/{file_id}", media, methods=["GET"]),
        Route("/health", health, methods=["GET"]),
        Mount("/sim", routes=control_routes(simulator)),
        *page_routes(),
    ]
    handlers = {ClientDisconnect: _gone, HTTPException: _http_error, Exception: _http_error}
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.router.redirect_slashes = False  # /bot<token> is not found (server, HttpConnection.cpp), not somewhere else
    return app


async def _gone(_request: Request, _error: Exception) -> Response:
    """Answer who is no longer there: nobody gets it, and it is no bug of ours."""
    return Response()


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = error.detail if isinstance(error, HTTPException) else "Internal Server Error"
    body: Json = {"ok": False, "error_code": status, "description": detail}
    return JsonAnswer({"error": detail} if request.url.path.startswith("/sim/") else body, status_code=status)
