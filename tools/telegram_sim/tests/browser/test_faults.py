from __future__ import annotations

from typing import Any

import pytest
from selenium.webdriver import Keys

from telegram_sim.core.faults.kinds import FAULT_KINDS, PORT, SWITCHES

from .conftest import World


def opened(world: World) -> int:
    alice = world.chat()
    world.browser.seen("#open-faults").click()
    world.browser.seen("#faults .switch")
    return alice


def turn(world: World, name: str, on: str) -> None:
    button = world.browser.all(f"[data-fault='{name}']")[0]
    world.browser.js("arguments[0].scrollIntoView({block: 'center'})", button)
    button.click()
    world.browser.seen(f"[data-fault='{name}'][aria-checked={on}]")


def attempt(world: World, alice: int) -> tuple[int, Any]:
    result: tuple[int, Any] = world.run(world.bot.call, "sendMessage", {"chat_id": alice, "text": "x"})
    return result


def test_everything_that_can_go_wrong_has_a_switch(world: World) -> None:
    opened(world)
    shown = {
        button.get_attribute("data-fault"): button.get_attribute("role") for button in world.browser.all(".switch")
    }
    assert set(shown) == {*FAULT_KINDS, *(switch.name for switch in SWITCHES)}
    lasting = {name for name, kind in FAULT_KINDS.items() if kind.target != PORT} | {switch.name for switch in SWITCHES}
    assert {name for name, role in shown.items() if role == "switch"} == lasting


@pytest.mark.parametrize("kind", ["429", "403", "500", "502"])
def test_a_refusal_lasts_until_it_is_switched_off(world: World, kind: str) -> None:
    alice = opened(world)
    turn(world, kind, "true")
    assert [attempt(world, alice)[0] for _ in range(2)] == [int(kind)] * 2
    world.browser.seen("#faults-on", "1")
    turn(world, kind, "false")
    assert attempt(world, alice)[0] == 200
    world.browser.gone("#faults-on")


def test_a_fault_is_for_what_was_chosen_and_as_often(world: World) -> None:
    alice = opened(world)
    world.browser.seen(".which summary").click()
    for title, value in (("Method, * for any", "sendMessage"), ("How often; 0: until cleared", "2")):
        box = world.browser.seen(f"[aria-label='{title}']")
        box.clear()
        box.send_keys(value)
    retry_after = world.browser.all("[aria-label^='retry_after']")[0]
    world.browser.js("arguments[0].scrollIntoView({block: 'center'})", retry_after)
    retry_after.clear()
    retry_after.send_keys("17")
    turn(world, "429", "true")
    world.browser.seen(".left", "2 left")
    world.bot_does("sendChatAction", chat_id=alice, action="typing")
    status, answer = attempt(world, alice)
    assert (status, answer["parameters"]) == (429, {"retry_after": 17})
    world.browser.seen(".left", "1 left")
    assert attempt(world, alice)[0] == 429
    world.browser.seen("[data-fault='429'][aria-checked=false]")
    assert attempt(world, alice)[0] == 200


def test_a_number_that_makes_no_sense_is_said_and_nothing_is_switched_on(world: World) -> None:
    opened(world)
    world.browser.seen(".which summary").click()
    box = world.browser.seen("[aria-label='Probability of each']")
    box.clear()
    box.send_keys("7")
    button = world.browser.all("[data-fault='500']")[0]
    world.browser.js("arguments[0].scrollIntoView({block: 'center'})", button)
    button.click()
    world.browser.seen("#toast", "Probability of each")
    assert button.get_attribute("aria-checked") == "false"
    assert world.run(world.sim.request, "GET", "/faults")["faults"] == []


def test_updates_are_held_back_and_released_in_another_order(world: World) -> None:
    alice = opened(world)
    keys = {"inline_keyboard": [[{"text": "Go on", "callback_data": "go"}]]}
    world.bot_does("sendMessage", chat_id=alice, text="Shall we?", reply_markup=keys)
    turn(world, "hold_updates", "true")
    world.browser.seen(".keys button", "Go on").click()
    world.browser.seen(".held", "1 held back")
    world.browser.seen(".write textarea").send_keys("hello", Keys.ENTER)
    world.browser.seen(".write textarea").send_keys("again", Keys.ENTER)
    world.browser.seen(".held", "3 held back")
    before = len(world.bot.updates)
    world.browser.seen(".held-list li:nth-child(2) button").click()
    world.browser.seen(".held-list li:nth-child(1)", "message hello")
    assert not world.browser.all(".held-list li:nth-child(3) button:disabled"), "a text may overtake a tap"
    world.browser.seen(".held button", "Release in this order").click()
    world.browser.seen(".held", "Nothing is held back")
    world.bot_got("message", text="again")
    released = [update.get("message", {}).get("text", "tap") for update in world.bot.updates[before:]]
    assert released == ["hello", "tap", "again"]


def test_two_texts_of_one_chat_cannot_be_swapped(world: World) -> None:
    opened(world)
    turn(world, "hold_updates", "true")
    for text in ("one", "two"):
        world.browser.seen(".write textarea").send_keys(text, Keys.ENTER)
    world.browser.seen(".held", "2 held back")
    assert len(world.browser.all(".held-list button:disabled")) == 2
    world.browser.seen(".held button", "Release shuffled").click()
    world.bot_got("message", text="two")
    assert [update["message"]["text"] for update in world.bot.updates if "message" in update][-2:] == ["one", "two"]


def test_every_update_comes_twice(world: World) -> None:
    opened(world)
    turn(world, "duplicate_updates", "true")
    world.browser.seen(".write textarea").send_keys("hello", Keys.ENTER)
    world.run(world.sim.wait_for, 2, "delivery", update_id=world.bot_update("hello"))
    assert [update["message"]["text"] for update in world.bot.updates].count("hello") == 2


def test_a_fault_of_updates_counts_down(world: World) -> None:
    opened(world)
    world.run(world.sim.fault, "twice", times=2)
    world.browser.seen("[data-fault=twice][aria-checked=true]", "2 left")
    world.browser.seen(".write textarea").send_keys("hello", Keys.ENTER)
    world.browser.seen("[data-fault=twice]", "1 left")


def test_what_a_test_switches_on_is_seen_on_the_page(world: World) -> None:
    opened(world)
    world.run(world.sim.fail, "sendMessage", "drop_after", times=3)
    world.browser.seen("[data-fault='drop_after'][aria-checked=true]", "3 left")
    world.run(world.sim.clear_faults)
    world.browser.seen("[data-fault='drop_after'][aria-checked=false]")


def test_a_page_that_lost_the_simulator_says_so_and_catches_up(world: World) -> None:
    alice = opened(world)
    seconds = world.browser.all("[aria-label='Seconds, Connection refused']")[0]
    world.browser.js("arguments[0].scrollIntoView({block: 'center'})", seconds)
    seconds.clear()
    seconds.send_keys("3")
    world.browser.seen("[data-fault=refuse]", "Now").click()
    world.browser.seen("#bot-state", "no connection to the simulator")
    world.browser.seen("#bot-state", "updates go to its webhook")
    world.bot_does("sendMessage", chat_id=alice, text="back again")
    world.browser.seen(".message", "back again")
    assert all(
        "ERR_CONNECTION" in complaint or "Failed to load" in complaint for complaint in world.browser.complaints()
    )
