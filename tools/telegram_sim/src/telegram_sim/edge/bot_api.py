"""The Bot API over HTTP: who calls, what goes wrong on purpose, what is recorded."""

from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from telegram_sim.core.args import Args
from telegram_sim.core.errors import ApiError
from telegram_sim.core.faults.plan import Fault
from telegram_sim.core.types import Json
from telegram_sim.edge.answers import JsonAnswer
from telegram_sim.edge.cutting import CutResponse
from telegram_sim.edge.requests import read_args
from telegram_sim.edge.token import BotToken
from telegram_sim.methods import METHODS
from telegram_sim.methods.others import OTHERS
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
        self._token = BotToken(simulator.settings)
        simulator.sender.reply = self.from_webhook

    async def endpoint(self, request: Request) -> Response:
        """Answer one request; a cut connection is an answer too."""
        method = request.path_params["method"]
        try:
            self._token.check(request.path_params["token"])
            args = await read_args(request)
        except ApiError as refusal:
            self._sim.record.add("call", method=method, via="http", status=refusal.code, answer=refusal.body())
            return _response(refusal.code, refusal.body())
        answer = await self._call(method or args.text("method"), args, "http")  # so does server, Query.cpp
        if answer.fault is not None and answer.fault.definition.cut:
            return CutResponse()
        return _response(answer.status, answer.body)

    async def from_webhook(self, method: str, values: Json) -> None:
        """Carry out the method in a webhook's answer; its result goes nowhere (docs, "Making requests")."""
        args = Args({name: value for name, value in values.items() if name != "method"})
        await self._call(method, args, "webhook_reply")

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
        if fault is None:
            return await self._carried_out(name, args)
        refusal = fault.error()
        if not fault.definition.after:
            return _Answer(0, {}, fault) if refusal is None else _Answer(refusal.code, refusal.body(), fault)
        answer = await self._carried_out(name, args)
        if fault.definition.late:  # who gives up meanwhile has sent a message all the same
            await self._sim.waiting.pause(fault.seconds)
        if refusal is not None:
            return _Answer(refusal.code, refusal.body(), fault)
        return replace(answer, fault=fault)

    async def _carried_out(self, name: str, args: Args) -> _Answer:
        handler = METHODS.get(name)
        if handler is None:
            # Telegram's words (server, Client.cpp, on_cmd), but for a method that it has and that is only missing here.
            words = "this method is not simulated" if name in OTHERS else "method not found"
            refusal = ApiError(404, f"Not Found: {words}")
            return _Answer(refusal.code, refusal.body())
        try:
            result = await handler(self._sim, args)
        except ApiError as refused:
            return _Answer(refused.code, refused.body())
        return _Answer(200, result.body())


def _response(status: int, body: Json) -> Response:
    headers: dict[str, Any] = {}
    wait = body.get("parameters", {}).get("retry_after")
    if wait:
        headers["Retry-After"] = str(wait)  # server, HttpConnection.cpp
    return JsonAnswer(body, status_code=status, headers=headers)
