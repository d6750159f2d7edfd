"""The record over HTTP: filters against the whole, cursors over what is forgotten, streams that go on."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telegram_sim.client import Sim, SimError
from telegram_sim.core.record import ENTRY_KINDS
from telegram_sim.server import serving
from telegram_sim.settings import Settings
from telegram_sim.testing import SyncTelegram

from .conftest import TOKEN, Bot
from .http_calls import called, read

PEOPLE = 3


def test_the_readme_names_every_kind_of_entry() -> None:
    text = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^Kinds of entries[^:]*: ([^.]*)\.", text, re.MULTILINE)
    assert found is not None
    named = re.sub(r" \([^)]*\)", "", found.group(1).replace("\n", " "))
    assert tuple(named.split(", ")) == ENTRY_KINDS


@pytest.fixture(scope="module")
def busy() -> Iterator[SyncTelegram]:
    """A record with entries of most kinds, of several chats."""
    with SyncTelegram.running(seed=5, time_scale=0.001) as telegram:
        people = [telegram.person(f"P{number}", known=True) for number in range(PEOPLE)]
        telegram.fail("sendMessage", "500")
        for person in people:
            person.start("campaign")
            for text in ("one", "two"):
                called(telegram, "sendMessage", chat_id=person.id, text=text)
            called(telegram, "sendChatAction", chat_id=str(person.id), action="typing")
            person.tap_raw(1, "x")
            query = called(telegram, "getUpdates", offset=-1)[0]["callback_query"]
            called(telegram, "answerCallbackQuery", callback_query_id=query["id"])
        called(telegram, "editMessageText", chat_id=people[0].id, message_id=3, text="three")
        called(telegram, "nonsense")
        telegram.switch(enforce_limits=False)
        yield telegram


CHATS = st.sampled_from([700_000_001 + number for number in range(PEOPLE + 1)])
QUERIES = st.fixed_dictionaries(
    {},
    optional={
        "kinds": st.sets(st.sampled_from(ENTRY_KINDS), min_size=1),
        "chat_id": st.sets(CHATS, min_size=1),
        "method": st.sampled_from(["sendMessage", "SENDMESSAGE", "getUpdates", "nonsense", "getMe"]),
        "update_id": st.integers(100_000_000, 100_000_008),
        "since": st.integers(0, 40),
    },
)


def wanted(entry: dict[str, Any], query: dict[str, Any]) -> bool:
    """What the README says of filters, said once more."""
    return (
        entry["seq"] > query.get("since", 0)
        and entry["kind"] in query.get("kinds", ENTRY_KINDS)
        and entry.get("chat_id") in query.get("chat_id", {entry.get("chat_id")})
        and (entry.get("method") or "").lower() == query.get("method", entry.get("method") or "").lower()
        and entry.get("update_id") == query.get("update_id", entry.get("update_id"))
    )


@settings(max_examples=60, deadline=None)
@given(query=QUERIES, size=st.integers(1, 9))
def test_a_filter_gives_what_filtering_everything_gives(busy: SyncTelegram, query: dict[str, Any], size: int) -> None:
    whole = [json.loads(line) for line in read(busy, "/record", format="jsonl").splitlines()]
    assert [entry["seq"] for entry in whole] == list(range(1, len(whole) + 1))
    expected = [entry for entry in whole if wanted(entry, query)]
    lists = {name: ",".join(map(str, value)) for name, value in query.items() if isinstance(value, set)}
    asked = {**query, **lists}
    assert [json.loads(line) for line in read(busy, "/record", **asked, format="jsonl").splitlines()] == expected
    paged: list[Any] = []
    while True:
        page = json.loads(read(busy, "/record", **asked, limit=size))
        assert page["missed"] == 0
        paged += page["entries"]
        if len(page["entries"]) < size:
            break
        asked["since"] = page["next"]
    assert paged == expected


@pytest.fixture
async def small() -> AsyncIterator[Sim]:
    """A simulator that remembers some ten entries."""
    async with serving(Settings(token=TOKEN, max_record=10)) as url, Sim(url) as sim:
        yield sim


async def filled(sim: Sim, count: int) -> None:
    for _ in range(count):
        await sim.switch()


async def test_what_is_forgotten_is_told_to_who_has_not_read_it(small: Sim) -> None:
    await filled(small, 5)
    first = await small.request("GET", "/record", limit=2)
    assert (first["next"], first["missed"]) == (2, 0)
    await filled(small, 30)
    second = await small.request("GET", "/record", since=2)
    assert second["missed"] == second["entries"][0]["seq"] - 3 > 0
    assert second["entries"][-1]["seq"] == second["next"] == 35
    assert (await small.request("GET", "/record", since=35))["missed"] == 0
    address = f"{small.base_url}/sim/record?format=jsonl&since=2"
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        assert int(answer.headers["Telegram-Sim-Missed"]) == second["missed"]
        assert len((await answer.text()).splitlines()) == len(second["entries"])


async def test_a_cursor_of_an_earlier_run_is_refused(small: Sim) -> None:
    await filled(small, 3)
    for form in ("json", "jsonl"):
        with pytest.raises(SimError, match="the last entry is 3, so 4 is of an earlier run of the simulator: begin wi"):
            await small.request("GET", "/record", since=4, format=form)


async def events(sim: Sim, count: int, since: int, **headers: str) -> list[tuple[str, Any]]:
    """The first events of a stream, each with its name."""
    found: list[tuple[str, Any]] = []
    name = "message"
    async with (
        asyncio.timeout(10),
        aiohttp.ClientSession() as session,
        session.get(f"{sim.base_url}/sim/events?since={since}", headers=headers) as stream,
    ):
        async for line in stream.content:
            field, _, value = line.decode().strip().partition(": ")
            if field == "event":
                name = value
            if field == "data":
                found.append((name, json.loads(value)))
                name = "message"
            if len(found) == count:
                break
    return found


async def test_a_stream_tells_of_a_gap_and_goes_on_behind_it(small: Sim) -> None:
    await filled(small, 30)
    gap, (name, entry) = await events(small, 2, 0, **{"Last-Event-ID": "3"})
    assert gap == ("gap", {"since": 3, "missed": entry["seq"] - 4})
    assert (name, entry["kind"]) == ("message", "switches")
    gap, (_, entry) = await events(small, 2, 0, **{"Last-Event-ID": "5000"})
    assert gap == ("gap", {"since": 0, "missed": None})
    assert entry["seq"] > 1
    assert [name for name, _ in await events(small, 1, 29)] == ["message"]


async def test_a_download_is_the_record_as_it_was_asked_for(base_url: str, bot: Bot, sim: Sim) -> None:
    """Its reader is slow, and meanwhile everything else goes on and the record starts over."""
    for _ in range(300):
        await sim.update({"poll": {"id": "x" * 10_000}})
    async with bot.session.get(f"{base_url}/sim/record?format=jsonl&kinds=update") as answer:
        beginning = await answer.content.readline()
        await sim.reset()
        await filled(sim, 10)
        rest = await answer.content.read()
    kinds = [json.loads(line)["kind"] for line in (beginning + rest).splitlines()]
    assert kinds == ["update"] * 300
