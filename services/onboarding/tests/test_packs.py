"""A new brand pack while people are served: taken when it is right, and never when it is not."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from onboarding_world.edges import BRAND, MovingClock
from prometheus_client import CollectorRegistry

from lbc_contracts.brand import Brand, Limits
from lbc_onboarding.adapters.meter import CatalogueMeter
from lbc_onboarding.adapters.packs import PackFolder
from lbc_onboarding.app.packs import Packs, Watching
from lbc_runtime.brand import BrandError
from lbc_runtime.metrics import Catalogue

DEMO = Path(__file__).parents[3] / "brands" / "demo"


class Shown:
    """A deployment's folder, the packs taken from it, and what is shown of them."""

    def __init__(self, folder: Path, source: Any = None) -> None:
        self.folder = folder
        self.registry = CollectorRegistry()
        self.taken = asyncio.Event()
        self.packs = Packs(source or PackFolder(folder), clock=MovingClock(), every=5, meter=self.meter())

    def meter(self) -> CatalogueMeter:
        shown = self

        class Telling(CatalogueMeter):
            def pack_taken(self, version: str) -> None:
                super().pack_taken(version)
                if shown.value("lbc_brand_packs_total", result="loaded") == 2:
                    shown.taken.set()

        return Telling(Catalogue(self.registry))

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    async def settle(self) -> None:
        for _ in range(2):
            await self.packs.look()

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)

    @property
    def name(self) -> str:
        return self.packs.current.texts["en"].language_name


@pytest.fixture
async def shown(tmp_path: Path) -> Shown:
    folder = tmp_path / "pack"
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("media"))
    shown = Shown(folder)
    await shown.packs.begin()
    return shown


async def test_a_new_pack_is_in_force_at_the_second_look(shown: Shown) -> None:
    assert shown.packs.current == BRAND
    first = shown.value("lbc_brand_version")
    shown.edit("texts/en.yaml", "language_name: English", "language_name: Inglish")
    await shown.packs.look()
    assert shown.name == "English"
    await shown.packs.look()
    assert shown.name == "Inglish"
    assert shown.value("lbc_brand_packs_total", result="loaded") == 2
    assert shown.value("lbc_brand_version") not in {first, None}
    await shown.settle()
    assert shown.value("lbc_brand_packs_total", result="loaded") == 2


async def test_a_language_that_is_added_is_spoken(shown: Shown) -> None:
    shutil.copy(shown.folder / "texts/en.yaml", shown.folder / "texts/de.yaml")
    shown.edit("texts/de.yaml", "language_name: English", "language_name: Deutsch")
    shown.edit("brand.yaml", "[en, es]", "[en, es, de]")
    for line in ("guide", "events", "contact"):
        shown.edit("brand.yaml", f"alba/{line}\n    label: {{", f"alba/{line}\n    label: {{de: Link, ")
    shown.edit("brand.yaml", "media:\n", "media:\n  de: {welcome_video: demo/welcome.en.mp4, title: Hallo}\n")
    shown.edit("brand.yaml", "voices:\n", "voices:\n  de: {voice_id: Vicki, language_code: de-DE, espeak: de}\n")
    await shown.settle()
    assert shown.packs.current.texts["de"].language_name == "Deutsch"


async def test_limits_of_a_new_pack_are_in_force(shown: Shown) -> None:
    assert shown.packs.current.limits == Limits()
    shown.edit("brand.yaml", "voices:\n", "limits: {ask_again_after: 90, name_length: 20}\nvoices:\n")
    await shown.settle()
    assert shown.packs.current.limits == Limits(ask_again_after=90, name_length=20)
    shown.edit("brand.yaml", "ask_again_after: 90", "ask_again_after: a while")
    await shown.settle()
    assert shown.packs.current.limits.ask_again_after == 90
    assert shown.value("lbc_brand_refused") == 1


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"help: only\n",
        b"a: &a [x]\n" + b"".join(b"a%d: &a%d [%s]\n" % (n, n, b"*a," * 9) for n in range(9)),
        b"[" * 50_000,
        b"x" * 400_000,
    ],
)
async def test_a_broken_pack_never_replaces_a_good_one(shown: Shown, broken: bytes, caplog: Any) -> None:
    good = shown.packs.current
    whole = (shown.folder / "texts/en.yaml").read_bytes()
    (shown.folder / "texts/en.yaml").write_bytes(broken)
    for _ in range(3):
        await shown.settle()
    assert shown.packs.current is good
    assert [record.message for record in caplog.records if record.levelno == logging.ERROR][-1:] == [
        "a new brand pack is refused, the one before stays"
    ]
    assert len([record for record in caplog.records if "refused" in record.message]) == 1
    assert caplog.records[-1].problems
    assert shown.value("lbc_brand_packs_total", result="refused") == 1
    assert shown.value("lbc_brand_refused") == 1
    (shown.folder / "texts/en.yaml").write_bytes(whole)
    await shown.settle()
    assert shown.value("lbc_brand_refused") == 0
    assert shown.value("lbc_brand_packs_total", result="loaded") == 1


