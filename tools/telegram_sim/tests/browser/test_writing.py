"""What a person can say besides a line of text: more lines, commands, keys of a keyboard, answers."""

from __future__ import annotations

from typing import Any

import pytest
from selenium.webdriver import ActionChains, Keys

from .conftest import World

COLOURS = [[{"text": "Red"}, "Blue"], [{"text": "My number", "request_contact": True}]]


def keyboard(world: World, alice: int, **more: Any) -> None:
    world.bot_does("sendMessage", chat_id=alice, text="Which?", reply_markup={"keyboard": COLOURS, **more})
    world.browser.seen(".reply-keys button", "Red")


def test_a_text_has_as_many_lines_as_were_written(world: World) -> None:
    world.chat()
    world.browser.seen(".write textarea").send_keys("one")
    ActionChains(world.browser.driver).key_down(Keys.SHIFT).send_keys(Keys.ENTER).key_up(Keys.SHIFT).perform()
    world.browser.press(*"two", Keys.ENTER)
    world.bot_got("message", text="one\ntwo")


def test_a_keyboard_is_offered_until_the_bot_takes_it_away(world: World) -> None:
    alice = world.chat()
    keyboard(world, alice, input_field_placeholder="Pick a colour")
    assert world.browser.seen(".write textarea").get_attribute("placeholder") == "Pick a colour"
    world.browser.seen(".reply-keys button", "Blue").click()
    world.bot_got("message", text="Blue")
    world.browser.driver.refresh()
    world.browser.seen(".reply-keys button", "My number").click()
    assert world.bot_update_with("contact")["contact"]["user_id"] == alice
    world.bot_does("sendMessage", chat_id=alice, text="Thanks", reply_markup={"remove_keyboard": True})
    world.browser.gone(".reply-keys")


def test_a_keyboard_for_one_time_goes_with_its_use(world: World) -> None:
    keyboard(world, world.chat(), one_time_keyboard=True)
    world.browser.seen(".reply-keys button", "Red").click()
    world.bot_got("message", text="Red")
    world.browser.gone(".reply-keys")
    assert world.browser.focused().get_attribute("aria-label") == "Message from Alice"


def test_a_keyboard_of_a_call_that_was_refused_is_not_shown(world: World) -> None:
    alice = world.chat()
    world.run(world.sim.fail, "sendMessage", "403")
    status, _ = world.run(
        world.bot.call, "sendMessage", {"chat_id": alice, "text": "x", "reply_markup": {"keyboard": COLOURS}}
    )
    assert status == 403
    world.bot_does("sendMessage", chat_id=alice, text="after it")
    world.browser.seen(".message", "after it")
    world.browser.gone(".reply-keys")


@pytest.mark.parametrize("as_answer", [True, False])
def test_a_bot_can_ask_for_an_answer(world: World, *, as_answer: bool) -> None:
    alice = world.chat()
    asked = world.bot_does("sendMessage", chat_id=alice, text="Your name?", reply_markup={"force_reply": True})
    world.browser.seen(".answering", "Answer to: Your name?")
    if not as_answer:
        world.browser.seen(".answering button").click()
    world.browser.seen(".write textarea").send_keys("Alice", Keys.ENTER)
    got = world.bot_got("message", text="Alice").get("reply_to_message", {})
    assert got.get("message_id") == (asked["message_id"] if as_answer else None)
    world.browser.gone(".answering")


def test_the_commands_of_the_bot_can_be_chosen(world: World) -> None:
    world.chat()
    world.browser.gone(".write .menu")
    world.bot_does("setMyCommands", commands=[{"command": "help", "description": "What I can do"}])
    menu = world.browser.seen(".write summary")
    menu.send_keys(Keys.ENTER)
    item = world.browser.seen(".write .menu button", "/help")
    assert "What I can do" in item.text
    world.browser.press(Keys.TAB)
    assert world.browser.focused() == item
    world.browser.press(Keys.ESCAPE)
    world.browser.gone(".write .menu button")
    assert world.browser.focused() == menu
    menu.click()
    world.browser.seen(".write .menu button", "/help").click()
    world.bot_got("message", text="/help")
    world.browser.gone(".write .menu button")


@pytest.mark.parametrize("address", ["https://t.me/robin_bot?start=deep", "tg://resolve?domain=Robin_Bot&start=deep"])
def test_a_link_to_the_bot_itself_is_followed_here(world: World, address: str) -> None:
    alice = world.chat()
    keys = {"inline_keyboard": [[{"text": "Deeper", "url": address}]]}
    world.bot_does("sendMessage", chat_id=alice, text="Go on", reply_markup=keys)
    world.browser.seen(".keys a", "Deeper").click()
    world.bot_got("message", text="/start deep")
    assert len(world.browser.driver.window_handles) == 1
