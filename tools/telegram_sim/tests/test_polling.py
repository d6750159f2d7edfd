"""getUpdates over HTTP: long polls, conflicts, what is given and when."""

import asyncio
from typing import Any

import aiohttp

from telegram_sim.client import Person, Sim
from telegram_sim.core.updates.conflicts import Conflicts
from telegram_sim.server import serving
from telegram_sim.settings import Settings

from .conftest import TOKEN, Bot, Receiver

CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


def waiting(bot: Bot, **arguments: Any) -> "asyncio.Task[tuple[int, dict[str, Any]]]":
    return asyncio.create_task(bot.call("getUpdates", **{"timeout": 50, **arguments}))


async def waits(sim: Sim) -> None:
    """Return once a long poll waits; nothing is recorded before its answer."""
    async with asyncio.timeout(10):
        while not (await sim.stats())["polling"]:
            pass


async def test_a_long_poll_ends_with_the_first_update(bot: Bot, alice: Person) -> None:
    poll = waiting(bot)
    await alice.say("hello")
    status, body = await poll
    assert status == 200
    (update,) = body["result"]
    assert next(iter(update)) == "update_id"
    assert update["message"]["text"] == "hello"
    assert (await bot.ok("getWebhookInfo"))["pending_update_count"] == 1
    assert await bot.ok("getUpdates", offset=update["update_id"] + 1) == []
    assert (await bot.ok("getWebhookInfo"))["pending_update_count"] == 0


async def test_a_long_poll_with_a_negative_offset_takes_all_that_comes(bot: Bot, alice: Person, sim: Sim) -> None:
    await sim.switch(hold_updates=True)
    for text in "abc":
        await alice.say(text)
    poll = waiting(bot, offset=-1)
    await waits(sim)
    await sim.release()
    assert [update["message"]["text"] for update in (await poll)[1]["result"]] == ["a", "b", "c"]


async def test_a_long_poll_that_meets_nothing_is_empty(bot: Bot) -> None:
    assert await bot.ok("getUpdates", timeout=1) == []


async def test_updates_come_in_order_and_stay_until_confirmed(bot: Bot, alice: Person) -> None:
    for text in "abc":
        await alice.say(text)
    first = await bot.ok("getUpdates", limit=2, offset=0)
    assert [update["message"]["text"] for update in first] == ["a", "b"]
    rest = await bot.ok("getUpdates", offset=first[1]["update_id"])
    assert [update["message"]["text"] for update in rest] == ["b", "c"]


async def test_the_second_of_two_pollers_wins(bot: Bot, alice: Person, sim: Sim) -> None:
    first = waiting(bot)
    await waits(sim)
    second = waiting(bot)
    assert await first == (409, {"ok": False, "error_code": 409, "description": CONFLICT})
    await alice.say("x")
    assert (await second)[0] == 200


async def test_polling_and_a_webhook_exclude_each_other(bot: Bot, receiver: Receiver, alice: Person) -> None:
    await bot.ok("setWebhook", url=receiver.url)
    refused = await bot.refused("getUpdates")
    words = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
    assert refused == (409, f"Conflict: {words}")
    await bot.ok("deleteWebhook")
    await alice.say("x")
    assert len(await bot.ok("getUpdates")) == 1


async def test_setting_a_webhook_ends_the_poll_that_waits(bot: Bot, receiver: Receiver, sim: Sim) -> None:
    poll = waiting(bot)
    await waits(sim)
    await bot.ok("setWebhook", url=receiver.url)
    assert await poll == (
        409,
        {"ok": False, "error_code": 409, "description": "Conflict: terminated by setWebhook request"},
    )


async def test_allowed_updates_hold_for_what_comes_after(bot: Bot, sim: Sim, alice: Person) -> None:
    await bot.ok("getUpdates", allowed_updates=["callback_query"])
    await alice.say("not wanted")
    await alice.tap_raw(1, "wanted")
    updates = await bot.ok("getUpdates", offset=1, allowed_updates="no list")
    assert ["callback_query" in update for update in updates] == [True]
    assert [entry["update_kind"] for entry in (await sim.record("unwanted"))[0]] == ["message"]
    assert "message is not among the bot's allowed_updates" in await sim.story()
    assert (await bot.ok("getWebhookInfo"))["allowed_updates"] == ["callback_query"]


async def test_an_expired_tap_is_not_given(bot: Bot, alice: Person, sim: Sim) -> None:
    await alice.tap_raw(1, "x")
    await alice.say("y")
    await sim.advance(seconds=151)
    assert (await sim.stats())["pending_updates"] == 1
    updates = await bot.ok("getUpdates", timeout=5)
    assert [update["message"]["text"] for update in updates] == ["y"]
    (expired,) = (await sim.record("expired"))[0]
    assert (expired["update_kind"], expired["chat_id"]) == ("callback_query", alice.id)
    assert "callback_query expired before the bot took it" in await sim.story()


async def test_what_is_late_comes_later_and_keeps_its_place(bot: Bot, alice: Person, sim: Sim) -> None:
    await sim.fault("late", seconds=600)
    await alice.say("late")
    await alice.say("behind it")
    assert await bot.ok("getUpdates") == []
    await sim.advance(seconds=1)  # who asks again sooner gets one update at most
    poll = waiting(bot)
    await sim.advance(seconds=600)
    assert [update["message"]["text"] for update in (await poll)[1]["result"]] == ["late", "behind it"]


async def test_the_clock_moves_dates_and_numbers(bot: Bot, alice: Person, sim: Sim) -> None:
    before = (await alice.say("before")).raw["date"]
    await sim.advance(days=8)
    after = (await alice.say("after")).raw["date"]
    assert after - before >= 8 * 24 * 3600
    (update,) = await bot.ok("getUpdates", offset=-1)
    assert update["message"]["text"] == "after"  # the first one has expired
    assert update["update_id"] not in range(100_000_000, 100_001_000)


def test_conflicts_in_a_row_are_slowed_down() -> None:
    conflicts = Conflicts()
    assert [conflicts.wait(now) for now in (0.0, 1.0, 2.9, 3.0, 3.1)] == [0.0, 3.0, 3.0, 0.0, 3.0]


async def test_an_open_poll_does_not_keep_the_simulator_from_ending(settings: Settings) -> None:
    async with aiohttp.ClientSession() as session:
        async with serving(settings) as url:
            poll = waiting(Bot(f"{url}/bot{TOKEN}", session))
            async with Sim(url) as sim:
                await waits(sim)
        assert (await poll)[1]["result"] == []
