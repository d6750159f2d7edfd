from __future__ import annotations

import json

import aiohttp
from selenium.webdriver import Keys

from .conftest import World


def opened(world: World) -> int:
    alice = world.chat()
    world.browser.seen("#open-log").click()
    return alice


def test_updates_answers_and_calls_are_logged_live_and_raw(world: World) -> None:
    alice = opened(world)
    world.browser.seen(".write textarea").send_keys("hello", Keys.ENTER)
    world.bot_does("sendMessage", chat_id=alice, text="hello yourself")
    update = world.browser.seen(".lines li[data-kind=update]", "message hello")
    world.browser.seen(".lines li[data-kind=delivery]", "200")
    world.browser.seen(".lines li[data-kind=call]", f"sendMessage to {alice} 200")
    update.find_element("css selector", "summary").click()
    raw = json.loads(world.browser.seen(".lines pre").text)
    assert (raw["kind"], raw["update"]["message"]["text"]) == ("update", "hello")


def test_what_happened_before_the_page_was_opened_is_there(world: World) -> None:
    opened(world)
    for _ in range(60):
        world.bot_does("getMe")
    world.browser.driver.refresh()
    newest = world.browser.seen(".lines li:last-child", "getMe")
    box = world.browser.seen(".lines")
    world.browser.until(lambda: newest.rect["y"] < box.rect["y"] + box.rect["height"], "the newest line in sight")
    assert any("/start token" in line.text for line in world.browser.all(".lines li[data-kind=update]"))


def test_a_call_that_went_wrong_stands_out(world: World) -> None:
    opened(world)
    world.run(world.bot.call, "sendMessage", {"chat_id": 1, "text": "x"})
    assert "chat not found" in world.browser.seen(".lines li.bad", "400").text


def test_the_filter_finds_words_and_kinds(world: World) -> None:
    alice = opened(world)
    world.bot_does("sendMessage", chat_id=alice, text="a needle")
    world.bot_does("sendMessage", chat_id=alice, text="hay")
    world.browser.until(lambda: len(world.browser.all(".lines li[data-kind=call]")) >= 2, "both calls")
    words = world.browser.seen("#log-words")
    words.send_keys("NEEDLE")
    world.browser.until(lambda: len(world.browser.all(".lines li")) == 1, "one line left")
    world.browser.seen("#log-groups label", "Chat").click()
    world.browser.seen(".lines li[data-kind=message]", "a needle")
    world.browser.seen("#log-groups label", "Calls").click()
    world.browser.gone(".lines li[data-kind=call]")


def test_a_pause_shows_nothing_new_and_loses_nothing(world: World) -> None:
    alice = opened(world)
    world.browser.seen("#log-pause").click()
    world.bot_does("sendMessage", chat_id=alice, text="meanwhile")
    world.browser.seen(".message", "meanwhile")
    world.browser.seen("#log-state", "Paused, ")
    assert all("sendMessage" not in line.text for line in world.browser.all(".lines li"))
    world.browser.seen("#log-pause", "Go on").click()
    world.browser.seen(".lines li[data-kind=call]", "sendMessage")


def test_the_log_is_bounded_in_the_page(world: World) -> None:
    opened(world)
    for _ in range(320):
        world.bot_does("getMe")
    world.browser.until(lambda: len(world.browser.all(".lines li")) == 300, "300 lines")
    world.browser.seen("#log-state", "300 of ")


def test_what_is_shown_can_be_copied(world: World) -> None:
    opened(world)
    origin = {"origin": world.url, "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    world.browser.command("Browser.grantPermissions", origin)
    world.bot_does("getMe")
    world.browser.seen(".lines li[data-kind=call]", "getMe")
    world.browser.seen("#log-words").send_keys("getMe")
    world.browser.until(lambda: len(world.browser.all(".lines li")) == 1, "one line left")
    world.browser.seen("#log-copy").click()
    world.browser.seen("#toast", "1 entries copied")
    copied = world.browser.driver.execute_async_script("navigator.clipboard.readText().then(arguments[0])")
    assert json.loads(copied)["method"] == "getMe"


def test_the_export_is_the_whole_record_as_json_lines(world: World) -> None:
    opened(world)
    for _ in range(12):
        world.bot_does("getMe")
    address = world.browser.seen("#log-export").get_attribute("href")

    async def fetched() -> tuple[str, str]:
        async with aiohttp.ClientSession() as session, session.get(str(address)) as answer:
            assert answer.status == 200, await answer.text()
            return answer.headers["Content-Disposition"], await answer.text()

    disposition, text = world.run(fetched)
    entries = [json.loads(line) for line in text.splitlines()]
    assert "attachment" in disposition
    assert [entry["seq"] for entry in entries] == sorted(entry["seq"] for entry in entries)
    assert {entry["kind"] for entry in entries} == {"update", "delivery", "call"}
    assert sum(entry.get("method") == "getMe" for entry in entries) == 12
