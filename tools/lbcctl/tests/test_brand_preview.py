"""`lbcctl brand preview`: the command as a process, the simulator's page in a real Chromium."""

from __future__ import annotations

import asyncio
import html
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from lbc_contracts.brand import Texts
from lbc_contracts.brand_text import fill
from lbc_runtime.brand import load_brand
from lbc_testkit.browser import Browser
from lbc_testkit.ports import free_port
from lbcctl.packs.preview import NAME, messages
from telegram_sim.client import Message, Sim
from telegram_sim.server import serving
from telegram_sim.settings import Settings

from .brand_packs import copy_of_demo, edit, mp4

pytestmark = pytest.mark.timeout(120)

DEMO = Path(__file__).parents[3] / "brands" / "demo"
TOKEN = "1234567890:abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Running:
    """The command, once it has said where to look."""

    process: asyncio.subprocess.Process
    address: str

    @property
    def people(self) -> list[int]:
        return [int(person) for person in self.address.partition("?person=")[2].split(",")]

    def sim(self) -> Sim:
        return Sim(self.address.partition("/?")[0])

    async def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return await asyncio.wait_for(self.process.wait(), 15)


async def start(*arguments: str, environment: Mapping[str, str] | None = None) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "lbcctl", "brand", "preview", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )


@asynccontextmanager
async def previewing(folder: Path) -> AsyncIterator[Running]:
    process = await start(str(folder))
    try:
        assert process.stdout
        line = await asyncio.wait_for(process.stdout.readline(), 60)
        yield Running(process, line.decode().strip())
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def said(sim: Sim, person: int) -> list[Message]:
    shown = await sim.request("GET", f"/people/{person}/messages")
    return [Message(raw) for raw in shown["messages"]]


def plain(text: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", text))


def test_every_key_of_the_schema_is_shown() -> None:
    brand = load_brand(DEMO)
    shown = list(messages(brand, "en"))
    labels = {key for each in shown for row in each.rows for _, key in row}
    assert {key for each in shown for key in each.keys} | labels == set(Texts.model_fields)


async def test_every_message_in_every_language_film_and_voice_included() -> None:
    brand = load_brand(DEMO)
    async with previewing(DEMO) as running, running.sim() as sim:
        for language, person in zip(brand.languages, running.people, strict=True):
            got = await said(sim, person)
            texts, words = brand.texts[language], {message.text for message in got}
            keys = [key for key in Texts.model_fields if key not in _labels() and key != "greeting_later"]
            for key in keys:
                assert plain(fill(getattr(texts, key), NAME)) in words, key
            kinds = {message.kind: message for message in got}
            assert [button.data for button in kinds["video"].buttons] == ["button_play_audio", "button_watch_video"]
            assert kinds["audio"].raw["audio"]["title"] == texts.greeting_title
            assert kinds["audio"].raw["audio"]["file_size"] > 10_000
        assert await running.end() == 0


def _labels() -> set[str]:
    plain_keys = {"greeting_speech", "greeting_title", "language_name"}
    return plain_keys | {key for key in Texts.model_fields if key.startswith("button_")}


async def test_a_button_answers_with_its_key() -> None:
    async with previewing(DEMO) as running, running.sim() as sim:
        tapped = await sim.request("POST", f"/people/{running.people[0]}/taps", {"button": "button_continue"})
        answer = await sim.request("GET", f"/taps/{tapped['callback_query_id']}", wait=20)
        assert answer["answer"]["text"] == "button_continue"


async def test_a_pack_that_cannot_be_read_is_explained(tmp_path: Path) -> None:
    pack = copy_of_demo(tmp_path / "alba")
    edit(pack / "texts/en.yaml", "button_again:", "button_agian:")
    process = await start(str(pack))
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 1
    assert b"did you mean button_again" in out
    assert b"Nothing to show" in err


async def test_what_is_changed_is_shown_anew_and_mistakes_are_told(tmp_path: Path) -> None:
    pack = copy_of_demo(tmp_path / "alba")
    async with previewing(pack) as running, running.sim() as sim:
        assert running.process.stderr
        (person, *_), before = running.people, await said(sim, running.people[0])
        edit(pack / "texts/en.yaml", "button_again:", "button_agian:")
        while b"did you mean button_again" not in await asyncio.wait_for(running.process.stderr.readline(), 30):
            pass
        assert await said(sim, person) == before, "the last that was right stays"
        edit(pack / "texts/en.yaml", "button_agian:", "button_again:")
        edit(pack / "texts/en.yaml", "Welcome to Alba!", "Good morning!")
        while b"shown anew" not in await asyncio.wait_for(running.process.stderr.readline(), 30):
            pass
        after = await said(sim, person)
        assert [message.id for message in after] == [message.id for message in before], "a reader keeps their place"
        assert any(message.text.startswith("Good morning!") for message in after)
        (pack / "media/welcome.en.mp4").write_bytes(mp4())
        while b"shown anew" not in await asyncio.wait_for(running.process.stderr.readline(), 30):
            pass
        film = next(message for message in await said(sim, person) if message.kind == "video")
        assert film.raw["video"]["file_size"] == len(mp4())


async def test_a_film_that_is_not_there_leaves_its_text(tmp_path: Path) -> None:
    pack = copy_of_demo(tmp_path / "alba")
    (pack / "media/welcome.en.mp4").unlink()
    process = await start(str(pack))
    try:
        assert process.stdout
        complaint = await asyncio.wait_for(process.stdout.readline(), 60)
        assert b"there is no file" in complaint
        address = (await asyncio.wait_for(process.stdout.readline(), 60)).decode().strip()
        running = Running(process, address)
        async with running.sim() as sim:
            got = await said(sim, running.people[0])
        assert "video" not in {message.kind for message in got}
        assert any(message.text.startswith("Welcome to Alba!") for message in got)
    finally:
        process.kill()
        await process.communicate()


async def test_in_a_simulator_that_runs_already(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    environment = {"LBC_BOT_TOKEN_FILE": str(tmp_path / "token")}
    async with serving(Settings(token=TOKEN)) as base:
        process = await start(str(DEMO), "--sim", base, environment=environment)
        out, err = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0, err
        assert out.decode().startswith(f"{base}/?person=")
        (tmp_path / "token").write_text("987654321:zyxwvutsrqponmlkjihgfedcba")
        process = await start(str(DEMO), "--sim", base, environment=environment)
        _, err = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 1
        assert b"Unauthorized" in err
        assert b"zyxwvut" not in err


async def test_a_simulator_that_is_down(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    nobody = f"http://127.0.0.1:{free_port()}"
    process = await start(str(DEMO), "--sim", nobody, environment={"LBC_BOT_TOKEN_FILE": str(tmp_path / "token")})
    _, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 3
    assert b"is down" in err


async def test_the_page_shows_both_languages_side_by_side(browser: Browser) -> None:
    brand = load_brand(DEMO)
    async with previewing(DEMO) as running:
        await asyncio.to_thread(_look, browser, running.address, [brand.texts[each].help for each in ("en", "es")])


def _look(browser: Browser, address: str, helps: list[str]) -> None:
    browser.open(address)
    for text in helps:
        browser.seen(".message", plain(text).splitlines()[0])
    browser.until(lambda: len(browser.all("video")) == 2, "two films")
    browser.until(lambda: len(browser.all("audio")) == 2, "two greetings")
    browser.seen(".message code", "fallback_link")
    assert browser.complaints() == []
