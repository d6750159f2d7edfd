from __future__ import annotations

import pytest
from selenium.webdriver import Keys
from selenium.webdriver.support.select import Select

from lbc_testkit.browser import PHONE, Look

from .conftest import World


def newcomer(world: World, name: str, language: str = "en") -> int:
    """Add a person by the dialog and press Start; gives their number."""
    before = len(world.bot.updates)
    world.browser.seen("#open-people").click()
    box = world.browser.seen("#name")
    box.clear()
    box.send_keys(name)
    Select(world.browser.seen("#language")).select_by_value(language)
    world.browser.seen("#person-form button", "New person").click()
    world.browser.gone("#people")
    world.browser.seen(".chat .big", "Start").click()
    message = world.bot_got("message", text="/start") if before == len(world.bot.updates) else None
    started = message or world.bot.updates[-1]["message"]
    assert (started["from"]["first_name"], started["from"]["language_code"]) == (name, language)
    return int(started["chat"]["id"])


def test_two_people_side_by_side_have_chats_of_their_own(world: World) -> None:
    world.open()
    alice = newcomer(world, "Alice")
    world.bot.updates.clear()
    bruno = newcomer(world, "Bruno", "es")
    world.bot_does("sendMessage", chat_id=alice, text="for Alice")
    world.bot_does("sendMessage", chat_id=bruno, text="for Bruno")
    first, second = (
        world.browser.seen(f"#chat-{person}", f"for {name}") for person, name in ((alice, "Alice"), (bruno, "Bruno"))
    )
    assert "for Bruno" not in first.text
    assert "for Alice" not in second.text
    assert first.rect["x"] + first.rect["width"] <= second.rect["x"] + 1, "beside each other"
    assert first.rect["y"] == second.rect["y"]
    world.browser.driver.refresh()
    world.browser.seen(f"#chat-{alice}", "for Alice")
    world.browser.seen(f"#chat-{bruno}", "for Bruno")


def test_on_a_phone_people_are_tabs_that_count_what_is_unread(world: World) -> None:
    alice = world.chat("Alice", look=Look(size=PHONE))
    world.bot.updates.clear()
    bruno = newcomer(world, "Bruno")
    assert [tab.get_attribute("aria-selected") for tab in world.browser.all("[role=tab]")] == ["false", "true"]
    assert not world.browser.all(f"#chat-{alice}")[0].is_displayed()
    world.bot_does("sendMessage", chat_id=alice, text="for Alice")
    world.browser.seen("[role=tab] .count", "1")
    world.browser.seen("[role=tab]", "Bruno").send_keys(Keys.ARROW_LEFT)
    world.browser.seen(f"#chat-{alice}", "for Alice")
    assert world.browser.focused().text == "Alice", "the tab, without its count"
    assert not world.browser.all(f"#chat-{bruno}")[0].is_displayed()


LINKS = {
    "t.me/robin_bot?start=spring-1": "/start spring-1",
    "https://t.me/robin_bot?start=spring_2&x=y": "/start spring_2",
    "tg://resolve?domain=robin_bot&start=spring3": "/start spring3",
    "spring-4": "/start spring-4",
    "https://t.me/robin_bot": "/start",
}


@pytest.mark.parametrize(("link", "command"), LINKS.items())
def test_a_start_link_or_a_token_is_opened(world: World, link: str, command: str) -> None:
    world.open()
    world.browser.seen("#link").send_keys(link, Keys.ENTER)
    world.bot_got("message", text=command)
    world.browser.seen(".message.mine", command)


@pytest.mark.parametrize("words", ["hello there", "https://example.org/x?y=1", "a/b"])
def test_what_is_no_link_is_not_opened(world: World, words: str) -> None:
    world.open()
    world.browser.seen("#link").send_keys(words, Keys.ENTER)
    world.browser.seen("#toast", "neither a start link nor a token")
    assert world.browser.seen("#link").get_attribute("value") == words
    assert world.run(world.sim.request, "GET", "/people") == {"people": []}


def test_closing_a_chat_leads_to_the_one_that_is_left(world: World) -> None:
    world.chat("Alice")
    world.bot.updates.clear()
    newcomer(world, "Bruno")
    choose(world, "Close this chat", ".active ")
    world.browser.gone(".chat", "Bruno")
    assert world.browser.focused().get_attribute("aria-label") == "Message from Alice"
    choose(world, "Close this chat")
    world.browser.seen("#nobody", "No chat is open")
    assert world.browser.focused().text == "Open a chat"
    world.browser.press(Keys.ENTER)
    world.browser.seen("#known [aria-label^='Open the chat of Bruno']").click()
    world.browser.seen(".message.mine", "/start")


def test_the_language_that_the_client_reports_can_be_changed(world: World) -> None:
    world.chat(language="es")
    assert world.bot_got("message")["from"]["language_code"] == "es"
    select = Select(world.browser.seen("[aria-label='Language of Alice']"))
    select.select_by_value("pt-br")
    box = world.browser.seen(".write textarea")
    box.send_keys("olá", Keys.ENTER)
    assert world.bot_got("message", text="olá")["from"]["language_code"] == "pt-br"
    select.select_by_value("")
    box.send_keys("hm", Keys.ENTER)
    assert "language_code" not in world.bot_got("message", text="hm")["from"]


def choose(world: World, words: str, where: str = "") -> None:
    world.browser.seen(f"{where}.menu summary").click()
    world.browser.seen(f"{where}.menu button", words).click()


def test_blocking_tells_the_bot_and_only_unblocking_is_left_to_do(world: World) -> None:
    alice = world.chat()
    choose(world, "Block the bot")
    assert world.bot_got("my_chat_member")["new_chat_member"]["status"] == "kicked"
    world.browser.seen(".who p", "blocked Robin")
    world.browser.gone(".write")
    status, answer = world.run(world.bot.call, "sendMessage", {"chat_id": alice, "text": "x"})
    assert (status, answer["description"]) == (403, "Forbidden: bot was blocked by the user")
    world.browser.seen(".big", "Unblock").click()
    world.browser.seen(".write")
    statuses = [
        update["my_chat_member"]["new_chat_member"]["status"]
        for update in world.bot.updates
        if "my_chat_member" in update
    ]
    assert statuses == ["kicked", "member"]


def test_a_deactivated_account_can_do_nothing_but_come_back(world: World) -> None:
    alice = world.chat()
    choose(world, "Deactivate account")
    world.browser.seen(".who p", "account deactivated")
    status, answer = world.run(world.bot.call, "sendMessage", {"chat_id": alice, "text": "x"})
    assert (status, answer["description"]) == (403, "Forbidden: user is deactivated")
    world.browser.seen(".big", "Reactivate account").click()
    world.browser.seen(".write")
    world.bot_does("sendMessage", chat_id=alice, text="good to see you")
    world.browser.seen(".message", "good to see you")


def test_starting_over_closes_every_chat(world: World) -> None:
    world.chat()
    world.run(world.sim.reset)
    world.browser.seen("#nobody", "No chat is open")
    world.browser.gone(".chat")
