"""Brands as data: another language, another brand, and packs that change while people are on their way."""

from __future__ import annotations

import asyncio
import hashlib
import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from lbc_contracts.brand import Brand, Voice
from lbc_contracts.brand_text import fill
from lbc_contracts.ids import Step
from lbc_contracts.messages import Speech
from lbc_contracts.topology import Service
from lbc_runtime.brand import load_brand
from lbc_testkit.stack import Stack
from lbc_testkit.stack.services import TTS_BUCKET
from lbc_tts.adapters.espeak import EspeakEngine
from support import load, packs, platform
from support.packs import change_yaml
from telegram_sim.client import Message, Person, Sim

KINDS = {Step.VIDEO: "video", Step.GREETING: "audio", Step.DONE: "text"}
BUTTONS = {Step.VIDEO: "watch_video", Step.GREETING: "play_audio", Step.DONE: "continue"}
ANOTHER_VOICE = 500
"""Bytes by which the same words differ in length when another language's voice says them."""

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def demo_again(stack: Stack) -> AsyncIterator[None]:
    """Leave the platform with the pack that it had."""
    yield
    await platform.heal(stack)


def plain(text: str, brand: Brand) -> str:
    """What is shown of a text, for somebody called Ana."""
    return html.unescape(re.sub(r"<[^>]*>", "", fill(text, "Ana", brand.limits.name_length))).strip()


async def journey(person: Person, brand: Brand) -> dict[Step, Message]:
    """From the link to DONE by the buttons, in the brand's order."""
    await person.start("ref_friend")
    got: dict[Step, Message] = {}
    for step in brand.steps:
        if got:
            await person.tap(BUTTONS[step])
        got[step] = await person.expects(KINDS[step])
    return got


async def heard(stack: Stack, greeting: Message) -> bytes:
    """The sound that arrived."""
    url = f"{stack.addresses.telegram}/file/{greeting.raw['audio']['file_id']}"
    async with aiohttp.ClientSession(raise_for_status=True) as session, session.get(url) as answer:
        return await answer.read()


async def kept_speech(stack: Stack, words: str, voice: Voice) -> bytes:
    """What the tts service made of these words by that voice."""
    name = hashlib.sha256(words.encode()).hexdigest()
    key = f"{stack.settings.bot}/{voice.language_code}/{voice.voice_id}/espeak-{voice.espeak}/{name}.mp3"
    async with stack.aws("s3") as s3:
        answer = await s3.get_object(Bucket=TTS_BUCKET, Key=key)
        async with answer["Body"] as body:
            sound: bytes = await body.read()
            return sound


async def assert_all_in(
    language: str, brand: Brand, stack: Stack, got: dict[Step, Message], speech: EspeakEngine
) -> None:
    """Every word of the journey is the pack's in that language, and so is the voice."""
    video, greeting, done = (got[step] for step in Step)
    texts, voice = brand.texts[language], brand.voices[language]
    words = {Step.VIDEO: texts.video_caption, Step.GREETING: texts.greeting_caption, Step.DONE: texts.done}
    assert {step: message.text for step, message in got.items()} == {
        step: plain(text, brand) for step, text in words.items()
    }
    labels = {
        Step.VIDEO: texts.button_watch_video,
        Step.GREETING: texts.button_play_audio,
        Step.DONE: texts.button_continue,
    }
    second = labels[brand.steps[1]]
    assert [button.text for button in got[brand.steps[0]].buttons] == [second, labels[brand.steps[0]]]
    assert video.raw["video"]["file_size"]
    assert greeting.raw["audio"]["title"] == texts.greeting_title
    sound = await heard(stack, greeting)
    assert sound == await kept_speech(stack, texts.greeting_speech, voice)
    foreign = Speech(words=texts.greeting_speech, language="hu-HU", voice=voice.voice_id, title="", caption="")
    hungarian = await speech.synthesize(foreign)
    assert abs(len(sound) - len(hungarian)) > ANOTHER_VOICE, "as the language is spoken, not as its letters look"
    assert done.text.endswith(brand.links[-1].label[language])


@pytest.fixture
def speech() -> EspeakEngine:
    return EspeakEngine()


@pytest.mark.parametrize("telegram_says", ["fr", "fr-CA"])
async def test_a_third_language_is_data_alone(
    stack: Stack, sim: Sim, tmp_path: Path, speech: EspeakEngine, telegram_says: str
) -> None:
    pack = packs.copy_of_demo(tmp_path / "alba")
    packs.add_french(pack)
    await packs.out_with(stack, pack, tmp_path / "run")
    await packs.onboarding_with(stack, tmp_path / "run")
    ana, brand = await sim.person("Ana", language=telegram_says), load_brand(pack)
    await assert_all_in("fr", brand, stack, await journey(ana, brand), speech)
    row = await platform.user_row(stack, ana.id)
    assert row["state"]["S"] == "DONE"
    bob = await sim.person("Ana", language="es")
    await assert_all_in("es", brand, stack, await journey(bob, brand), speech)


