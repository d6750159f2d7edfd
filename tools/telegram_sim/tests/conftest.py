"""The simulator on loopback, a real webhook receiver and a real web server with media."""

import asyncio
import contextlib
import importlib.util
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from telegram_sim.client import Person, Sim
from telegram_sim.server import serving
from telegram_sim.settings import Settings

TOKEN = "123456789:token-of-the-tests-and-of-nothing-else"
SECRET = "a-secret_1"

IN_REPOSITORY = importlib.util.find_spec("lbc_testkit") is not None
collect_ignore = [] if IN_REPOSITORY else ["browser"]


def pytest_report_header() -> list[str]:
    return [] if IN_REPOSITORY else ["telegram-sim: the tests of the page run in its repository only"]


@dataclass
class Answer:
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = field(default_factory=lambda: {"ok": True})


@dataclass
class Receiver:
    """A bot's webhook: answers as told, and remembers what it was sent."""

    url: str = ""
    updates: list[Any] = field(default_factory=list)
    headers: list[Any] = field(default_factory=list)
    peers: list[Any] = field(default_factory=list)
    """Addresses that updates came from: one for each connection."""
    answers: deque[Answer] = field(default_factory=deque)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    active: int = 0
    most_active: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def handle(self, request: web.Request) -> web.Response:
        self.active += 1
        self.most_active = max(self.most_active, self.active)
        self.updates.append(await request.json())
        self.headers.append(request.headers)
        self.peers.append(request.transport.get_extra_info("peername") if request.transport else None)
        async with self.changed:
            self.changed.notify_all()
        await self.gate.wait()
        self.active -= 1
        answer = self.answers.popleft() if self.answers else Answer()
        return web.json_response(answer.body, status=answer.status, headers=answer.headers)

    async def got(self, count: int) -> list[Any]:
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: len(self.updates) >= count)
        return self.updates


@dataclass
class Media:
    """A web server for sendVideo and its like to fetch from."""

    url: str = ""
    hits: int = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.hits += 1
        name = request.match_info["name"]
        if name == "huge":
            answer = web.StreamResponse(headers={"Content-Type": "video/mp4"})
            await answer.prepare(request)
            with contextlib.suppress(ConnectionError):
                for _ in range(21):
                    await answer.write(bytes(1024 * 1024))
            return answer
        if name == "slow":
            await asyncio.sleep(30)
        types = {"clip.mp4": "video/mp4", "song.mp3": "audio/mpeg", "note.ogg": "audio/ogg", "page": "text/html"}
        if name not in types:
            return web.Response(status=404)
        return web.Response(body=f"bytes of {name}".encode(), content_type=types[name])


@contextlib.asynccontextmanager
async def web_server(path: str, handler: Callable[[web.Request], Any]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", path, handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@dataclass
class Bot:
    """Calls the Bot API as a bot would."""

    base: str
    session: aiohttp.ClientSession

    async def call(self, method: str, **arguments: Any) -> tuple[int, dict[str, Any]]:
        async with self.session.post(f"{self.base}/{method}", json=arguments) as answer:
            return answer.status, await answer.json()

    async def ok(self, method: str, **arguments: Any) -> Any:
        status, body = await self.call(method, **arguments)
        assert (status, body["ok"]) == (200, True), body
        return body["result"]

    async def refused(self, method: str, **arguments: Any) -> tuple[int, str]:
        status, body = await self.call(method, **arguments)
        assert body["ok"] is False
        assert body["error_code"] == status
        return status, body["description"]


@pytest.fixture
def time_scale() -> float:
    """Telegram's own pace; tests that wait for retries ask for a faster one."""
    return 1.0


@pytest.fixture
def settings(time_scale: float) -> Settings:
    return Settings(token=TOKEN, time_scale=time_scale, seed=7, fetch_timeout=0.5)


@pytest.fixture
async def base_url(settings: Settings) -> AsyncIterator[str]:
    async with serving(settings) as url:
        yield url


@pytest.fixture
async def sim(base_url: str) -> AsyncIterator[Sim]:
    async with Sim(base_url) as client:
        yield client


@pytest.fixture
async def bot(base_url: str) -> AsyncIterator[Bot]:
    async with aiohttp.ClientSession() as session:
        yield Bot(f"{base_url}/bot{TOKEN}", session)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    made.gate.set()
    async with web_server("/hook", made.handle) as url:
        made.url = f"{url}/hook"
        yield made
        made.gate.set()


@pytest.fixture
async def hooked(bot: Bot, receiver: Receiver) -> Receiver:
    await bot.ok("setWebhook", url=receiver.url, secret_token=SECRET)
    return receiver


@pytest.fixture
async def media() -> AsyncIterator[Media]:
    made = Media()
    async with web_server("/{name}", made.handle) as url:
        made.url = url
        yield made


@pytest.fixture
async def alice(sim: Sim) -> Person:
    """Somebody who has written already."""
    return await sim.person(language="es", known=True)
