"""The test kit's Polly on all addresses, for a pod."""

import os

from aiohttp import web

from lbc_testkit.polly import Polly

PORT = 8085


def main() -> None:
    """Serve until SIGTERM; THROTTLING=off lifts the published rates."""
    state = Polly(f"http://0.0.0.0:{PORT}", throttling=os.environ.get("THROTTLING", "on") == "on")
    app = web.Application()
    app.router.add_post("/v1/speech", state.handle)
    web.run_app(app, port=PORT, print=None)


main()
