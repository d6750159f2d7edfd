"""A simulator that is killed while it writes: at any moment, the folder opens again and nothing is mixed up."""

import asyncio
import contextlib
import copy
import json
import random
import resource
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from telegram_sim.client import Person, Sim
from telegram_sim.edge.folder import Folder, encoded
from telegram_sim.edge.keeper import Keeper, kept
from telegram_sim.server import serving
from telegram_sim.settings import Settings
from telegram_sim.simulator import running
from telegram_sim.state import LEAP, StateError, restore, snapshot

from .conftest import TOKEN, Bot
from .processes import start

LIVES = 5
GONE = (aiohttp.ClientError, ConnectionError)


@dataclass
class Witness:
    """What the simulator told before it was killed."""

    messages: list[int] = field(default_factory=list)
    taps: list[int] = field(default_factory=list)
    updates: list[int] = field(default_factory=list)
    media: dict[str, bytes] = field(default_factory=dict)

    async def live(self, sim: Sim, life: int) -> None:
        """Keep the simulator busy until it is gone."""
        person = await sim.person(person_id=5)
        for number in range(100_000):
            self.messages.append((await person.say("x")).id)
            self.taps.append(int((await person.tap_raw(1, "x")).id))
            self.updates.append((await sim.update({"poll": {"id": "1"}})) or 0)
            content = f"life {life}, medium {number}".encode()
            sent = await person.send_media("document", content, "application/pdf", name="a.pdf")
            self.media[sent.raw["document"]["file_id"]] = content

    async def check(self, bot: Bot, url: str) -> int:
        """See that each medium is what it was; return how many are still there."""
        there = 0
        for file_id, content in self.media.items():
            status, found = await bot.call("getFile", file_id=file_id)
            if status == 200:
                path = found["result"]["file_path"]
                async with bot.session.get(f"{url}/file/bot{TOKEN}/{path}") as answer:
                    assert await answer.read() == content
                there += 1
        return there


@pytest.mark.parametrize("seed", [1])
async def test_killed_at_any_moment_it_opens_again_and_repeats_nothing(tmp_path: Path, seed: int) -> None:
    dice, witness = random.Random(seed), Witness()  # noqa: S311 - dice, no secret
    for life in range(LIVES):
        process = await start("--state", str(tmp_path), TELEGRAM_SIM_TOKEN=TOKEN)
        assert process.stdout is not None
        words = (await process.stdout.readline()).decode().split()
        assert words, (await process.communicate())[1]
        async with Sim(words[1].rstrip("/")) as sim:
            living = asyncio.create_task(witness.live(sim, life))
            async with asyncio.timeout(30):
                while not files_in(tmp_path):  # noqa: ASYNC110 - another process writes
                    await asyncio.sleep(0.01)
            await asyncio.sleep(dice.uniform(0, 1.2))  # the moment is what is drawn: nothing is awaited here
            process.send_signal(signal.SIGKILL)
            await process.communicate()
            with contextlib.suppress(*GONE):
                await living
    for numbers in (witness.messages, witness.taps, witness.updates):
        assert numbers == sorted(set(numbers))
    async with serving(settings(tmp_path)) as url, aiohttp.ClientSession() as session:
        assert await witness.check(Bot(f"{url}/bot{TOKEN}", session), url)


def files_in(folder: Path) -> list[Any]:
    file = folder / "state.json"
    return list(json.loads(file.read_bytes())["files"]) if file.exists() else []


def settings(folder: Path, **changes: Any) -> Settings:
    return Settings(**{"token": TOKEN, "state": str(folder), **changes})


async def test_lives_too_short_to_write_anything_repeat_no_number_either(tmp_path: Path) -> None:
    numbers = []
    for _ in range(3):
        folder = Folder(tmp_path)
        folder.open()
        async with running(settings(tmp_path)) as sim:
            folder.load(sim)
            Keeper(folder, sim).begin()
            numbers.append(sim.start(sim.world.add_person(5, "Alice"), "")["message_id"])
        folder.close()  # all that a kill leaves
    assert numbers == [1, 1 + LEAP, 1 + 2 * LEAP]


