import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telegram_sim.client import Person, Sim, SimError
from telegram_sim.core.record import Filter, Record

from .conftest import Bot, Receiver
from .virtual import Box

KINDS = ("call", "update", "message")
ENTRIES = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 3)), max_size=60)


def filled(entries: list[tuple[str, int]], limit: int = 1000) -> Record:
    record = Record(limit, lambda: 0.0)
    for kind, chat in entries:
        record.add(kind, chat_id=chat)
    return record


@given(ENTRIES, st.sets(st.sampled_from(KINDS)), st.sets(st.integers(1, 3)), st.integers(1, 7))
def test_pages_together_are_everything_that_was_asked_for_in_order(
    entries: list[tuple[str, int]], kinds: set[str], chats: set[int], size: int
) -> None:
    record, wanted, cursor = filled(entries), Filter(kinds, chats), 0
    found: list[tuple[int, str, int]] = []
    while True:
        page, cursor = record.since(cursor, wanted, size)
        assert len(page) <= size
        found += [(entry["seq"], entry["kind"], entry["chat_id"]) for entry in page]
        if len(page) < size:
            break
    every = [(number, kind, chat) for number, (kind, chat) in enumerate(entries, 1)]
    assert found == [one for one in every if (not kinds or one[1] in kinds) and (not chats or one[2] in chats)]
    assert cursor == len(entries)


@given(ENTRIES, st.integers(1, 10), st.integers(0, 70))
def test_the_newest_are_kept_and_numbers_go_on(entries: list[tuple[str, int]], limit: int, since: int) -> None:
    record = filled(entries, limit)
    found, cursor = record.since(since, Filter(), 1000)
    numbers = [entry["seq"] for entry in found]
    assert len(numbers) <= 2 * limit
    assert numbers == list(range(len(entries) - len(numbers) + 1, len(entries) + 1))
    newest = list(range(max(len(entries) - limit, since) + 1, len(entries) + 1))
    assert numbers[len(numbers) - len(newest) :] == newest
    assert cursor == max(since, len(entries))


async def lines(bot: Bot, base_url: str, query: str = "") -> list[Any]:
    async with bot.session.get(f"{base_url}/sim/record?format=jsonl{query}") as answer:
        assert answer.headers["Content-Type"].startswith("application/x-ndjson")
        assert answer.headers["Content-Disposition"] == 'attachment; filename="telegram-sim-record.jsonl"'
        return [json.loads(line) for line in (await answer.text()).splitlines()]


async def test_a_download_has_every_entry_however_many(base_url: str, bot: Bot, sim: Sim, alice: Person) -> None:
    for _ in range(1100):
        await sim.request("PATCH", "/switches", {})
    await alice.say("one \u2028 line")
    found = await lines(bot, base_url)
    assert [entry["seq"] for entry in found] == list(range(1, len(found) + 1))
    assert sum(entry["kind"] == "switches" for entry in found) == 1100
    assert [entry["message"]["text"] for entry in found if entry["kind"] == "message"] == ["one \u2028 line"]
    assert len(await lines(bot, base_url, "&since=1100")) == len(found) - 1100


async def test_one_update_can_be_followed_through(base_url: str, bot: Bot, sim: Sim, hooked: Receiver) -> None:
    alice, bob = await sim.person("Alice"), await sim.person("Bob")
    await alice.say("mine")
    await bob.say("his")
    await hooked.got(2)
    await sim.wait_for(2, "delivery")
    number = hooked.updates[0]["update_id"]
    found = await lines(bot, base_url, f"&update_id={number}")
    assert [(entry["kind"], entry["update_id"]) for entry in found] == [("update", number), ("delivery", number)]
    both = await lines(bot, base_url, f"&chat_id={alice.id},{bob.id}&kinds=message")
    assert [entry["message"]["text"] for entry in both] == ["mine", "his"]
    assert [entry["chat_id"] for entry in await lines(bot, base_url, f"&chat_id={bob.id}&kinds=update")] == [bob.id]


