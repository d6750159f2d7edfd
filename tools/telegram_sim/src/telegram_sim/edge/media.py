"""Media for the chat page. Players ask for ranges; without them they cannot seek."""

import re
from http import HTTPStatus

from starlette.responses import Response

from telegram_sim.core.files import StoredFile

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
MAX_DIGITS = 18


def media_response(found: tuple[StoredFile, bytes] | None, wanted: str | None) -> Response:
    """Return a medium or the range of it that the player wants, 404 once its bytes had to go."""
    if found is None:
        return Response("this medium is no longer kept", status_code=HTTPStatus.NOT_FOUND)
    file, content = found
    headers = {"Accept-Ranges": "bytes", "Cache-Control": "no-cache"}
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
