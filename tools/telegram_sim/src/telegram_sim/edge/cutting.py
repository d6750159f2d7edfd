"""Cutting a connection without an answer, which ASGI has no word for."""

import asyncio
import importlib.util
from typing import Any

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

EXTENSION = "telegram_sim.cut"
PATIENCE = 5.0
"""Seconds until the server has to notice that a connection is gone."""


class CuttableProtocol:
    """To be put before one of uvicorn's own protocols: hands its transport's `abort` to the application."""

    app: Any
    transport: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inner = self.app

        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope.setdefault("extensions", {})[EXTENSION] = {"abort": self.cut}
            await inner(scope, receive, send)

        self.app = app

    @property
    def port(self) -> int:
        """The port that the client connected to, 0 once it is gone."""
        name = self.transport.get_extra_info("sockname") if self.transport is not None else None
        return int(name[1]) if name else 0

    def cut(self) -> None:
        """Reset the connection."""
        if self.transport is not None:
            self.transport.abort()


class CuttableH11(CuttableProtocol, H11Protocol):
    """In Python alone."""


def protocols() -> list[type[asyncio.Protocol]]:
    """Return the protocols that can be used here, the fastest first: httptools, if it is installed, saves a fifth."""
    if importlib.util.find_spec("httptools") is None:
        return [CuttableH11]
    module = importlib.import_module("uvicorn.protocols.http.httptools_impl")
    fast: type[asyncio.Protocol] = type("CuttableHttpTools", (CuttableProtocol, module.HttpToolsProtocol), {})
    return [fast, CuttableH11]


class CutResponse(Response):
    """No response: the client sees its connection reset."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI hands it over
        """Cut, and return once the server has noticed, so that it does not answer by itself."""
        scope["extensions"][EXTENSION]["abort"]()
        message: Message = {"type": ""}
        async with asyncio.timeout(PATIENCE):
            while message["type"] != "http.disconnect":
                message = await receive()
