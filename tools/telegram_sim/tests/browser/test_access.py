"""What somebody needs who sees little, hears the page, has no mouse, or holds a phone."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from selenium.webdriver import Keys

from lbc_testkit.browser import PHONE, Look

from .conftest import World
from .scripts import CONTRASTS, FOCUS, OVERFLOWING, TARGETS

LEAST_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3."""
LEAST_TARGET = 24
"""CSS pixels (WCAG 2.2, 2.5.8); what stands within a text is excepted there."""
CONTROLS = {
    "button", "link", "textbox", "searchbox", "combobox", "checkbox", "switch", "tab", "spinbutton", "slider",
    "ComboBoxGrouping", "TextFieldWithComboBox", "DisclosureTriangle", "disclosureTriangle", "popUpButton",
}  # fmt: skip
KEYS = {"inline_keyboard": [[{"text": "Go on", "callback_data": "go"}, {"text": "Site", "url": "https://example.org"}]]}


def busy_page(world: World, look: Look) -> int:
    """A page on which everything there is to see can be seen."""
    alice = world.chat(look=look)
    text = 'Hello <b>there</b>, <a href="https://example.org">read</a> /help <code>code</code><pre>more</pre>'
    world.bot_does("sendMessage", chat_id=alice, text=text, parse_mode="HTML", reply_markup=KEYS)
    world.bot_does("sendDocument", chat_id=alice, document=("terms.txt", b"x" * 2048, "text/plain"))
    edited = world.bot_does("sendMessage", chat_id=alice, text="soon edited")
    world.bot_does(
        "editMessageText", chat_id=alice, message_id=edited["message_id"], text="<i>edited</i>", parse_mode="HTML"
    )
    world.run(world.bot.call, "sendMessage", {"chat_id": alice, "text": ""})
    world.browser.seen(".message", "edited")
    return alice


def views(world: World) -> Any:
    """Show one view after another, and give its name."""
    yield "chat"
    for name in ("faults", "log"):
        world.browser.seen(f"#open-{name}").click()
        world.browser.seen(f"#{name}")
        yield name
    for name in ("people", "help"):
        world.browser.seen(f"#open-{name}").click()
        world.browser.seen(f"#{name}")
        yield name
        world.browser.press(Keys.ESCAPE)


