"""What the page tells of the bot and of the simulator: who is there, and what to do if nobody is."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from selenium.webdriver import Keys

from lbc_testkit.browser import Look
from lbc_testkit.waiting import until
from telegram_sim.settings import Settings

from .conftest import TOKEN, World

SPOKEN = "return [...document.querySelectorAll('#news p')].map((one) => one.textContent)"


async def get_me(url: str, token: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/bot{token}/getMe") as answer:
        return answer.status


@pytest.mark.parametrize("connected", [False])
def test_who_comes_first_is_told_how_to_connect_a_bot(world: World) -> None:
    world.open()
    told = world.browser.seen("#notice", "No bot is connected yet").text
    assert f"call {world.url} instead of https://api.telegram.org" in told
    world.browser.seen("#bot-state", "no bot is connected")
    assert world.run(get_me, world.url, "123456789:the-token-of-another-bot-altogether") == 401
    world.browser.seen("#notice", "Somebody called with another token")
    world.bot_does("getMe")
    world.browser.gone("#notice", "No bot")
    world.browser.seen("#bot-state", "waits for getUpdates")


@pytest.mark.parametrize("connected", [False])
def test_a_bot_that_polls_is_there(world: World) -> None:
    world.open("?start=token")
    world.browser.seen(".tick[aria-label=sent]")
    assert world.bot_does("getUpdates")
    world.browser.seen("#bot-state", "asks for updates")
    world.browser.seen(".tick[aria-label='taken by the bot']")
    world.browser.driver.refresh()
    world.browser.seen("#bot-state", "asks for updates")
    world.browser.seen(".tick[aria-label='taken by the bot']")


@pytest.mark.parametrize("connected", [False])
def test_a_bot_whose_first_poll_still_waits_is_there(world: World) -> None:
    world.open()
    world.bot_does("getMe")
    world.browser.seen("#bot-state", "waits for getUpdates")
    polling = world.portal.start_task_soon(world.bot.call, "getUpdates", {"timeout": 50})
    world.browser.seen("#bot-state", "asks for updates")
    world.browser.seen("#link").send_keys("spring", Keys.ENTER)
    assert polling.result(30)[1]["result"][0]["message"]["text"] == "/start spring"


@pytest.mark.parametrize("settings", [Settings(token=TOKEN, time_scale=100)], ids=["slow"])
def test_a_webhook_that_fails_is_named_with_what_it_answered(world: World) -> None:
    world.chat()
    world.browser.seen("#bot-state", "updates go to its webhook")
    world.bot.status = 500
    world.browser.seen(".write textarea").send_keys("hello", Keys.ENTER)
    told = world.browser.seen("#notice", "/hook").text
    assert "500" in told
    world.browser.seen("#bot-state", "the webhook fails")
    world.run(world.sim.wait_for, 2, "delivery", update_id=world.bot_update("hello"))
    world.browser.driver.refresh()  # the next try is minutes away
    world.browser.seen("#notice", "/hook")
    world.bot.status = 200
    world.run(world.sim.request, "POST", "/clock", {"advance": 60})
    world.browser.gone("#notice", "/hook")
    world.browser.seen("#bot-state", "updates go to its webhook")


@contextmanager
def simulator(folder: Path, port: int) -> Iterator[str]:
    """The command as anybody starts it; gives its address."""
    token = folder / "token"
    token.write_text(TOKEN)
    command = [sys.executable, "-m", "telegram_sim", "--token-file", str(token), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 -- our own command
        assert process.stdout is not None
        found = re.search(r"http://\S+:\d+", process.stdout.readline())
        assert found is not None
        try:
            yield found.group()
        finally:
            process.terminate()


@pytest.mark.parametrize("calls", [0, 20], ids=["with less to tell", "with more to tell"])
def test_another_simulator_is_not_taken_for_the_one_before(world: World, tmp_path: Path, calls: int) -> None:
    with simulator(tmp_path, 0) as url:
        world.browser.open(f"{url}/?start=token&name=Alice", Look())
        world.browser.seen(".message.mine", "/start token")
        world.browser.seen("#notice", "No bot")
    world.browser.seen("#notice", "The simulator does not answer")
    with simulator(tmp_path, int(url.rpartition(":")[2])):
        for _ in range(calls):
            assert world.run(get_me, url, TOKEN) == 200
        world.browser.seen("#nobody", "No chat is open")
        world.browser.gone("#notice", "does not answer")
        world.browser.driver.get("about:blank")
    complaints = world.browser.complaints()
    assert [one for one in complaints if not re.search("ERR_|400|404", one)] == []


def works(world: World) -> bool:
    try:
        return bool(world.bot_does("getMe"))
    except aiohttp.ClientConnectionError:
        return False


def test_what_happened_without_a_connection_is_shown_once_and_in_order(world: World) -> None:
    alice = world.chat()
    world.browser.seen("#open-log").click()
    for first in (0, 30):
        world.run(world.sim.fault, "refuse", seconds=0.2)  # the page tries again after a second
        world.browser.seen("#notice", "The simulator does not answer")
        until(lambda: works(world), what="the simulator to listen again")
        for number in range(first, first + 30):
            world.bot_does("sendMessage", chat_id=alice, text=f"number {number}")
        world.browser.gone("#notice", "does not answer")
        world.browser.seen(".message", f"number {first + 29}")
    world.browser.seen(".lines li:last-child", "number 59")
    wanted = [f"number {number}" for number in range(60)]
    said = [one.text for one in world.browser.all(".message:not(.mine) .words")]
    logged = [one.text.partition(" 200 ")[2] for one in world.browser.all(".lines [data-kind=call] .told")]
    assert (said, [words for words in logged if "number" in words]) == (wanted, wanted)
    assert all("ERR_" in complaint for complaint in world.browser.complaints())


def test_what_others_do_is_said_once_and_the_log_says_nothing(world: World) -> None:
    alice = world.chat()
    world.browser.seen("#open-log").click()
    for _ in range(3):
        world.bot_does("sendChatAction", chat_id=alice, action="typing")
    world.bot_does("sendMessage", chat_id=alice, text="here it is")
    world.browser.seen(".message", "here it is")
    world.browser.seen(".lines li", "here it is")
    assert world.browser.js(SPOKEN) == ["Robin is typing…"]
    spoken = "[role=status], [role=alert], [role=log], [aria-live]:not([aria-live=off])"
    live: Any = world.browser.js(
        "return [...document.querySelectorAll(arguments[0])].map((one) => one.id || one.className)", spoken
    )
    assert live == ["notice", "log-of-chat", "news", "toast"]
