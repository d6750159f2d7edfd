"""The Bot API over HTTP: who calls, what goes wrong on purpose, what is recorded."""

import asyncio
import hmac
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from telegram_sim.core.args import Args
from telegram_sim.core.errors import ApiError
from telegram_sim.core.faults import MAX_DELAY, Fault
from telegram_sim.core.types import Json
from telegram_sim.edge.answers import JsonAnswer
from telegram_sim.edge.cutting import CutResponse
from telegram_sim.edge.requests import read_args
from telegram_sim.methods import METHODS
from telegram_sim.settings import well_formed
from telegram_sim.simulator import Simulator


@dataclass(frozen=True)
class _Answer:
    status: int
    body: Json
    fault: Fault | None = None


class BotApi:
    """Answers `/bot<token>/<method>` and the methods that webhooks ask for in their answers."""

    def __init__(self, simulator: Simulator) -> None:
        self._sim = simulator
        simulator.sender.reply = self.from_webhook

    async def endpoint(self, request: Request) -> Response:
        """Answer one request; a cut connection is an answer too."""
        method = request.path_params["method"]
        try:
            self._check_token(request.path_params["token"])
            args = await read_args(request)
        except ApiError as refusal:
            self._sim.record.add("call", method=method, via="http", status=refusal.code, answer=refusal.body())
            return _response(refusal.code, refusal.body())
        answer = await self._call(method, args, "http")
        if answer.fault is not None and answer.fault.kind in {"drop_before", "drop_after"}:
            return CutResponse()
        return _response(answer.status, answer.body)

    async def from_webhook(self, method: str, values: Json) -> None:
        """Carry out the method in a webhook's answer; its result goes nowhere (docs, "Making requests")."""
        args = Args({name: value for name, value in values.items() if name != "method"})
        await self._call(method, args, "webhook_reply")

    def _check_token(self, token: str) -> None:
        # Assumed of the public service. Its open server says 401 "invalid token specified" (ClientManager.cpp).
        if not well_formed(token):
            raise ApiError(404, "Not Found")
        if not hmac.compare_digest(token.encode(), self._sim.settings.token.encode()):
            raise ApiError(401, "Unauthorized")

    async def _call(self, method: str, args: Args, via: str) -> _Answer:
        name = method.lower()
        begun = self._sim.clock.now()
        fault = self._sim.faults.next_for(name, args.integer("chat_id")) if via == "http" else None
        answer = await self._answer(name, args, fault)
        self._sim.record.add(
            "call",
            method=method,
            via=via,
            chat_id=args.integer("chat_id") or None,
            params=args.shown(),
            status=answer.status,
            answer=answer.body,
            fault=fault.kind if fault else None,
            seconds=round(self._sim.clock.real(self._sim.clock.now() - begun), 4),
        )
        return answer

    async def _answer(self, name: str, args: Args, fault: Fault | None) -> _Answer:
        if fault is not None:
            if fault.kind == "drop_before":
                return _Answer(0, {}, fault)
            if fault.kind == "delay":
                await asyncio.sleep(min(fault.seconds, MAX_DELAY))
            refusal = fault.error()
            if refusal is not None:
                return _Answer(refusal.code, refusal.body(), fault)
        handler = METHODS.get(name)
        if handler is None:
            refusal = ApiError(404, "Not Found: method not found")  # server, Client.cpp
            return _Answer(refusal.code, refusal.body(), fault)
        try:
            result = await handler(self._sim, args)
        except ApiError as refused:
            return _Answer(refused.code, refused.body(), fault)
        return _Answer(200, result.body(), fault)


def _response(status: int, body: Json) -> Response:
    headers: dict[str, Any] = {}
    wait = body.get("parameters", {}).get("retry_after")
    if wait:
        headers["Retry-After"] = str(wait)  # server, HttpConnection.cpp
    return JsonAnswer(body, status_code=status, headers=headers)
