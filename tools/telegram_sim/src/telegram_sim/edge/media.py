"""Media for the chat page. Players ask for ranges; without them they cannot seek."""

import re
from http import HTTPStatus

from starlette.responses import Response

from telegram_sim.core.media.files import StoredFile

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
MAX_DIGITS = 18

_SAFE = ("video/", "audio/", "image/")
_HEADERS = {
    "Accept-Ranges": "bytes",
    "Cache-Control": "no-cache",
    # A bot may send a web page or an SVG as a document: opened by itself it must not run as the chat page does.
    "Content-Security-Policy": "sandbox; default-src 'none'; media-src 'self'; img-src 'self'",
    "X-Content-Type-Options": "nosniff",
}


def media_response(found: tuple[StoredFile, bytes] | None, wanted: str | None) -> Response:
    """Return a medium or the range of it that the player wants, 404 once its bytes had to go.

    What is no video, audio or image is offered as a download and never shown in the page's origin.
    """
    if found is None:
        return Response("this medium is no longer kept", status_code=HTTPStatus.NOT_FOUND)
    file, content = found
    headers = dict(_HEADERS)
    if not file.content_type.lower().startswith(_SAFE):
        headers["Content-Disposition"] = "attachment"
    match = _RANGE.fullmatch(wanted or "")
    if match is None or match.groups() == ("", "") or any(len(part) > MAX_DIGITS for part in match.groups()):
        return Response(content, media_type=file.content_type, headers=headers)
    first, last = match.groups()
    start = int(first) if first else max(len(content) - int(last), 0)
    stop = min(int(last) + 1, len(content)) if first and last else len(content)
    if start >= stop:
        headers["Content-Range"] = f"bytes */{len(content)}"
        return Response(status_code=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(content)}"
    return Response(content[start:stop], HTTPStatus.PARTIAL_CONTENT, headers=headers, media_type=file.content_type)
