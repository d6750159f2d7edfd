"""Connections are cut in the same way whichever of uvicorn's protocols serves them."""

import asyncio
import socket

import aiohttp
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from telegram_sim.edge.cutting import CutResponse, protocols


async def answered(_request: Request) -> Response:
    return PlainTextResponse("here")


async def cut(_request: Request) -> Response:
    return CutResponse()


@pytest.mark.parametrize("protocol", protocols(), ids=lambda protocol: protocol.__name__)
async def test_a_connection_is_cut_and_the_next_one_is_served(protocol: type[asyncio.Protocol]) -> None:
    app = Starlette(routes=[Route("/", answered), Route("/cut", cut, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, http=protocol, ws="none", lifespan="off", log_level="warning"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve([listener]))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with aiohttp.ClientSession() as session:
            for _ in range(2):
                with pytest.raises((aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)):
                    await session.post(f"{url}/cut", data=b"x" * 1000)
                async with session.get(url) as answer:
                    assert await answer.text() == "here"
        server.should_exit = True
        await serving
