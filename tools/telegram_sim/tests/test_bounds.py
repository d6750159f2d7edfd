"""Nothing grows without end: every collection has a bound that is a setting, or a number of its own."""

import json
import random
from typing import Any

import pytest

from telegram_sim.client import Sim, SimError
from telegram_sim.core.args import Args
from telegram_sim.core.chats.commands import MAX_LISTS, CommandLists
from telegram_sim.core.chats.messages import Messages
from telegram_sim.core.chats.people import Bot as Account
from telegram_sim.core.chats.taps import Taps
from telegram_sim.core.chats.world import Clocks, Limits, World
from telegram_sim.core.errors import ApiError
from telegram_sim.core.flood import MAX_CHATS, FloodLimits
from telegram_sim.core.media.files import Files
from telegram_sim.core.record import Filter, Record
from telegram_sim.core.types import weight
from telegram_sim.settings import Settings

from .conftest import TOKEN, Bot


def world(**changes: int) -> World:
    limits = Limits(
        **{"people": 3, "messages_in_chat": 4, "messages_in_all": 6, "bytes_in_all": 10**6, "taps": 2, **changes}
    )
    return World(Account(1, "bot", "Bot"), Record(100, lambda: 0.0), Clocks(lambda: 0, lambda: 0.0), limits)


def test_people_who_were_silent_longest_are_forgotten_with_their_chats() -> None:
    made = world()
    people = [made.add_person(None, f"P{number}") for number in range(3)]
    for person in people:
        made.add_message(person.user(), person, {"text": "x"})
    made.add_message(people[0].user(), people[0], {"text": "again"})
    newcomer = made.add_person(None, "New")
    assert list(made.people) == [people[2].id, people[0].id, newcomer.id]
    assert made.messages(people[1].id) == []
    assert len(made.stored) == 3
    assert newcomer.id not in {person.id for person in people}


def test_messages_are_bounded_in_a_chat_and_in_all() -> None:
    made = world()
    first, second = made.add_person(None, "A"), made.add_person(None, "B")
    for number in range(9):
        made.add_message(first.user(), first, {"text": str(number)})
    assert [message["text"] for message in made.messages(first.id)] == ["5", "6", "7", "8"]
    for number in range(3):
        made.add_message(second.user(), second, {"text": str(number)})
    assert [message["text"] for message in made.messages(first.id)] == ["6", "7", "8"]
    assert len(made.stored) == len(list(made.stored)) == 6


def test_what_is_forgotten_in_any_order_leaves_nothing_behind() -> None:
    dice = random.Random(3)  # noqa: S311 - dice, no secret
    messages = Messages(5, 12, 10**6)
    for number in range(500):
        chat = dice.randint(1, 4)
        messages.put(chat, {"message_id": number})
        if dice.random() < 0.3:
            messages.delete(dice.randint(1, 4), dice.randint(max(number - 20, 0), number))
        if dice.random() < 0.02:
            messages.forget_chat(chat)
        kept = [message["message_id"] for chat in range(1, 5) for message in messages.of(chat)]
        assert sorted(kept) == [message["message_id"] for message in messages]
        assert len(messages) <= 12
        assert all(len(messages.of(chat)) <= 5 for chat in range(1, 5))
    messages.clear()
    assert (len(messages), list(messages)) == (0, [])


def test_large_messages_are_bounded_by_their_bytes() -> None:
    messages = Messages(100, 100, 5000)
    for number in range(20):
        messages.put(number % 3, {"message_id": number, "text": "x" * 1000})
    assert [message["message_id"] for message in messages] == [16, 17, 18, 19]
    messages.put(0, {"message_id": 18, "text": "edited"})
    messages.put(1, {"message_id": 20, "text": "x" * 1700})
    assert [message["message_id"] for message in messages] == [16, 17, 18, 19, 20]
    messages.put(1, {"message_id": 21, "text": "x" * 9000})
    assert (len(messages), messages.of(1)) == (0, [])
    assert messages._bytes == 0


def test_taps_are_bounded_and_an_old_one_is_too_old() -> None:
    taps = Taps(2, lambda: 0.0)
    first, *_ = [taps.add(1, 1, "x") for _ in range(3)]
    assert len(taps) == 2
    with pytest.raises(ApiError, match="query is too old"):
        taps.answer(first.id, {})


