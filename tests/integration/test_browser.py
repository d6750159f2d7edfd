"""A person in a real browser: from the start link to DONE by clicking, through the whole platform."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import yaml

from lbc_testkit.browser import DESKTOP, PHONE, Browser, Look
from lbc_testkit.stack import Stack
from support import platform
from telegram_sim.client import Sim

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXTS = Path(__file__).parents[2] / "brands/demo/texts"
WATCH = """
window.spins = [];
new MutationObserver((changes) => changes.forEach(({ target }) => window.spins.push(target.ariaBusy)))
  .observe(arguments[0].closest('.log-of-chat'), { subtree: true, attributeFilter: ['aria-busy'] });
"""


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("language", ["en", "es"])
async def test_from_the_link_to_done_by_clicking(
    stack: Stack, sim: Sim, browser: Browser, language: str, size: tuple[int, int]
) -> None:
    texts = yaml.safe_load(await asyncio.to_thread((TEXTS / f"{language}.yaml").read_text, encoding="utf-8"))

    try:
        person = await asyncio.to_thread(journey, Clicks(browser, texts), stack.addresses.telegram, language, size)
    finally:
        await asyncio.to_thread(browser.driver.get, "about:blank")

    async def done() -> bool:
        return (await platform.user_row(stack, person)).get("state") == {"S": "DONE"}

    await platform.until(done, "DONE in the table")
    assert await sim.calls("answerCallbackQuery")


def journey(clicks: Clicks, url: str, language: str, size: tuple[int, int]) -> int:
    """Go from the link to the last message; gives the person's number."""
    browser = clicks.browser
    browser.open(f"{url}/?person=", Look(size=size))  # nobody of the tests before
    clicks.come(language)
    browser.seen("#link").send_keys("https://t.me/demo_bot?start=ref_browser")
    browser.seen("#link-form button", "Open as Robin").click()
    clicks.plays(".chat video")
    clicks.press("play_audio", clicks.texts["button_play_audio"])
    clicks.plays(".chat audio")
    clicks.press("continue", clicks.texts["button_continue"])
    browser.until(lambda: len(browser.all(".message:not(.mine)")) >= 3 or None, "the last message")
    assert browser.js("return document.documentElement.scrollWidth") <= size[0]
    assert browser.complaints() == []
    return int(str(browser.seen(".chat").get_attribute("data-person")))


class Clicks:
    """What a person does on the page."""

    def __init__(self, browser: Browser, texts: dict[str, str]) -> None:
        self.browser = browser
        self.texts = texts

    def come(self, language: str) -> None:
        """Open a chat as somebody whose Telegram speaks that language."""
        browser = self.browser
        browser.until(lambda: browser.js("return document.body.dataset.ready"), "the page to be ready")
        browser.seen("#open-people").click()
        name = browser.seen("#name")
        name.clear()
        name.send_keys("Robin")
        browser.seen(f"#language option[value={language}]").click()
        browser.seen("#person-form button", "New person").click()
        browser.seen(".chat h2", "Robin")
        browser.gone("#people")  # what is behind the box cannot be used before

    def plays(self, css: str) -> None:
        """Start a player as a person would, and see that it goes on."""
        player = self.browser.seen(css)
        self.browser.until(lambda: self.browser.js("return arguments[0].readyState > 1", player), f"{css} to be ready")
        player.send_keys(" ")
        self.browser.until(lambda: self.browser.js("return arguments[0].currentTime > 0.3", player), f"{css} to play")

    def press(self, name: str, words: str) -> None:
        """Press a button, and see it spin and stop."""
        button = self.browser.seen(f".keys button[data-callback^={name}]")
        assert button.text == words
        self.browser.js(WATCH, button)
        button.click()
        self.browser.until(lambda: "true" in self.browser.js("return window.spins"), f"{name} to spin")
        self.browser.gone(".keys button[aria-busy=true]")
