"""With an endpoint, spans arrive at the collector, and no token with them."""

from __future__ import annotations

import asyncio
import sys

from aiohttp import web

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"

_PROGRAM = """
import asyncio, sys, aiohttp
from lbc_runtime.telemetry import configure_tracing, follow_trace, inject_trace

base, token = sys.argv[1:]

async def work():
    with follow_trace({}, "process delivery.commands"):
        assert "traceparent" in inject_trace()
        async with aiohttp.ClientSession() as http, http.get(f"{base}/bot{token}/getMe") as response:
            await response.read()

flush = configure_tracing("delivery", base)
asyncio.run(work())
flush()
"""


async def test_spans_arrive_and_carry_no_token() -> None:
    exported: list[bytes] = []
    asked: list[str] = []

    async def collect(request: web.Request) -> web.Response:
        exported.append(await request.read())
        return web.Response(content_type="application/x-protobuf")

    async def get_me(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.json_response({"ok": True})

    app = web.Application()
    app.add_routes([web.post("/v1/traces", collect), web.get("/{bot}/getMe", get_me)])
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _PROGRAM, base, TOKEN, stderr=asyncio.subprocess.PIPE
        )
        _, errors = await asyncio.wait_for(process.communicate(), 30)
    finally:
        await runner.cleanup()
    assert process.returncode == 0, errors.decode()
    assert asked == [f"/bot{TOKEN}/getMe"]
    spans = b"".join(exported)
    assert b"process delivery.commands" in spans
    assert b"lbc-delivery" in spans
    assert b"getMe" in spans
    assert b"AAHdq" not in spans
