"""``lbcctl brand preview``: a pack in the simulator's chat page.

It needs what operators' images leave out: the simulator, and espeak-ng to hear the greeting (``lbcctl[preview]``).
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import secrets
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NoReturn

import aiohttp

from lbc_contracts.brand import Voice
from lbc_contracts.messages import Speech
from lbcctl.botapi import BotApiError
from lbcctl.console import Screen
from lbcctl.exits import Exit, StopError
from lbcctl.packs.pack import Pack
from lbcctl.packs.showing import Bot, Speak, Stage, answer_taps, bot_session
from lbcctl.parts import Parts
from telegram_sim.client import Sim
from telegram_sim.client.errors import SimError
from telegram_sim.server import serving
from telegram_sim.settings import Settings

_BOT_ID: Final = 1000001
_LOOK_EVERY: Final = 0.5  # seconds
_Stamp = frozenset[tuple[str, int, int]]


async def preview(parts: Parts, screen: Screen, pack: Pack, sim_url: str) -> Exit | None:
    """Show a pack: in a simulator of our own until Ctrl-C, or in a running one.

    Raises:
        StopError: the pack cannot be read, or the simulator does not do it.
    """
    brand = pack.brand
    if brand is None:
        raise StopError("Nothing to show until these are mended.")
    seen = await asyncio.to_thread(_stamp, pack.folder)  # before anybody can change what they were shown
    async with _simulator(parts, sim_url, brand.name) as (url, token), Sim(url) as sim, bot_session() as session:
        bot = Bot(session, url, token)
        try:
            async with _voice(screen) as speak:
                stage = Stage(sim, bot, speak)
                screen.text(await stage.show(pack, brand))
                if not sim_url:
                    screen.say("Open it in a browser. What you change in the pack is shown at once; Ctrl-C ends it.")
                    await _until_stopped(sim, bot, _follow(stage, pack, seen, screen))
        except (BotApiError, SimError) as error:
            raise StopError(f"the simulator at {url}: {error}") from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise StopError(f"the simulator at {url} is down: {type(error).__name__}", Exit.DOWN) from None
    return None


@asynccontextmanager
async def _simulator(parts: Parts, url: str, name: str) -> AsyncIterator[tuple[str, str]]:
    """Address and token: of the one that runs at ``url``, or of one of our own."""
    if url:
        yield url.rstrip("/"), parts.bot_api().token
        return
    token = f"{_BOT_ID}:{secrets.token_urlsafe(30)}"
    async with serving(Settings(token=token, bot_username="preview_bot", bot_name=name)) as own:
        yield own, token


@asynccontextmanager
async def _voice(screen: Screen) -> AsyncIterator[Speak | None]:
    espeak = _espeak()
    if espeak is None:
        screen.say("espeak-ng is not installed, so the greeting is shown as text.")
        yield None
        return
    engine = espeak.EspeakEngine()

    async def speak(words: str, voice: Voice) -> bytes:
        speech = Speech(
            words=words, language=voice.language_code, voice=voice.voice_id, espeak=voice.espeak, title="", caption=""
        )
        spoken: bytes = await engine.synthesize(speech)
        return spoken

    try:
        yield speak
    finally:
        engine.close()


def _espeak() -> ModuleType | None:
    try:
        return importlib.import_module("lbc_tts.adapters.espeak")
    except ModuleNotFoundError:
        return None


async def _until_stopped(sim: Sim, bot: Bot, following: Coroutine[Any, Any, NoReturn]) -> None:
    """Until Ctrl-C let buttons answer, and follow what changes in the pack."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    tasks = {
        asyncio.create_task(stopped.wait()),
        asyncio.create_task(answer_taps(sim, bot)),
        asyncio.create_task(following),
    }
    done, others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in others:
        task.cancel()
    await asyncio.wait(others)
    for task in done:
        task.result()


async def _follow(stage: Stage, pack: Pack, seen: _Stamp, screen: Screen) -> NoReturn:
    while True:
        await asyncio.sleep(_LOOK_EVERY)
        now = await asyncio.to_thread(_stamp, pack.folder)
        if now == seen:
            continue
        seen, fresh = now, await asyncio.to_thread(Pack.read, pack.folder)
        for problem in fresh.problems:
            screen.say(f"{pack.folder}/{problem}")
        if fresh.brand:
            await stage.show(fresh, fresh.brand)
            screen.say("Changed, and shown anew.")


def _stamp(folder: Path) -> _Stamp:
    """What changes when a file of the pack does."""
    found = set()
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # an editor's own file, gone already
            status = path.stat()
            found.add((str(path), status.st_mtime_ns, status.st_size))
    return frozenset(found)
