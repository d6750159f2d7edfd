"""Outages by HTTP, for whoever is not in our process: a demo, a script, a person with curl."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiohttp import web

from lbc_testkit.http import serving
from lbc_testkit.ports import free_port
from lbc_testkit.proxy import Fault, Proxy


@asynccontextmanager
async def proxy_control(proxies: Mapping[str, Proxy], *, port: int | None = None) -> AsyncIterator[str]:
    """Serve, and give the address of:

    - ``GET /proxies``: what each of them does now;
    - ``PUT /proxies/<name>`` with ``{"fault": "refuse"}``: treat connections so from now on;
    - ``POST /proxies/<name>/cut``: drop its connections.
    """  # noqa: D415 - a list is the clearest way to say it
    app = web.Application()

    async def show(_: web.Request) -> web.Response:
        return web.json_response({name: proxy.fault for name, proxy in proxies.items()})

    async def put(request: web.Request) -> web.Response:
        wanted = await request.json()
        if not isinstance(wanted, dict) or wanted.get("fault") not in set(Fault):
            return web.json_response({"error": f"fault is one of {', '.join(Fault)}"}, status=400)
        await _named(request).set(Fault(wanted["fault"]))
        return web.json_response(wanted)

    async def cut(request: web.Request) -> web.Response:
        return web.json_response({"cut": await _named(request).cut()})

    def _named(request: web.Request) -> Proxy:
        name = request.match_info["name"]
        if name not in proxies:
            raise web.HTTPNotFound(text=f"no proxy {name}")
        return proxies[name]

    app.router.add_get("/proxies", show)
    app.router.add_put("/proxies/{name}", put)
    app.router.add_post("/proxies/{name}/cut", cut)
    async with serving(app, port or free_port()) as address:
        yield address
