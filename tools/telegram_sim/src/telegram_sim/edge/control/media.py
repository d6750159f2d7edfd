"""Media that a person sends: the bot gets them as updates, and can download them."""

from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from telegram_sim.core.media.files import StoredFile
from telegram_sim.core.media.images import image_size
from telegram_sim.core.media.kinds import MAX_UPLOAD, MEDIA_KINDS, Kind, media_type
from telegram_sim.core.types import Json
from telegram_sim.edge.answers import JsonAnswer
from telegram_sim.edge.control.asking import ControlError, Table, bad, number_of, person_of, query_of
from telegram_sim.edge.requests import bounded_body
from telegram_sim.simulator import Simulator

_FORMS = {"", "text/plain", "multipart/form-data", "application/x-www-form-urlencoded"}
"""What a foreign page may post without being asked."""


class MediaRoutes:
    """The endpoint /people/{id}/media/{kind}."""

    def __init__(self, simulator: Simulator) -> None:
        self._sim = simulator

    def table(self) -> Table:
        """Return methods, paths and endpoints."""
        return [("POST", "/people/{person:int}/media/{kind}", self.send)]

    async def send(self, request: Request) -> Response:
        """Send the body as a medium; name, caption, duration, width and height are in the query."""
        person = person_of(self._sim, request)
        kind = MEDIA_KINDS.get(request.path_params["kind"])
        if kind is None:
            raise ControlError(HTTPStatus.NOT_FOUND, f"there are {', '.join(MEDIA_KINDS)}")
        content_type = request.headers.get("content-type", "")
        if media_type(content_type) in _FORMS:
            words = "the medium itself is expected, with its MIME type, such as image/png"
            raise ControlError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, words)
        content = await bounded_body(request, MAX_UPLOAD)
        if content is None:
            raise ControlError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {MAX_UPLOAD} bytes are expected")
        if not content:
            raise bad("an empty medium cannot be sent")
        query = query_of(request, "name", "caption", "duration", "width", "height")
        shape = _shape(request, kind, content)
        file = self._sim.files.add(kind.name, content, media_type(content_type), query.get("name", ""), shape)
        return JsonAnswer({"message": self._sim.say(person, _content(file, query.get("caption", "")))})


def _content(file: StoredFile, caption: str) -> Json:
    shown: Any = file.shown()
    return {file.kind: shown, **({"caption": caption} if caption else {})}


def _shape(request: Request, kind: Kind, content: bytes) -> Json:
    if kind.name != "photo":
        return {name: int(number_of(request, name, 0)) for name in kind.numbers}
    size = image_size(content)
    if size is None:
        raise bad("a photo is a JPEG, PNG, GIF, WebP or BMP")
    return {"width": size[0], "height": size[1]}
