"""The whole service but the broker, against the simulator's Bot API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from delivery_world.bench import Bench
from delivery_world.commands import AGAIN, link, speech, text, video
from prometheus_client import CollectorRegistry

from lbc_contracts.messages import OutcomeKind
from lbc_delivery.adapters.bot_api import TelegramBotApi
from lbc_delivery.adapters.meter import CatalogueMeter
from lbc_delivery.adapters.transport import Transport, session
from lbc_runtime.errors import Invalid, Park
from lbc_runtime.metrics import Catalogue
from lbc_runtime.secretfile import SecretFile
from telegram_sim.client import Person, Sim
from telegram_sim.server import serving
from telegram_sim.settings import Settings

TOKEN = "123456789:token-of-the-tests-and-of-nothing-else"


@dataclass
class Stage:
    """A delivery before real people."""

    bench: Bench
    sim: Sim
    alice: Person
    media: str
    fetched: list[str]

    def to_alice(self, command: Any, **changes: Any) -> Any:
        return command(user_id=self.alice.id, chat_id=self.alice.id, **changes)


@pytest_asyncio.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    fetched: list[str] = []

    async def medium(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        fetched.append(name)
        kinds = {"v.mp4": "video/mp4", "a.mp3": "audio/mpeg", "page": "text/html"}
        return web.Response(body=b"x", content_type=kinds[name]) if name in kinds else web.Response(status=404)

    token = tmp_path / "token"
    token.write_text(TOKEN)
    async with AsyncExitStack() as stack:
        app = web.Application()
        app.router.add_get("/{name}", medium)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = await stack.enter_async_context(serving(Settings(token=TOKEN, seed=7, fetch_timeout=2)))
        sim = await stack.enter_async_context(Sim(url))
        http = await stack.enter_async_context(session(connect_timeout=2, request_timeout=5))
        meter = CatalogueMeter(Catalogue(CollectorRegistry()))
        api = TelegramBotApi(Transport(http, url, SecretFile(token), meter.called))
        await api.probe()
        bench = Bench(api=api)  # type: ignore[arg-type]  # the real one in the fake's place
        alice = await sim.person(known=True)
        yield Stage(bench, sim, alice, f"http://127.0.0.1:{runner.addresses[0][1]}", fetched)


async def test_all_kinds_of_messages_arrive(stage: Stage) -> None:
    handle = stage.bench.handle
    await handle(stage.to_alice(video, link=link(url=f"{stage.media}/v.mp4")))
    await handle(stage.to_alice(speech, link=link(url=f"{stage.media}/a.mp3", etag="e2")))
    await handle(stage.to_alice(text))
    messages = [message for message in await stage.alice.messages() if message.from_bot]
    assert [message.kind for message in messages] == ["video", "audio", "text"]
    assert messages[0].buttons[0].data == AGAIN.data
    assert messages[1].raw["audio"]["title"] == "Hi"
    assert [outcome.message_id for outcome in stage.bench.outcomes] == [message.id for message in messages]
    assert len(await stage.sim.calls("sendChatAction")) == 2


async def test_the_second_person_costs_no_fetch_until_the_file_is_forgotten(stage: Stage) -> None:
    bob = await stage.sim.person("Bob", known=True)
    mine = link(url=f"{stage.media}/v.mp4")
    await stage.bench.handle(stage.to_alice(video, link=mine))
    await stage.bench.handle(video(id="bob1", user_id=bob.id, chat_id=bob.id, link=mine))
    assert stage.fetched == ["v.mp4"]
    await stage.sim.forget_files()
    await stage.bench.handle(video(id="bob2", user_id=bob.id, chat_id=bob.id, link=mine))
    assert stage.fetched == ["v.mp4"] * 2
    assert [outcome.kind for outcome in stage.bench.outcomes] == [OutcomeKind.DELIVERED] * 3


@pytest.mark.parametrize("name", ["page", "missing"])
async def test_what_cannot_be_fetched_comes_as_a_link(stage: Stage, name: str) -> None:
    url = f"{stage.media}/{name}"
    await stage.bench.handle(stage.to_alice(video, link=link(url=url)))
    (message,) = [message for message in await stage.alice.messages() if message.from_bot]
    assert (message.kind, message.text) == ("text", "See it here")
    assert [(button.url, button.data) for button in message.buttons] == [(url, None), (None, AGAIN.data)]


async def test_blocked_and_unknown_people_are_unreachable(stage: Stage) -> None:
    await stage.alice.block()
    await stage.bench.handle(stage.to_alice(text))
    await stage.bench.handle(text(id="x", chat_id=999_999_999))
    assert [(outcome.kind, outcome.reason) for outcome in stage.bench.outcomes] == [
        (OutcomeKind.UNREACHABLE, "blocked"),
        (OutcomeKind.UNREACHABLE, "chat-not-found"),
    ]


async def test_a_flood_is_waited_out(stage: Stage) -> None:
    await stage.sim.fail("sendMessage", "429", retry_after=20)
    with pytest.raises(Park) as parked:
        await stage.bench.handle(stage.to_alice(text))
    assert parked.value.delay >= 20
    stage.bench.clock.seconds = 21
    await stage.bench.handle(stage.to_alice(text))
    assert len(stage.bench.outcomes) == 1


@pytest.mark.parametrize(
    ("fault", "cause", "copies"), [("500", "http_5xx", 1), ("drop_before", "dropped", 1), ("drop_after", "dropped", 2)]
)
async def test_only_a_send_of_unknown_fate_may_double_and_it_is_counted(
    stage: Stage, fault: str, cause: str, copies: int
) -> None:
    await stage.sim.fail("sendMessage", fault)
    with pytest.raises(Park):
        await stage.bench.handle(stage.to_alice(text))
    await stage.bench.handle(stage.to_alice(text))
    assert len([message for message in await stage.alice.messages() if message.from_bot]) == copies
    assert stage.bench.meter.doubts == {cause: 1}
    assert len(stage.bench.outcomes) == 1


async def test_html_that_telegram_does_not_take_is_told(stage: Stage) -> None:
    content = text().content.model_copy(update={"html": "<b>never closed"})
    with pytest.raises(Invalid):
        await stage.bench.handle(stage.to_alice(text, content=content))
    assert stage.bench.outcomes[0].reason == "bad-html"


@pytest.mark.parametrize("letter", ["x", "👩", "&amp;", "e\u0301"])
async def test_texts_of_any_length_arrive(stage: Stage, letter: str) -> None:
    content = text().content.model_copy(update={"html": f"<b>{letter * 3000}</b>{letter * 200}"})
    await stage.bench.handle(stage.to_alice(text, content=content))
    caption = video().content.model_copy(update={"caption": f"<i>{letter * 800}</i>"})
    mine = link(url=f"{stage.media}/v.mp4")
    await stage.bench.handle(stage.to_alice(video, content=caption, link=mine))
    assert [outcome.kind for outcome in stage.bench.outcomes] == [OutcomeKind.DELIVERED] * 2
