"""The chat page's own files. Nothing a bot sends may become markup or script there, and no other origin is asked."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent.parent / "page"

_RULES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "media-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}
POLICY = "; ".join(f"{directive} {sources}" for directive, sources in _RULES.items())
"""Even a mistake of the page cannot make a browser parse a bot's text: strings are refused where HTML is parsed."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-cache",  # after an update of the package the page must not mix old and new modules
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class _Files(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file with the page's headers."""
        response = await super().get_response(path, scope)
        response.headers.update(HEADERS)
        return response


def page_routes() -> list[BaseRoute]:
    """Return the page at / and what it consists of at /page."""
    return [Route("/", _index, methods=["GET"]), Mount("/page", _Files(directory=FOLDER))]


async def _index(_request: Request) -> Response:
    return FileResponse(FOLDER / "index.html", headers=HEADERS)