async def test_a_second_brand_is_data_alone(stack: Stack, sim: Sim, tmp_path: Path, speech: EspeakEngine) -> None:
    pack = packs.harbour(tmp_path / "harbour")
    await packs.out_with(stack, pack, tmp_path / "run")
    await packs.onboarding_with(stack, tmp_path / "run")
    brand = load_brand(pack)
    assert brand.steps == (Step.GREETING, Step.VIDEO, Step.DONE), "even the order is the brand's"
    for telegram_says in ("de", "en"):
        ana = await sim.person("Ana", language=telegram_says)
        await assert_all_in("de", brand, stack, await journey(ana, brand), speech)
    await assert_its_patience_counts_at_once(stack, sim, tmp_path / "run")


async def assert_its_patience_counts_at_once(stack: Stack, sim: Sim, run: Path) -> None:
    """The deployment would ask again for two minutes before it said that the greeting comes later."""
    impatient = {"ask_again_after": 1, "ask_again_growth": 1, "ask_again_times": 1}
    before = await packs_taken(stack)
    change_yaml(run / "brand.yaml", lambda manifest: manifest["limits"].update(impatient))
    await until_another_pack(stack, before)
    await stack.services[Service.TTS].stop()
    ana = await sim.person("Ana")
    await ana.start()
    await ana.expects("text", text=plain(load_brand(run).texts["de"].step_later, load_brand(run)))
    row = await platform.user_row(stack, ana.id)
    assert (row["attempt"], "dueAt" in row) == ({"N": "2"}, False)


@pytest.mark.timeout(400)
async def test_packs_that_change_during_a_load_fail_nobody_and_broken_ones_reach_nobody(
    stack: Stack, sim: Sim, tmp_path: Path
) -> None:
    pack, run = packs.copy_of_demo(tmp_path / "alba"), tmp_path / "run"
    await packs.out_with(stack, pack, run)
    await packs.onboarding_with(stack, run)
    since = (await sim.stats())["record"]
    async with load.joining(sim, per_second=3, most=300) as people:
        for number in range(1, 6):
            await replace(stack, pack, run, number)
            await break_and_mend(stack, run)
        await people.everyone_done()
        assert people.done >= 20
        assert people.doubled == 0
        await load.done_and_drained(stack, list(people.travellers))
    captions = await video_captions(sim, since)
    assert {caption for caption in captions if "EDITION" in caption} >= {f"EDITION {number}" for number in (1, 5)}
    assert not any("BROKEN" in caption for caption in captions)
    assert await platform.dead(stack) == {}


async def replace(stack: Stack, pack: Path, run: Path, number: int) -> None:
    """Publish an edition, and wait until onboarding has taken it."""

    def change(texts: dict[str, str]) -> None:
        texts["video_caption"] = f"EDITION {number}"

    before = await packs_taken(stack)
    change_yaml(pack / "texts" / "en.yaml", change)
    await packs.out_with(stack, pack, run)
    await until_another_pack(stack, before)


async def packs_taken(stack: Stack) -> float:
    """How many packs onboarding has taken since it runs."""
    return await platform.metric(stack, Service.ONBOARDING, "lbc_brand_packs_total", result="loaded")


async def until_another_pack(stack: Stack, before: float) -> None:
    """Wait until onboarding has taken more than ``before``."""

    async def in_force() -> bool:
        return await packs_taken(stack) > before

    await platform.until(in_force, "another pack in force")


async def break_and_mend(stack: Stack, run: Path) -> None:
    """Put a broken pack into the pod's folder, past all checks, until onboarding has refused it; then take it back."""
    path = run / "texts" / "en.yaml"
    good = path.read_text(encoding="utf-8")
    path.write_text(good.replace("EDITION", "BROKEN <b>EDITION", 1), encoding="utf-8")

    async def refused() -> bool:
        return await platform.metric(stack, Service.ONBOARDING, "lbc_brand_refused") == 1

    await platform.until(refused, "the broken pack refused")
    path.write_text(good, encoding="utf-8")


async def video_captions(sim: Sim, since: int) -> set[str]:
    """Every caption of a film that anybody got."""
    found: set[str] = set()
    while True:
        entries, since = await sim.record("message", since=since)
        found |= {entry["message"]["caption"] for entry in entries if "video" in entry["message"]}
        if not entries:
            return found
        await asyncio.sleep(0)
