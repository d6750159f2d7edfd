"""Cutting a connection without an answer, which ASGI has no word for."""

import asyncio
from typing import Any

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

EXTENSION = "telegram_sim.cut"


class CuttableProtocol(H11Protocol):
    """uvicorn's own protocol, which also hands its transport's `abort` to the application."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inner = self.app

        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope.setdefault("extensions", {})[EXTENSION] = {"abort": self._abort}
            await inner(scope, receive, send)

        self.app = app

    def _abort(self) -> None:
        transport = self.transport
        if isinstance(transport, asyncio.Transport):
            transport.abort()


class CutResponse(Response):
    """No response: the client sees its connection reset."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI hands it over
        """Cut, and return once the server has noticed, so that it does not answer by itself."""
        scope["extensions"][EXTENSION]["abort"]()
        message: Message = {"type": ""}
        while message["type"] != "http.disconnect":
            message = await receive()