@pytest.mark.parametrize("path", ["brand.yaml", "texts/es.yaml", "texts"])
async def test_a_pack_of_which_a_part_is_gone_is_refused_and_taken_once_it_is_back(shown: Shown, path: str) -> None:
    (shown.folder / path).rename(shown.folder / "away")
    await shown.settle()
    assert shown.packs.current == BRAND
    assert shown.value("lbc_brand_refused") == 1
    (shown.folder / "away").rename(shown.folder / path)
    shown.edit("texts/en.yaml", "language_name: English", "language_name: Inglish")
    await shown.settle()
    assert (shown.name, shown.value("lbc_brand_refused")) == ("Inglish", 0)


async def test_two_mistakes_after_each_other_are_two_refusals(shown: Shown) -> None:
    for number in range(2):
        (shown.folder / "texts/en.yaml").write_text(f"help: {number}")
        await shown.settle()
    assert shown.value("lbc_brand_packs_total", result="refused") == 2


async def test_a_folder_that_is_being_written_is_left_alone(shown: Shown) -> None:
    for number in range(5):
        shown.edit("texts/en.yaml", "language_name: ", f"language_name: {number}")
        await shown.packs.look()
    assert shown.name == "English"
    await shown.packs.look()
    assert shown.name == "43210English"


async def test_a_config_map_is_swapped_as_kubernetes_does_it(tmp_path: Path) -> None:
    mount = tmp_path / "mount"
    for version in ("..1", "..2"):
        shutil.copytree(DEMO, mount / version, ignore=shutil.ignore_patterns("media"))
    path = mount / "..2" / "texts" / "en.yaml"
    path.write_text(path.read_text().replace("language_name: English", "language_name: Inglish"))
    (mount / "..data").symlink_to("..1")
    for name in ("brand.yaml", "texts"):
        (mount / name).symlink_to(f"..data/{name}")
    shown = Shown(mount)
    await shown.packs.begin()
    assert shown.name == "English"
    (mount / "..next").symlink_to("..2")
    (mount / "..next").replace(mount / "..data")
    shutil.rmtree(mount / "..1")
    await shown.settle()
    assert shown.name == "Inglish"


class Source:
    """Answers as told."""

    def __init__(self, versions: list[str], load: Callable[[], Brand]) -> None:
        self.versions = versions
        self._load = load

    async def version(self) -> str:
        return self.versions.pop(0) if len(self.versions) > 1 else self.versions[0]

    async def load(self) -> Brand:
        return self._load()


async def test_what_changes_while_it_is_read_is_looked_at_again(tmp_path: Path) -> None:
    other = BRAND.model_copy(update={"name": "Other"})
    packs = [BRAND, other]
    source = Source(["a", "b", "b", "c", "c", "c"], lambda: packs.pop(0) if len(packs) > 1 else packs[0])
    shown = Shown(tmp_path, source)
    await shown.packs.begin()
    await shown.settle()
    assert shown.packs.current is BRAND
    await shown.settle()
    assert shown.packs.current is other


async def test_a_pack_that_breaks_its_reader_in_an_unforeseen_way_harms_nobody(tmp_path: Path) -> None:
    packs = [BRAND]
    shown = Shown(tmp_path, Source(["a", "b"], packs.pop))
    await shown.packs.begin()
    await shown.settle()
    await shown.settle()
    assert shown.packs.current is BRAND
    assert shown.value("lbc_brand_packs_total", result="refused") == 1


async def test_it_does_not_begin_with_a_broken_pack(tmp_path: Path) -> None:
    with pytest.raises(BrandError, match=r"brand\.yaml"):
        await Shown(tmp_path).packs.begin()


class Work:
    """Works until told, or until it falls."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def ready(self) -> bool:
        return True

    async def run(self, stop: asyncio.Event) -> None:
        if self.error:
            raise self.error
        await stop.wait()


async def test_the_looks_end_with_the_work(shown: Shown) -> None:
    watching, stop = Watching(Work(), shown.packs), asyncio.Event()
    assert watching.ready()
    running = asyncio.ensure_future(watching.run(stop))
    shown.edit("texts/en.yaml", "language_name: English", "language_name: Inglish")
    await shown.taken.wait()
    stop.set()
    await asyncio.wait_for(running, 5)
    with pytest.raises(ExceptionGroup):
        await Watching(Work(OSError()), shown.packs).run(asyncio.Event())


async def test_work_whose_looks_fall_falls_too(tmp_path: Path) -> None:
    source = Source(["a"], lambda: BRAND)
    shown = Shown(tmp_path, source)
    await shown.packs.begin()
    source.versions = []
    with pytest.raises(ExceptionGroup):
        await asyncio.wait_for(Watching(Work(), shown.packs).run(asyncio.Event()), 5)
