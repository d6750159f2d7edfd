"""The test kit's Polly on all addresses, for a pod; it remembers whose keys were used."""

import os

from aiohttp import web
from identities import PATH, Identities

from lbc_testkit.polly import Polly

PORT = 8085


def main() -> None:
    """Serve until SIGTERM; THROTTLING=off lifts the published rates."""
    state = Polly(f"http://0.0.0.0:{PORT}", throttling=os.environ.get("THROTTLING", "on") == "on")
    seen = Identities()

    async def speech(request: web.Request) -> web.StreamResponse:
        seen.note(request.method, request.headers.get("Authorization", ""), request.query_string)
        return await state.handle(request)

    async def identities(_request: web.Request) -> web.Response:
        return web.Response(body=seen.as_json(), content_type="application/json")

    app = web.Application()
    app.router.add_post("/v1/speech", speech)
    app.router.add_get(PATH, identities)
    web.run_app(app, port=PORT, print=None)


main()
