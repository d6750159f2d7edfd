"""Delivery to a webhook over real sockets: headers, order, retries, connections, replies."""

import pytest

from telegram_sim.client import Person, Sim
from telegram_sim.core.updates.kinds import DEFAULT_KINDS, LISTED_KINDS, UPDATE_KINDS
from telegram_sim.core.webhook.webhook import Webhook, allowed_kinds, clamped

from .conftest import SECRET, Answer, Bot, Receiver

FASTER = pytest.mark.parametrize("time_scale", [0.001])


async def test_updates_carry_the_secret_and_look_like_telegrams(hooked: Receiver, sim: Sim) -> None:
    alice = await sim.person("Ali <b>", language="es", username="ali")
    await alice.start("campaign-1")
    update = (await hooked.got(1))[0]
    assert hooked.headers[0]["X-Telegram-Bot-Api-Secret-Token"] == SECRET
    assert SECRET not in str(await sim.calls())
    message = update["message"]
    assert message["text"] == "/start campaign-1"
    assert message["entities"] == [{"offset": 0, "length": 6, "type": "bot_command"}]
    assert message["from"] == {
        "id": alice.id,
        "is_bot": False,
        "first_name": "Ali <b>",
        "username": "ali",
        "language_code": "es",
    }
    assert message["chat"] == {"id": alice.id, "first_name": "Ali <b>", "username": "ali", "type": "private"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"url": "ftp://a.b"}, "invalid webhook URL specified"),
        ({"secret_token": "x" * 257}, "secret token is too long"),
        ({"secret_token": "é" * 129}, "secret token is too long"),
        ({"secret_token": "é" * 128}, "secret token contains unallowed characters"),
        ({"secret_token": "a b"}, "secret token contains unallowed characters"),
    ],
)
async def test_refusals_of_set_webhook(bot: Bot, arguments: dict[str, str], words: str) -> None:
    refused = await bot.refused("setWebhook", **{"url": "https://a.b/hook", **arguments})
    assert refused == (400, f"Bad Request: {words}")


async def test_the_longest_secret_is_taken(bot: Bot) -> None:
    await bot.ok("setWebhook", url="http://127.0.0.1:9/", secret_token="x" * 256)
    assert (await bot.ok("getWebhookInfo"))["url"] == "http://127.0.0.1:9/"


@FASTER
async def test_webhook_info_tells_what_is_set_and_waiting(bot: Bot, sim: Sim, alice: Person) -> None:
    _, body = await bot.call(
        "setWebhook", url="http://127.0.0.1:9/", max_connections=500, allowed_updates=["message", "nonsense"]
    )
    assert body["description"] == "Webhook was set"
    _, body = await bot.call("setWebhook", url="http://127.0.0.1:9/", max_connections=100)
    assert body["description"] == "Webhook is already set"
    await alice.say("one")
    await alice.tap_raw(1, "not allowed")
    await sim.wait_for(2, "delivery")
    info = await bot.ok("getWebhookInfo")
    assert info["last_error_message"] == "Connection refused"
    assert (info["pending_update_count"], info["max_connections"]) == (1, 100)
    assert info["allowed_updates"] == ["message"]
    _, body = await bot.call("deleteWebhook", drop_pending_updates=True)
    assert body["description"] == "Webhook was deleted"
    info = await bot.ok("getWebhookInfo")
    assert (info["url"], info["pending_update_count"], info["allowed_updates"]) == ("", 0, ["message"])


@pytest.mark.parametrize(("wanted", "taken"), [(-1, 1), (0, 1), (1, 1), (100, 100), (101, 100)])
def test_a_webhook_has_one_to_a_hundred_connections(wanted: int, taken: int) -> None:
    assert clamped(Webhook("https://a.b/", max_connections=wanted)).max_connections == taken