@pytest.mark.parametrize("size", [PHONE, (1280, 900)], ids=["phone", "desktop"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_stands_out_from_its_ground(world: World, *, dark: bool, size: tuple[int, int]) -> None:
    busy_page(world, Look(size, dark=dark, still=True))
    ground = world.browser.js("return getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, ground[4:-1].split(","))) < 200) is dark
    for view in views(world):
        contrasts = world.browser.js(CONTRASTS)
        assert len(contrasts) > 10
        assert [one for one in contrasts if one[1] < LEAST_CONTRAST] == [], view


@pytest.mark.parametrize("size", [PHONE, (1280, 900)], ids=["phone", "desktop"])
def test_what_is_to_be_pressed_is_large_enough(world: World, size: tuple[int, int]) -> None:
    busy_page(world, Look(size))
    for view in views(world):
        targets = world.browser.js(TARGETS)
        assert len(targets) > 3
        assert [one for one in targets if min(one[1:]) < LEAST_TARGET] == [], view


def test_a_text_says_in_which_language_it_is(world: World) -> None:
    alice = world.chat(language="es")
    spoken = "return document.querySelector('.message').closest('[lang]').lang"
    assert world.browser.js(spoken) == "es"
    world.run(world.sim.request, "PATCH", f"/people/{alice}", {"language_code": "no language!"})
    world.browser.until(lambda: world.browser.js(spoken) == "", "a language that nobody knows")


def test_the_colours_can_be_chosen_and_are_remembered(world: World) -> None:
    world.chat(look=Look(dark=False))
    world.browser.seen("#open-help").click()
    world.browser.seen("#theme").send_keys("dark")
    ground = "return getComputedStyle(document.body).backgroundColor"
    dark = world.browser.js(ground)
    world.browser.driver.refresh()
    world.browser.until(lambda: world.browser.js("return document.body.dataset.ready"), "the page")
    assert world.browser.js(ground) == dark
    world.open(look=Look(dark=True))
    assert world.browser.js(ground) == dark, "as where the system is dark"


@pytest.mark.parametrize("width", [320, 375, 1024])
def test_nothing_scrolls_sideways(world: World, width: int) -> None:
    busy_page(world, Look((width, 812)))
    long = "a" * 300
    alice = world.bot_got("message")["chat"]["id"]
    world.bot_does(
        "sendMessage",
        chat_id=alice,
        text=long,
        reply_markup={"inline_keyboard": [[{"text": long, "callback_data": "x"}] * 3]},
    )
    world.run(world.sim.request, "PATCH", f"/people/{alice}", {"first_name": long[:64], "last_name": long[:64]})
    world.browser.seen(".who h2", long[:64])
    for view in views(world):
        assert world.browser.js(OVERFLOWING) == [], view


@pytest.mark.parametrize("height", [256, 360])
def test_a_low_page_scrolls_and_keeps_room_to_read(world: World, height: int) -> None:
    busy_page(world, Look((320, height)))  # WCAG 2.2, 1.4.10: 1280 by 1024 pixels at 400 %
    assert world.browser.seen(".log-of-chat").rect["height"] > 100
    world.browser.js("scrollTo(0, 9999)")
    send = world.browser.seen(".send").rect
    assert send["y"] + send["height"] <= world.browser.js("return scrollY + innerHeight") + 1
    assert world.browser.js(OVERFLOWING) == []
    world.browser.js("scrollTo(0, 0)")
    for panel in ("log", "faults"):
        world.browser.seen(f"#open-{panel}").click()
        assert world.browser.seen(f"#{panel}").rect["height"] > 250


@pytest.mark.parametrize("panel", ["faults", "log"])
def test_on_a_phone_the_skip_link_leads_back_from_a_panel(world: World, panel: str) -> None:
    busy_page(world, Look(PHONE))
    world.browser.seen(f"#open-{panel}").click()
    world.browser.gone(".log-of-chat")
    assert ("main", "Conversations") in tree(world), "a page has a main landmark whatever is open"
    world.browser.js("document.querySelector('.skip').focus()")
    world.browser.press(Keys.ENTER)
    world.browser.seen(".log-of-chat")
    world.browser.gone(f"#{panel}")
    assert world.browser.focused().get_attribute("id") == "chats"


def test_where_the_system_chooses_the_colours_switches_and_bubbles_are_told_apart(world: World) -> None:
    busy_page(world, Look())
    forced = {"name": "forced-colors", "value": "active"}
    world.browser.command("Emulation.setEmulatedMedia", {"features": [forced]})
    assert world.browser.js("return getComputedStyle(document.querySelector('.bubble')).borderTopWidth") == "1px"
    world.browser.seen("#open-faults").click()
    ground = "return getComputedStyle(document.querySelector('[data-fault=hold_updates] > .track')).backgroundColor"
    off = world.browser.js(ground)
    world.browser.seen("[data-fault=hold_updates]").click()
    world.browser.until(lambda: world.browser.js(ground) != off, "the switch to look switched on")


def test_a_browser_that_keeps_nothing_still_shows_the_page(world: World) -> None:
    refused = (
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } })"
    )
    added = world.browser.command("Page.addScriptToEvaluateOnNewDocument", {"source": refused})
    try:
        world.chat()
        world.browser.seen("#open-log").click()
        world.browser.seen("#log")
    finally:
        world.browser.command("Page.removeScriptToEvaluateOnNewDocument", added)


def tree(world: World) -> list[tuple[str, str]]:
    """Role and name of everything, as the browser tells them to a screen reader."""
    nodes = world.browser.command("Accessibility.getFullAXTree")["nodes"]
    return [
        (node["role"]["value"], node.get("name", {}).get("value", "").strip())
        for node in nodes
        if not node.get("ignored") and "role" in node
    ]


@pytest.mark.parametrize("size", [PHONE, (1280, 900)], ids=["phone", "desktop"])
def test_every_control_has_a_name(world: World, size: tuple[int, int]) -> None:
    busy_page(world, Look(size))
    for view in views(world):
        controls = [(role, name) for role, name in tree(world) if role in CONTROLS]
        assert len(controls) >= 3
        assert [role for role, name in controls if not name] == [], view


