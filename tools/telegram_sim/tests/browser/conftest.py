"""The chat page in a real Chromium, with a bot whose every answer the test decides.

The simulator and the bot run in a thread with a loop of its own, so that a test can click and wait like a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from anyio.from_thread import BlockingPortal, start_blocking_portal

from lbc_testkit import fixtures
from lbc_testkit.browser import Browser, Look
from lbc_testkit.waiting import until
from telegram_sim.client import Sim
from telegram_sim.server import serving
from telegram_sim.settings import Settings

browser = fixtures.browser  # the repository's conftest is not seen when pytest is given this folder alone
TOKEN = "123456789:token-of-the-browser-tests-and-nothing"


@dataclass
class Bot:
    """A bot that takes every update and does nothing by itself."""

    session: aiohttp.ClientSession
    base: str
    updates: list[Any] = field(default_factory=list)
    status: int = 200

    async def handle(self, request: web.Request) -> web.Response:
        self.updates.append(await request.json())
        return web.json_response({}, status=self.status)

    async def call(self, method: str, arguments: dict[str, Any]) -> tuple[int, Any]:
        files = {name: value for name, value in arguments.items() if isinstance(value, tuple)}
        if not files:
            async with self.session.post(f"{self.base}/{method}", json=arguments) as answer:
                return answer.status, await answer.json()
        form = aiohttp.FormData()
        for name, value in arguments.items():
            if name in files:
                form.add_field(name, value[1], filename=value[0], content_type=value[2])
            else:
                form.add_field(name, str(value))
        async with self.session.post(f"{self.base}/{method}", data=form) as answer:
            return answer.status, await answer.json()


@dataclass
class World:
    """The simulator, the bot's hands, and the browser on the page."""

    portal: BlockingPortal
    browser: Browser
    url: str
    sim: Sim
    bot: Bot

    def run(self, work: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Call something asynchronous where the simulator runs."""
        return self.portal.call(partial(work, *arguments, **named))

    def bot_does(self, method: str, **arguments: Any) -> Any:
        """A call of the bot that must succeed."""
        status, answer = self.run(self.bot.call, method, arguments)
        assert status == 200, answer
        return answer["result"]

    def bot_got(self, kind: str, **wanted: Any) -> Any:
        """Wait for an update of that kind whose content has these fields."""

        def look() -> Any:
            contents = [update[kind] for update in self.bot.updates if kind in update]
            return next((one for one in contents if wanted.items() <= one.items()), None)

        return until(look, what=f"{kind} {wanted}: the bot got {self.bot.updates}")

    def bot_update(self, text: str) -> int:
        """Wait for a message with that text; gives the number of its update."""
        self.bot_got("message", text=text)
        return next(int(one["update_id"]) for one in self.bot.updates if one.get("message", {}).get("text") == text)

    def bot_update_with(self, kind: str) -> Any:
        """Wait for a message that carries such a medium."""

        def look() -> Any:
            return next((one["message"] for one in self.bot.updates if kind in one.get("message", {})), None)

        return until(look, what=f"a message with a {kind}")

    def open(self, query: str = "", look: Look | None = None) -> Browser:
        """Open the page and wait until it is ready."""
        self.browser.open(f"{self.url}/{query}", look or Look())
        self.browser.until(lambda: self.browser.js("return document.body.dataset.ready"), "the page to be ready")
        return self.browser

    def chat(self, name: str = "Alice", *, language: str = "en", look: Look | None = None) -> int:
        """Open the page with one person who has pressed Start; gives their number."""
        self.open(f"?start=token&lang={language}&name={name}", look)
        self.browser.seen(".message.mine", "/start token")
        return int(self.bot_got("message", text="/start token")["chat"]["id"])


@pytest.fixture
def settings() -> Settings:
    return Settings(token=TOKEN, seed=5, bot_name="Robin", bot_username="robin_bot")


@pytest.fixture
def connected() -> bool:
    """Whether the bot has set its webhook."""
    return True


@pytest.fixture
def world(browser: Browser, settings: Settings, *, connected: bool) -> Iterator[World]:
    """Everything running; at the end the page may have complained of nothing."""
    running = _Running(settings, connected=connected)
    with start_blocking_portal("asyncio") as portal, portal.wrap_async_context_manager(running) as parts:
        url, sim, bot = parts
        made = World(portal, browser, url, sim, bot)
        yield made
        complaints = browser.complaints()
        browser.driver.get("about:blank")  # the stream ends before the simulator does
    assert not complaints


class _Running:
    def __init__(self, settings: Settings, *, connected: bool) -> None:
        self._settings = settings
        self._connected = connected
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> tuple[str, Sim, Bot]:
        enter = self._stack.enter_async_context
        url = await enter(serving(self._settings))
        bot = Bot(await enter(aiohttp.ClientSession()), f"{url}/bot{TOKEN}")
        app = web.Application()
        app.router.add_post("/hook", bot.handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        if self._connected:
            await bot.call("setWebhook", {"url": f"http://127.0.0.1:{runner.addresses[0][1]}/hook"})
        return url, await enter(Sim(url)), bot

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()