def test_an_address_that_is_not_known_is_said_to_be() -> None:
    assert Webhook("https://a.b/").shown(0, None)["ip_address"] == "<unknown>"


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ([], None),
        (["nonsense"], None),
        (["POLL", "Message", "nonsense"], ["message", "poll"]),
        (["message", 5], None),
        ("message", None),
        ([*reversed(UPDATE_KINDS)], list(LISTED_KINDS)),
        (["custom_event"], []),
        (
            [kind for kind in LISTED_KINDS if kind in DEFAULT_KINDS],
            [kind for kind in LISTED_KINDS if kind in DEFAULT_KINDS],
        ),
    ],
)
def test_allowed_updates_are_read_and_shown_as_by_the_server(wanted: object, shown: list[str] | None) -> None:
    webhook = Webhook("https://a.b", allowed=allowed_kinds(wanted, DEFAULT_KINDS))
    assert webhook.shown(0, None).get("allowed_updates") == shown


async def test_updates_wait_for_a_webhook(bot: Bot, receiver: Receiver, alice: Person, sim: Sim) -> None:
    await alice.say("early")
    assert (await sim.stats())["pending_updates"] == 1
    await bot.ok("setWebhook", url=receiver.url)
    assert (await receiver.got(1))[0]["message"]["text"] == "early"
    await sim.idle()


@FASTER
async def test_redelivery_follows_the_schedule_and_holds_back_the_chat(
    hooked: Receiver, sim: Sim, alice: Person
) -> None:
    hooked.answers.extend([Answer(500), Answer(404), Answer(302), Answer(400), Answer(503), Answer(401), Answer(500)])
    await alice.say("first")
    await alice.say("second")
    deliveries = await sim.wait_for(9, "delivery")
    waits = [delivery["next_try_in"] for delivery in deliveries[:7]]
    assert waits[:6] == [0, 2, 4, 8, 16, 32]
    assert 60 <= waits[6] <= 120
    assert [update["message"]["text"] for update in hooked.updates] == ["first"] * 8 + ["second"]
    assert [delivery["attempt"] for delivery in deliveries] == [1, 2, 3, 4, 5, 6, 7, 8, 1]


@FASTER
async def test_retry_after_is_honoured_and_clamped(hooked: Receiver, sim: Sim, alice: Person) -> None:
    hooked.answers.extend([Answer(429, {"Retry-After": "40"}), Answer(503, {"Retry-After": "99999"})])
    await alice.say("x")
    deliveries = await sim.wait_for(3, "delivery")
    assert [delivery["next_try_in"] for delivery in deliveries] == [40, 3600, None]


async def test_a_tap_that_would_outlive_its_query_is_dropped(hooked: Receiver, sim: Sim, alice: Person) -> None:
    hooked.answers.append(Answer(503, {"Retry-After": "200"}))
    await alice.tap_raw(1, "x")
    await sim.idle()
    assert len(hooked.updates) == 1


async def test_a_slow_chat_delays_no_other_and_a_tap_passes_its_persons_messages(
    hooked: Receiver, sim: Sim, alice: Person
) -> None:
    bob = await sim.person("Bob")
    await bob.say("first")  # until something is accepted, the server sends one at a time
    await sim.idle()
    hooked.updates.clear()
    hooked.gate.clear()
    await alice.say("slow")
    await alice.say("behind")
    await bob.say("free")
    await alice.tap_raw(1, "tap")
    await alice.block()
    updates = await hooked.got(4)
    kinds = sorted(next(key for key in update if key != "update_id") for update in updates)
    assert kinds == ["callback_query", "message", "message", "my_chat_member"]
    assert all(update.get("message", {}).get("text") != "behind" for update in updates)
    hooked.gate.set()
    assert (await hooked.got(5))[4]["message"]["text"] == "behind"


async def test_max_connections_bounds_what_is_under_way(bot: Bot, receiver: Receiver, sim: Sim) -> None:
    await bot.ok("setWebhook", url=receiver.url, max_connections=2)
    await (await sim.person("First")).say("x")
    await sim.idle()
    receiver.gate.clear()
    for number in range(5):
        await (await sim.person(f"P{number}")).say("x")
    await receiver.got(3)
    assert (await bot.ok("getWebhookInfo"))["pending_update_count"] == 5
    receiver.gate.set()
    await receiver.got(6)
    assert receiver.most_active == 2


