import asyncio

import aiohttp
import pytest

from telegram_sim.client import ExpectationError, Person, Sim, SimError

from .conftest import Bot


@pytest.mark.parametrize(("kind", "status"), [("429", 429), ("403", 403), ("500", 500)])
async def test_refusals_on_demand_happen_as_often_as_asked(
    bot: Bot, sim: Sim, alice: Person, kind: str, status: int
) -> None:
    await sim.fail("sendMessage", kind, times=2, **({"retry_after": 9} if kind == "429" else {}))
    for _ in range(2):
        found, body = await bot.call("sendMessage", chat_id=alice.id, text="x")
        assert found == status
        assert body.get("parameters") == ({"retry_after": 9} if kind == "429" else None)
    assert await alice.messages() == []
    await bot.ok("sendMessage", chat_id=alice.id, text="x")


@pytest.mark.parametrize(("kind", "stored"), [("drop_before", 0), ("drop_after", 1)])
async def test_a_connection_is_cut_before_or_after_the_message_exists(
    bot: Bot, sim: Sim, alice: Person, kind: str, stored: int
) -> None:
    await sim.fail("sendMessage", kind)
    with pytest.raises((aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)):
        await bot.call("sendMessage", chat_id=alice.id, text="x")
    assert len(await alice.messages()) == stored
    assert (await sim.calls("sendMessage"))[0]["fault"] == kind


async def test_a_fault_can_be_for_one_chat_and_be_taken_back(bot: Bot, sim: Sim, alice: Person) -> None:
    await sim.fail("*", "500", chat_id=alice.id + 1)
    await bot.ok("sendMessage", chat_id=alice.id, text="x")
    await sim.clear_faults()
    await sim.fail("sendMessage", "delay", seconds=0.01)
    await bot.ok("sendMessage", chat_id=alice.id, text="x")
    assert [call["fault"] for call in await sim.calls("sendMessage")] == [None, "delay"]
    with pytest.raises(SimError):
        await sim.fail("sendMessage", "explode")


async def test_flood_limits_when_switched_on(bot: Bot, sim: Sim) -> None:
    await sim.switch(enforce_limits=True)
    people = [await sim.person(f"P{number}", known=True) for number in range(3)]
    statuses = await asyncio.gather(
        *(bot.call("sendMessage", chat_id=person.id, text="x") for person in people for _ in range(40))
    )
    refused = [body for status, body in statuses if status == 429]
    assert refused
    assert refused[0]["parameters"]["retry_after"] >= 1
    assert refused[0]["description"] == f"Too Many Requests: retry after {refused[0]['parameters']['retry_after']}"


async def test_waiting_ends_when_something_happens_or_in_time(bot: Bot, alice: Person) -> None:
    waiting = asyncio.create_task(alice.expects("text", text="two"))
    await bot.ok("sendMessage", chat_id=alice.id, text="one")
    await bot.ok("sendMessage", chat_id=alice.id, text="two")
    assert (await waiting).text == "two"
    with pytest.raises(ExpectationError, match="one"):
        await alice.expects("video", timeout=0.05)
    assert (await alice.expects()).text == "one"
    await alice.expects_nothing(0.01)


async def test_what_a_person_cannot_do_is_refused(sim: Sim, alice: Person) -> None:
    with pytest.raises(SimError, match=r"has a button 'nothing'; the buttons that there are: none"):
        await alice.tap("nothing")
    await alice.block()
    with pytest.raises(SimError, match="blocked"):
        await alice.say("x")
    with pytest.raises(SimError) as missing:
        await sim.request("GET", "/people/1")
    assert missing.value.status == 404


async def test_any_kind_of_message_can_be_sent(alice: Person) -> None:
    sent = await alice.send(sticker={"file_id": "x", "emoji": "👍"})
    assert (sent.kind, sent.from_bot) == ("sticker", False)


async def test_reset_forgets_people_and_numbers_go_on(bot: Bot, sim: Sim, alice: Person) -> None:
    before = (await bot.ok("sendMessage", chat_id=alice.id, text="x"))["message_id"]
    await sim.reset()
    assert (await bot.refused("sendMessage", chat_id=alice.id, text="x"))[0] == 400
    bob = await sim.person("Bob", known=True)
    assert (await bot.ok("sendMessage", chat_id=bob.id, text="x"))["message_id"] > before


async def test_the_record_streams_and_pages(base_url: str, bot: Bot, sim: Sim, alice: Person) -> None:
    for number in range(3):
        await bot.ok("sendMessage", chat_id=alice.id, text=str(number))
    first, cursor = await sim.record("message", limit=2)
    rest, _ = await sim.record("message", since=cursor)
    assert [entry["message"]["text"] for entry in first + rest] == ["0", "1", "2"]
    async with bot.session.get(f"{base_url}/sim/events?since={cursor}&kinds=message") as stream:
        async for line in stream.content:
            if line.startswith(b"data:"):
                assert b'"text":"2"' in line
                break


async def test_foreign_pages_cannot_post_forms(base_url: str, bot: Bot) -> None:
    async with bot.session.post(f"{base_url}/sim/people", data={"first_name": "Eve"}) as answer:
        assert answer.status == 415
    for path in ("/", "/page/js/main.js", "/page/css/chat.css", "/health"):
        async with bot.session.get(f"{base_url}{path}") as answer:
            assert answer.status == 200