async def test_a_medium_of_a_lost_state_is_not_taken_for_another_of_its_number(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.open()
    (tmp_path / "media" / "1").write_bytes(b"written just before the kill, named by no state")
    (tmp_path / "media" / "holiday.jpg").write_bytes(b"somebody else's")
    (tmp_path / "media" / "2.new").write_bytes(b"half")
    async with running(settings(tmp_path)) as sim:
        sim.files.add("document", b"mine", "application/pdf", "a.pdf", {})
        folder.load(sim)
        folder.save(snapshot(sim, ended=True), sim.files.contents())
    folder.close()
    found = {file.name: file.read_bytes() for file in (tmp_path / "media").iterdir()}
    assert found == {"1": b"mine", "holiday.jpg": b"somebody else's"}


async def test_updates_come_back_in_their_order_held_or_not(tmp_path: Path) -> None:
    async with serving(settings(tmp_path)) as url, Sim(url) as sim:
        alice = await sim.person(person_id=5)
        await alice.say("one")
        await sim.switch(hold_updates=True)
        await alice.say("two")
        await sim.switch(hold_updates=False)
        await alice.say("three")
    async with serving(settings(tmp_path)) as url, aiohttp.ClientSession() as session:
        updates = await Bot(f"{url}/bot{TOKEN}", session).ok("getUpdates")
    assert [update["message"]["text"] for update in updates] == ["one", "two", "three"]


async def test_a_full_disk_is_told_and_tried_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    blocked = tmp_path / "state.json.new"
    async with serving(settings(tmp_path)) as url, Sim(url) as sim:
        blocked.mkdir()
        async with asyncio.timeout(10):
            while "the state could not be written" not in caplog.text:
                await sim.person("Alice")
                await asyncio.sleep(0.01)
        blocked.rmdir()
        await sim.person("Bob", person_id=77)
        async with asyncio.timeout(10):
            while not written(tmp_path, 77):  # noqa: ASYNC110 - the disk tells nobody
                await asyncio.sleep(0.01)


def written(folder: Path, person: int) -> bool:
    file = folder / "state.json"
    return file.exists() and person in {one["id"] for one in json.loads(file.read_bytes())["people"]}


async def test_a_bug_in_writing_is_told_at_once_and_costs_not_the_last_state(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(settings(tmp_path)) as sim, kept(sim, str(tmp_path)):
        alice = sim.world.add_person(5, "Alice")
        message = sim.world.add_message(alice.user(), alice, {"text": {"no JSON"}})
        async with asyncio.timeout(10):
            while "the state is not written any more" not in caplog.text:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)
        sim.world.edit(message, {"text": "JSON"})
    assert written(tmp_path, 5)


async def test_a_lower_setting_holds_from_the_restart_on(tmp_path: Path) -> None:
    async with serving(settings(tmp_path)) as url, Sim(url) as sim:
        people = [await sim.person(f"P{number}") for number in range(5)]
        for person in people:
            await person.say("x")
    async with serving(settings(tmp_path, max_people=2)) as url, Sim(url) as sim:
        listed = (await sim.request("GET", "/people"))["people"]
        assert [one["id"] for one in listed] == [person.id for person in people[3:]]
        assert [len(await Person(sim, one).messages()) for one in listed] == [1, 1]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a state: in each object, and first in each list."""
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    for name, part in inside:
        yield from places(part, (*path, name))


def put(whole: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    changed = copy.deepcopy(whole)
    place = changed
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return changed


async def test_wrong_values_anywhere_are_told_or_harmless(tmp_path: Path) -> None:
    async with running(settings(tmp_path)) as sim:
        alice = sim.world.add_person(5, "Alice", username="alice")
        sim.tap(alice, sim.start(alice, "campaign")["message_id"], "x")
        sim.files.add("document", b"x", "application/pdf", "a.pdf", {})
        whole = json.loads(encoded(snapshot(sim, ended=True)))
    told = 0
    for path in places(whole):
        for value in (None, -1, "x", [], {}, 2**70, True):
            async with running(settings(tmp_path)) as sim:
                try:
                    restore(sim, put(whole, path, value), {1: b"x"})
                except StateError:
                    told += 1
                    continue
                for file in sim.files.all():
                    assert file.path
                if (person := sim.world.people.get(5)) is not None and not person.blocked:
                    sim.say(person, {"text": "x"})
                assert encoded(snapshot(sim, ended=True))
    assert told > 100


async def test_what_had_no_room_takes_none(tmp_path: Path) -> None:
    folder, content = Folder(tmp_path), {1: bytes(200_000)}
    folder.open()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with running(settings(tmp_path)) as sim:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
        try:
            with pytest.raises(OSError, match="File too large"):
                folder.save(snapshot(sim, ended=True), content)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert list((tmp_path / "media").iterdir()) == []
        folder.save(snapshot(sim, ended=True), content)
    folder.close()
    assert (tmp_path / "media" / "1").read_bytes() == content[1]
