"""setWebhook and deleteWebhook: what is refused, and what a second call does to the first."""

import asyncio
from dataclasses import replace

import pytest

from telegram_sim.client import Person, Sim
from telegram_sim.settings import Settings

from .conftest import TOKEN, Answer, Bot, Receiver


@pytest.fixture
def strict() -> bool:
    return False


@pytest.fixture
def limited() -> bool:
    return False


@pytest.fixture
def settings(time_scale: float, *, strict: bool, limited: bool) -> Settings:
    plain = Settings(token=TOKEN, time_scale=time_scale, seed=7)
    return replace(plain, strict_webhooks=strict, enforce_limits=limited)


@pytest.mark.parametrize("strict", [True])
@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://a.b/hook", "An HTTPS URL must be provided for webhook"),
        ("https://a.b:8080/hook", "Webhook can be set up only on ports 80, 88, 443 or 8443"),
    ],
)
async def test_a_strict_server_wants_https_and_its_ports(bot: Bot, url: str, words: str) -> None:
    assert await bot.refused("setWebhook", url=url) == (400, f"Bad Request: bad webhook: {words}")
    assert (await bot.ok("getWebhookInfo"))["url"] == ""


@pytest.mark.parametrize("url", ["nonsense", "http://no-such-host:8080/hook"])
async def test_a_host_that_nobody_knows_is_refused(bot: Bot, url: str) -> None:
    status, words = await bot.refused("setWebhook", url=url)
    assert status == 400
    assert words.startswith("Bad Request: bad webhook: Failed to resolve host: ")
    assert (await bot.ok("getWebhookInfo"))["url"] == ""


@pytest.mark.parametrize("strict", [True])
@pytest.mark.parametrize("url", ["https://127.0.0.1/hook", "https://localhost:88/hook", "localhost:8443/hook"])
async def test_a_strict_server_takes_what_the_documentation_names(bot: Bot, url: str) -> None:
    await bot.ok("setWebhook", url=url)
    assert (await bot.ok("getWebhookInfo"))["url"] == url


async def test_a_refused_webhook_leaves_none_and_may_drop_what_is_pending(
    bot: Bot, receiver: Receiver, alice: Person
) -> None:
    await bot.ok("setWebhook", url=receiver.url)
    receiver.gate.clear()
    await alice.say("x")
    await bot.refused("setWebhook", url="https://a.b/", secret_token="a b", drop_pending_updates=True)
    receiver.gate.set()
    info = await bot.ok("getWebhookInfo")
    assert (info["url"], info["pending_update_count"]) == ("", 0)


async def test_of_two_at_once_the_second_wins(bot: Bot, receiver: Receiver, sim: Sim) -> None:
    await sim.fault("slow_check", seconds=60)
    first = asyncio.create_task(bot.refused("setWebhook", url="https://first.example/"))
    await sim.wait_for(2, "faults")
    assert (await bot.call("getUpdates"))[0] == 409
    await bot.ok("setWebhook", url=receiver.url)
    assert await first == (409, "Conflict: terminated by other setWebhook")
    assert (await bot.ok("getWebhookInfo"))["url"] == receiver.url


async def test_deleting_ends_a_set_webhook_that_is_being_checked(bot: Bot, sim: Sim) -> None:
    await sim.fault("slow_check", seconds=60)
    first = asyncio.create_task(bot.refused("setWebhook", url="https://first.example/"))
    await sim.wait_for(2, "faults")
    _, body = await bot.call("deleteWebhook")
    assert body["description"] == "Webhook was deleted"
    assert (await first)[0] == 409
    assert (await bot.ok("getWebhookInfo"))["url"] == ""


async def test_a_slow_check_ends(bot: Bot, receiver: Receiver, sim: Sim) -> None:
    await sim.fault("slow_check", seconds=0.01)
    await bot.ok("setWebhook", url=receiver.url)
    assert (await bot.ok("getWebhookInfo"))["url"] == receiver.url


@pytest.mark.parametrize("limited", [True])
async def test_one_webhook_a_second(bot: Bot, receiver: Receiver, sim: Sim) -> None:
    await bot.ok("setWebhook", url=receiver.url)
    assert await bot.refused("setWebhook", url=receiver.url) == (429, "Too Many Requests: retry after 1")
    await bot.ok("deleteWebhook")
    await sim.advance(seconds=1)
    await bot.ok("setWebhook", url=receiver.url)


async def test_a_webhook_that_says_gone_for_a_day_is_removed(
    bot: Bot, hooked: Receiver, alice: Person, sim: Sim
) -> None:
    hooked.answers.extend(Answer(410, {"Retry-After": "3600"}) for _ in range(30))
    await alice.say("x")
    await alice.say("waits behind it")
    for tries in range(1, 26):
        await sim.wait_for(tries, "delivery")
        if not (await bot.ok("getWebhookInfo"))["url"]:
            break
        await sim.advance(hours=1)
    info = await bot.ok("getWebhookInfo")
    assert info["url"] == ""
    assert "last_error_message" not in info
    assert info["pending_update_count"] == 1