async def test_a_stream_goes_on_from_the_last_event_that_was_seen(base_url: str, bot: Bot, alice: Person) -> None:
    for text in ("one", "two", "three"):
        await alice.say(text)
    messages = await lines(bot, base_url, "&kinds=message")
    headers = {"Last-Event-ID": str(messages[0]["seq"])}
    texts: list[str] = []
    async with (
        asyncio.timeout(10),
        bot.session.get(f"{base_url}/sim/events?since=0&kinds=message", headers=headers) as stream,
    ):
        async for line in stream.content:
            if line.startswith(b"data:"):
                texts.append(json.loads(line[5:])["message"]["text"])
            if len(texts) == 2:
                break
    assert texts == ["two", "three"]


NONSENSE = [
    {"since": "x"},
    {"chat_id": "1,x"},
    {"update_id": "1e999"},
    {"limit": "nan"},
    {"format": "xml"},
    {"wait": "x"},
]


@pytest.mark.parametrize("query", NONSENSE)
async def test_a_question_that_makes_no_sense_is_refused(sim: Sim, query: dict[str, str]) -> None:
    with pytest.raises(SimError, match="expected") as refused:
        await sim.request("GET", "/record", **query)
    assert refused.value.status == 400


async def test_a_strange_last_event_is_as_good_as_none(base_url: str, bot: Bot, alice: Person) -> None:
    await alice.say("one")
    async with bot.session.get(f"{base_url}/sim/record", headers={"Last-Event-ID": "²"}) as answer:
        assert (answer.status, bool((await answer.json())["entries"])) == (200, True)


async def test_people_are_listed_the_newest_few_if_wanted(sim: Sim) -> None:
    people = [await sim.person(f"P{number}") for number in range(4)]
    listed = (await sim.request("GET", "/people", limit=2))["people"]
    assert [one["id"] for one in listed] == [person.id for person in people[2:]]
    assert len((await sim.request("GET", "/people"))["people"]) == 4


IMPOSSIBLE = [
    {"first_name": 5},
    {"first_name": None},
    {"username": []},
    {"deactivated": "yes"},
    {"known": 1},
    {"id": True},
    {"id": 2**52},
    {"age": 3},
]


@pytest.mark.parametrize("body", IMPOSSIBLE)
async def test_a_person_that_telegram_could_not_have_is_refused(sim: Sim, body: dict[str, Any]) -> None:
    with pytest.raises(SimError) as refused:
        await sim.request("POST", "/people", body)
    assert refused.value.status == 400
    assert (await sim.request("GET", "/people"))["people"] == []


async def test_what_is_held_back_is_listed_with_its_queues(sim: Sim, hooked: Receiver, alice: Person) -> None:
    await sim.switch(hold_updates=True)
    await alice.say("one")
    await alice.say("two")
    await alice.tap_raw(1, "data")
    found = await sim.request("GET", "/updates/held")
    assert [(one["kind"], one["update"]["update_id"] == one["update_id"]) for one in found["held"]] == [
        ("message", True),
        ("message", True),
        ("callback_query", True),
    ]
    first, second, tap = (one["queue"] for one in found["held"])
    assert (first == second, first == tap, found["count"]) == (True, False, 3)
    assert hooked.updates == []


async def test_one_kind_of_fault_can_be_cleared(bot: Bot, sim: Sim, alice: Person) -> None:
    await sim.fail("sendMessage", "500", times=0)
    await sim.fail("sendMessage", "429", times=0)
    left = await sim.request("DELETE", "/faults", kind="500")
    assert [fault["kind"] for fault in left["faults"]] == ["429"]
    assert (await bot.call("sendMessage", chat_id=alice.id, text="x"))[0] == 429


def test_an_update_is_recorded_as_the_bot_will_see_it() -> None:
    box = Box()
    number = box.say()
    box.inbox.post_raw({"poll": {"id": "1"}}, number=False)
    first, second = (entry["update"] for entry in box.inbox.record.all(0, Filter(frozenset({"update"}))))
    assert first == {"update_id": number, "message": {"chat": {"id": 1}}}
    assert second == {"poll": {"id": "1"}}