def test_contents_go_before_identifiers_and_both_have_an_end() -> None:
    files = Files(1, max_bytes=10, max_files=3)
    stored = [files.add("document", bytes([number]) * 4, "text/plain", "a.txt", {}) for number in range(5)]
    assert files.held == {"files": 3, "contents": 2, "bytes": 8}
    assert files.find(stored[2].file_id, "document") is stored[2]
    with pytest.raises(ApiError, match="temporarily unavailable"):
        files.to_download(stored[2].file_id)
    with pytest.raises(ApiError, match="wrong file identifier"):
        files.find(stored[0].file_id, "document")
    assert files.download(stored[0].path) is None
    files.add("document", bytes(11), "text/plain", "a.txt", {})
    assert files.held["bytes"] <= 10


def test_the_record_forgets_and_its_numbers_go_on() -> None:
    record = Record(100, lambda: 0.0)
    most = 0
    for number in range(1000):
        record.add("x", number=number)
        most = max(most, len(record.since(0, Filter(), 10**6)[0]))
    entries, cursor = record.since(0, Filter(), 10**6)
    assert cursor == 1000
    assert entries[-1]["number"] == 999
    assert 100 <= len(entries) <= most <= 125


def test_the_record_is_bounded_by_its_bytes() -> None:
    record = Record(10_000, lambda: 0.0, max_bytes=10_000)
    for number in range(100):
        record.add("x", number=number, text="y" * 990)
    entries, cursor = record.since(0, Filter(), 10**6)
    assert (cursor, entries[-1]["number"]) == (100, 99)
    assert 9 <= len(entries) <= 12
    record.add("x", text="y" * 50_000)
    assert record.since(0, Filter(), 10**6) == ([], 101)


def test_a_weight_is_about_the_length_of_the_json() -> None:
    value: Any = {"a": ["x" * 100, {"b": 1.5, "c": None}], "d": True}
    assert 0.5 < weight(value) / len(json.dumps(value)) < 1.5
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    assert weight(deep) > 100_000


def test_the_record_keeps_no_endless_arguments() -> None:
    shown = Args({"text": "x" * 10**6, "nested": [["y"] * 10**5], "chat_id": 5, "secret_token": "s"}).shown()
    assert len(str(shown)) < 20_000
    assert (shown["chat_id"], shown["secret_token"]) == (5, "***")
    assert shown["text"].endswith("… (1000000 characters)")


def test_lists_of_commands_and_flood_limits_are_bounded() -> None:
    lists = CommandLists()
    for number in range(MAX_LISTS + 5):
        lists.put(f"chat {number}", "", [{"command": "a", "description": "b"}])
    assert len(lists.all()) == MAX_LISTS
    assert lists.get("chat 4") == []
    flood = FloodLimits()
    for number in range(MAX_CHATS + 5):
        assert flood.admit(number, float(number)) == 0
    assert len(flood) == MAX_CHATS


@pytest.fixture
def settings() -> Settings:
    return Settings(token=TOKEN, max_people=4, max_messages=3, max_all_messages=8, max_taps=2, max_pending=30)


async def test_the_settings_bound_a_running_simulator(bot: Bot, sim: Sim) -> None:
    for number in range(12):
        person = await sim.person(f"P{number}", known=True)
        for _ in range(5):
            sent = await bot.ok("sendMessage", chat_id=person.id, text="x")
        await person.tap_raw(sent["message_id"], "x")
    people = (await sim.request("GET", "/people"))["people"]
    assert len(people) == 4
    assert len(await person.messages()) == 3
    counts = [len((await sim.request("GET", f"/people/{who['id']}/messages"))["messages"]) for who in people]
    assert sum(counts) <= 8


async def test_more_updates_than_may_wait_are_refused(sim: Sim) -> None:
    alice = await sim.person()
    for _ in range(30):
        await alice.say("x")
    with pytest.raises(SimError, match="30 updates wait already") as refused:
        await alice.say("x")
    assert refused.value.status == 409
    assert (await sim.stats())["pending_updates"] == 30
