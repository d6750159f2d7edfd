"""Downloading what getFile named: `/file/bot<token>/<file_path>` (docs, getFile)."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from telegram_sim.core.errors import ApiError
from telegram_sim.edge.answers import JsonAnswer
from telegram_sim.edge.media import media_response
from telegram_sim.edge.token import BotToken
from telegram_sim.simulator import Simulator

BINARY = "application/octet-stream"


def download_endpoint(simulator: Simulator) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint. That a file is served as plain bytes, and the words of its 404, are assumed."""
    token = BotToken(simulator.settings)

    async def download(request: Request) -> Response:
        path = request.path_params["path"]
        try:
            token.check(request.path_params["token"])
        except ApiError as refusal:
            return _refused(simulator, path, refusal)
        found = simulator.files.download(path)
        if found is None:
            return _refused(simulator, path, ApiError(404, "Not Found"))
        simulator.record.add("download", path=path, status=int(HTTPStatus.OK))
        file, content = found
        return media_response((replace(file, content_type=BINARY), content), request.headers.get("range"))

    return download


def _refused(simulator: Simulator, path: str, refusal: ApiError) -> Response:
    simulator.record.add("download", path=path, status=refusal.code)
    return JsonAnswer(refusal.body(), status_code=refusal.code)