def test_a_screen_reader_is_told_where_things_are_and_what_is_new(world: World) -> None:
    alice = busy_page(world, Look())
    named = tree(world)
    for landmark in (
        ("main", "Conversations"),
        ("region", "Chat of Alice"),
        ("log", "Messages of Alice"),
        ("heading", "Robin"),
    ):
        assert landmark in named
    log = world.browser.seen(".log-of-chat")
    assert log.get_attribute("aria-live") == "polite"
    first = world.browser.js("return document.querySelector('.message:not(.mine)')")
    assert first.find_element("css selector", ".bubble > .unseen").get_attribute("textContent") == "Robin: "
    edited = world.bot_does("sendMessage", chat_id=alice, text="draft")
    world.bot_does("editMessageText", chat_id=alice, message_id=edited["message_id"], text="final")
    said = "return document.getElementById('news').textContent"
    world.browser.until(lambda: "a message was edited: final" in world.browser.js(said), "the edit to be said")
    world.bot_does("deleteMessage", chat_id=alice, message_id=edited["message_id"])
    world.browser.until(lambda: "a message was deleted" in world.browser.js(said), "the deletion to be said")


def test_the_focus_goes_through_everything_in_order_and_is_always_seen(world: World) -> None:
    busy_page(world, Look())
    for name in ("faults", "log"):
        world.browser.seen(f"#open-{name}").click()
    world.browser.driver.refresh()  # panels stay open, and the focus begins at the top
    world.browser.until(lambda: world.browser.js("return document.body.dataset.ready"), "the page")
    world.browser.seen(".keys button", "Go on")
    visited: list[Any] = []
    while len(visited) < 200:
        world.browser.press(Keys.TAB)
        step = world.browser.js(FOCUS)
        if step["body"] or (visited and step["what"] == visited[0]["what"]):
            break
        visited.append(step)
    areas = [area for area, _ in itertools.groupby(step["area"] for step in visited)]
    assert areas == ["", ".top", ".chat", "#faults", "#log"]
    assert visited[0]["what"] == "Skip to the conversations"
    assert [step["what"] for step in visited if step["outline"] < 2 or not step["inside"]] == []
    reached = {step["what"] for step in visited}
    assert {"link", "open-people", "Go on", "Message from Alice", "log-words", "log-export"} <= reached


def test_a_whole_conversation_by_keyboard_alone(world: World) -> None:
    world.open()
    press = world.browser.press
    press("s", *"spring", Keys.ENTER)
    alice = world.bot_got("message", text="/start spring")["chat"]["id"]
    rows = [*KEYS["inline_keyboard"], [{"text": "Leave", "callback_data": "leave"}]]
    world.bot_does("sendMessage", chat_id=alice, text="Shall we?", reply_markup={"inline_keyboard": rows})
    world.browser.seen(".keys button", "Go on")
    assert world.browser.focused().get_attribute("aria-label") == "Message from Alice"
    press(Keys.ESCAPE, "b", Keys.ENTER)
    query = world.bot_got("callback_query", data="go")
    world.browser.seen(".keys button[aria-busy=true]")
    world.bot_does("answerCallbackQuery", callback_query_id=query["id"], text="Mind the step", show_alert=True)
    world.browser.seen("#alert", "Mind the step")
    press(Keys.ENTER)
    world.browser.gone("#alert")
    press("/", *"thanks", Keys.ENTER)
    world.bot_got("message", text="thanks")
    press(Keys.ESCAPE, "a", *"Bruno", Keys.ENTER)
    world.browser.seen(".chat", "Bruno")
    press(Keys.ENTER)
    bruno = world.bot_got("message", text="/start")["from"]
    assert bruno["first_name"] == "Bruno"
    press(Keys.ESCAPE, "p")
    assert world.browser.focused().get_attribute("aria-label") == "Messages of Alice"
    press("f")
    world.browser.seen("#faults")
    press("f", "l")
    world.browser.seen("#log")
    assert world.browser.focused().get_attribute("id") == "log-words"


def test_shortcuts_can_be_switched_off_and_are_listed(world: World) -> None:
    world.chat()
    world.browser.press(Keys.ESCAPE, "?")
    listed = world.browser.seen("#shortcuts").text
    assert "the newest buttons of the bot" in listed
    world.browser.seen("#shortcuts-on").click()
    world.browser.press(Keys.ESCAPE)
    world.browser.gone("#help")
    world.browser.js("document.activeElement.blur()")
    world.browser.press("l")
    assert not world.browser.all("#log")[0].is_displayed()


def test_who_wants_no_motion_gets_none(world: World) -> None:
    alice = world.chat(look=Look(still=True))
    world.bot_does("sendMessage", chat_id=alice, text="Shall we?", reply_markup=KEYS)
    world.browser.seen(".keys button", "Go on").click()
    button = world.browser.seen(".keys button[aria-busy=true]")
    assert world.browser.js("return getComputedStyle(arguments[0], '::after').animationName", button) == "none"
    assert world.browser.js("return getComputedStyle(arguments[0]).outlineStyle", button) == "dashed"