async def test_methods_in_the_reply_are_carried_out(hooked: Receiver, sim: Sim, alice: Person) -> None:
    tap = await alice.tap_raw(5, "watch_video")
    query = (await hooked.got(1))[0]["callback_query"]
    assert (query["id"], query["from"]["id"], query["data"]) == (tap.id, alice.id, "watch_video")
    assert query["message"] == {"chat": query["message"]["chat"], "message_id": 5, "date": 0}
    await sim.idle()
    reply = {"ok": True, "method": "answerCallbackQuery", "text": "on its way"}
    hooked.answers.append(Answer(body={**reply, "callback_query_id": tap.id}))
    await alice.say("x")
    assert (await tap.answered())["text"] == "on its way"
    call = (await sim.calls("answerCallbackQuery"))[0]
    assert (call["via"], call["status"]) == ("webhook_reply", 200)
    hooked.answers.append(Answer(body={"method": "deleteWebhook"}))
    await alice.say("y")
    await sim.idle()
    assert (await sim.stats())["webhook"] == hooked.url


async def test_block_and_return_are_told(hooked: Receiver, sim: Sim, alice: Person) -> None:
    await alice.block()
    await alice.block()
    await alice.start("again")
    await hooked.got(3)
    await sim.idle()
    members = [update["my_chat_member"] for update in hooked.updates if "my_chat_member" in update]
    statuses = [(m["old_chat_member"]["status"], m["new_chat_member"]["status"]) for m in members]
    assert statuses == [("member", "kicked"), ("kicked", "member")]
    assert [member["new_chat_member"].get("until_date") for member in members] == [0, None]
    assert {(member["from"]["id"], member["chat"]["id"]) for member in members} == {(alice.id, alice.id)}


async def test_updates_twice_held_back_and_released(hooked: Receiver, sim: Sim, alice: Person) -> None:
    await sim.switch(hold_updates=True)
    message = await alice.start()
    await alice.tap_raw(message.id, "x")
    first, second = (await sim.stats())["held_updates"]
    await sim.switch(hold_updates=False)
    assert await sim.release([second, first]) == [second, first]
    await hooked.got(2)
    assert [update["update_id"] for update in hooked.updates] == [second, first]
    await sim.idle()
    await sim.switch(duplicate_updates=True)
    await alice.say("twice")
    await hooked.got(4)
    assert hooked.updates[2] == hooked.updates[3]


async def test_raw_updates_are_sent_as_they_are(hooked: Receiver, sim: Sim) -> None:
    raw = {"update_id": "55", "message": {"chat": {"id": "7"}, "text": "x"}}
    assert await sim.update(raw) is None
    assert await sim.update({"poll": 5}, number=False) is None
    assert await sim.update({"update_id": 10**9, "new_kind": {}}) == 10**9
    updates = await hooked.got(3)
    assert sorted(map(str, updates)) == sorted(map(str, [raw, {"poll": 5}, {"update_id": 10**9, "new_kind": {}}]))


async def test_another_webhook_takes_over_what_is_under_way(bot: Bot, hooked: Receiver, alice: Person) -> None:
    hooked.gate.clear()
    await alice.say("x")
    await hooked.got(1)
    await bot.ok("setWebhook", url=f"{hooked.url}?second")
    await hooked.got(2)
    hooked.gate.set()
    assert hooked.updates[0] == hooked.updates[1]


async def test_starting_over_while_an_update_is_under_way_stops_no_other(hooked: Receiver, sim: Sim) -> None:
    hooked.gate.clear()
    for number in range(1, 4):
        await (await sim.person()).say("x")
        await hooked.got(number)
        await sim.reset()
        hooked.gate.set()
        await sim.wait_for(1, "reset")
        hooked.gate.clear()
    hooked.gate.set()
    await (await sim.person()).say("after all that")
    assert (await hooked.got(4))[-1]["message"]["text"] == "after all that"
    await sim.idle()
