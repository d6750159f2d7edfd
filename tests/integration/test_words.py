"""What people read: in the language they chose, from a pack that is replaced while they are on their way."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from lbc_contracts.ids import user_key
from lbc_contracts.topology import Service
from lbc_runtime.brand import load_brand
from lbc_testkit.stack import Stack
from lbc_testkit.stack.services import TABLES_PREFIX
from support import load, platform
from telegram_sim.client import Sim

pytestmark = pytest.mark.asyncio(loop_scope="session")

DEMO = Path(__file__).parents[2] / "brands" / "demo"
BRAND = load_brand(DEMO)
PEOPLE = 30
LOADED = {"result": "loaded"}
REFUSED = {"result": "refused"}


def said(text: str) -> str:
    """Its last line as Telegram shows it; the tests' texts have no markup there."""
    return text.splitlines()[-1]


async def test_a_language_that_was_chosen_stays_through_a_restart(stack: Stack, sim: Sim) -> None:
    alice = await sim.person("Alice", language="en")
    await alice.start()
    await alice.expects("video", text=said(BRAND.texts["en"].video_caption))
    await alice.say("/language")
    await alice.expects("text", text=BRAND.texts["en"].language_choose, button="language:es")
    await alice.tap("language:es")
    await alice.expects("text", text=BRAND.texts["es"].language_set)
    await stack.restart(Service.ONBOARDING)
    await alice.tap("play_audio")
    await alice.expects("audio", text="¡Qué alegría tenerte aquí!")
    await alice.say("/help")
    await alice.expects("text", text="borrarlo todo", button="language:en")
    row = await platform.user_row(stack, alice.id)
    assert (row["chosenLanguage"], row["language"]) == ({"S": "es"}, {"S": "en"})


async def test_a_wish_to_be_forgotten_is_filed_once(stack: Stack, sim: Sim) -> None:
    alice = await sim.person("Alice", language="es")
    await alice.start()
    await alice.expects("video")
    await alice.say("/privacy")
    await alice.expects("text", text="/delete_me")
    await alice.say("/delete_me")
    question = await alice.expects("text", button="delete_me")
    assert await requests(stack, alice.id) == []
    await alice.tap("delete_me")
    await alice.expects("text", text=BRAND.texts["es"].delete_filed)
    (filed,) = await requests(stack, alice.id)
    await alice.tap_raw(question.id, question.buttons[0].data or "")
    await alice.expects("text", text=BRAND.texts["es"].delete_filed_again)
    assert await requests(stack, alice.id) == [filed]
    assert (filed["bot"], filed["language"]) == ({"S": stack.settings.bot}, {"S": "es"})


async def requests(stack: Stack, user_id: int) -> list[dict[str, dict[str, str]]]:
    """What the person has filed, as the operator's erasure finds it."""
    async with stack.aws("dynamodb") as dynamodb:
        found = await dynamodb.query(
            TableName=f"{TABLES_PREFIX}requests",
            IndexName="pending",
            KeyConditionExpression="bot = :bot",
            ExpressionAttributeValues={":bot": {"S": stack.settings.bot}},
        )
        key = user_key(stack.settings.bot, user_id)
        return [item for item in found["Items"] if item["userId"] == {"S": key}]


@pytest_asyncio.fixture(loop_scope="session")
async def pack(stack: Stack, sim: Sim, tmp_path: Path) -> AsyncIterator[Path]:
    """A pack that onboarding looks at all the time; ``sim`` is named so that the stack is whole before."""
    del sim
    folder = tmp_path / "alba"
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("media"))
    await stack.restart(Service.ONBOARDING, {"LBC_BRAND": str(folder), "LBC_BRAND_EVERY": "0.1"})
    yield folder
    await stack.restart(Service.ONBOARDING)


async def packs(stack: Stack, result: dict[str, str]) -> float:
    return await platform.metric(stack, Service.ONBOARDING, "lbc_brand_packs_total", **result)


async def until_packs(stack: Stack, number: int, result: dict[str, str]) -> None:
    async def counted() -> bool:
        return await packs(stack, result) == number

    await platform.until(counted, f"{number} packs {result['result']}")


def rewrite(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def learn_german(pack: Path) -> None:
    """A third language, by data alone; its media are those of another."""
    english = (pack / "texts/en.yaml").read_text()
    (pack / "texts/de.yaml").write_text(
        english.replace("language_name: English", "language_name: Deutsch").replace("Welcome to Alba", "Willkommen")
    )
    rewrite(pack / "brand.yaml", "[en, es]", "[en, es, de]")
    rewrite(pack / "brand.yaml", "media:\n", "media:\n  de: {welcome_video: demo/welcome.en.mp4, title: Hallo}\n")
    voice = "{voice_id: Vicki, language_code: de-DE, espeak: de}"
    rewrite(pack / "brand.yaml", "voices:\n", f"voices:\n  de: {voice}\n")
    manifest = (pack / "brand.yaml").read_text().replace("label: {en:", "label: {de: Mehr, en:")
    (pack / "brand.yaml").write_text(manifest)


async def test_packs_are_replaced_while_people_are_on_their_way(stack: Stack, sim: Sim, pack: Path) -> None:
    english = pack / "texts/en.yaml"
    async with load.joining(sim, per_second=5, most=PEOPLE) as people:
        learn_german(pack)
        await until_packs(stack, 2, LOADED)
        whole = english.read_text()
        english.write_text(whole.replace("language_name", "language_nam"))
        await until_packs(stack, 1, REFUSED)
        assert await platform.metric(stack, Service.ONBOARDING, "lbc_brand_refused") == 1
        english.write_text(whole.replace("language_name: English", "language_name: Inglish"))
        await until_packs(stack, 3, LOADED)
        await platform.until(lambda: all_done(people), "everybody at the end", within=240)
        await people.everyone_done()
        assert people.doubled == 0
    assert await platform.dead(stack) == {}
    assert await platform.metric(stack, Service.ONBOARDING, "lbc_brand_refused") == 0

    jana = await sim.person("Jana", language="de-AT")
    await jana.start()
    await jana.expects("video", text="Willkommen")
    await jana.tap("play_audio")
    await jana.expects("audio")
    await jana.tap("continue")
    await jana.expects("text", text="Mehr")
    rewrite(pack / "brand.yaml", "[video, greeting, done]", "[greeting, video, done]")
    await until_packs(stack, 4, LOADED)
    await jana.say("/language")
    offered = await jana.expects("text", button="language:de")
    assert [button.text for button in offered.buttons] == ["Inglish", "Español", "Deutsch"]

    omar = await sim.person("Omar")
    await omar.start()
    await omar.expects("audio", button="watch_video")
    await omar.tap("watch_video")
    await omar.expects("video", button="continue")
    await omar.tap("continue")
    await omar.expects("text", text="Alba")
    await sim.idle()
    assert (await platform.user_row(stack, jana.id))["steps"] == steps("video", "greeting", "done")
    assert (await platform.user_row(stack, omar.id))["steps"] == steps("greeting", "video", "done")


def steps(*names: str) -> dict[str, list[dict[str, str]]]:
    """As a row has them."""
    return {"L": [{"S": name} for name in names]}


async def all_done(people: load.Load) -> bool:
    return people.done == PEOPLE
