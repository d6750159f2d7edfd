from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Keys

from lbc_testkit.polly.tone import mp3

from .conftest import World

FILM = Path(__file__).parents[4] / "brands/demo/media/welcome.en.mp4"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000002000000020802000000fdd49a730000001049444154789c6350485800440c"
    "100a001d8e048141ef975e0000000049454e44ae426082"
)
KEYS = {
    "inline_keyboard": [[{"text": "Go on", "callback_data": "go:1"}, {"text": "Site", "url": "https://example.org"}]]
}


def test_what_either_says_is_shown_to_the_person(world: World) -> None:
    alice = world.chat()
    world.bot_does("sendMessage", chat_id=alice, text="Hello <b>there</b>", parse_mode="HTML")
    assert world.browser.seen(".message:not(.mine)", "Hello there").find_element("css selector", "b").text == "there"
    box = world.browser.seen(".write textarea")
    box.send_keys("good morning", Keys.ENTER)
    world.bot_got("message", text="good morning")
    world.browser.seen(".message.mine", "good morning")
    assert box.get_attribute("value") == ""


def tapped(world: World) -> Any:
    """Let Alice press a button; gives the callback query that the bot got."""
    alice = world.chat()
    world.bot_does("sendMessage", chat_id=alice, text="Shall we?", reply_markup=KEYS)
    world.browser.seen(".keys button", "Go on").click()
    return world.bot_got("callback_query", data="go:1")


def test_a_button_spins_until_the_bot_has_answered_and_says_its_words(world: World) -> None:
    query = tapped(world)
    world.browser.seen(".keys button[aria-busy=true]", "Go on")
    world.bot_does("answerCallbackQuery", callback_query_id=query["id"], text="Off we go")
    world.browser.seen(".bubble-toast", "Off we go")
    world.browser.gone(".keys button[aria-busy=true]")


def test_an_alert_has_to_be_closed(world: World) -> None:
    query = tapped(world)
    world.bot_does("answerCallbackQuery", callback_query_id=query["id"], text="Mind the step", show_alert=True)
    assert "Alice" in world.browser.seen("#alert", "Mind the step").text
    world.browser.seen("#alert button", "OK").click()
    world.browser.gone("#alert")


def test_two_alerts_are_read_one_after_the_other(world: World) -> None:
    query = tapped(world)
    alice = query["from"]["id"]
    other = world.run(world.sim.request, "POST", f"/people/{alice}/taps", {"button": "go"})["callback_query_id"]
    for identifier, text in ((query["id"], "Mind the step"), (other, "Mind your head")):
        world.bot_does("answerCallbackQuery", callback_query_id=identifier, text=text, show_alert=True)
    world.browser.gone(".keys button[aria-busy=true]")
    for text in ("Mind the step", "Mind your head"):
        world.browser.seen("#alert", text)
        world.browser.press(Keys.ENTER)
    world.browser.gone("#alert")


def test_a_button_pressed_elsewhere_spins_here_too_and_an_edit_does_not_stop_it(world: World) -> None:
    alice = world.chat()
    sent = world.bot_does("sendMessage", chat_id=alice, text="Shall we?", reply_markup=KEYS)
    tapped = world.run(world.sim.request, "POST", f"/people/{alice}/taps", {"button": "go"})
    world.browser.seen(".keys button[aria-busy=true]", "Go on")
    world.bot_does("editMessageText", chat_id=alice, message_id=sent["message_id"], text="We shall.", reply_markup=KEYS)
    world.browser.seen(".message", "We shall.")
    world.browser.seen(".keys button[aria-busy=true]", "Go on")
    world.bot_does("answerCallbackQuery", callback_query_id=tapped["callback_query_id"])
    world.browser.gone(".keys button[aria-busy=true]")


def test_an_answer_can_lead_to_a_start_link(world: World) -> None:
    query = tapped(world)
    world.bot_does("answerCallbackQuery", callback_query_id=query["id"], url="t.me/robin_bot?start=spring")
    world.bot_got("message", text="/start spring")


def test_a_call_that_was_refused_is_told_in_the_chat(world: World) -> None:
    alice = world.chat()
    status, answer = world.run(world.bot.call, "sendMessage", {"chat_id": alice, "text": "<b>", "parse_mode": "HTML"})
    assert status == 400
    assert world.browser.seen(".refused", "sendMessage: ").text == f"sendMessage: {answer['description']}"
    bruno = world.run(world.sim.request, "POST", "/people", {"first_name": "Bruno"})["id"]
    world.open(f"?person={bruno}")
    world.run(world.bot.call, "sendMessage", {"chat_id": bruno, "text": "x"})
    world.browser.seen(".refused", "sendMessage: Bad Request: chat not found")
    assert world.browser.seen(".chat .big", "Start"), "who never wrote has still to press Start"


def test_a_message_is_ticked_once_the_bot_took_it(world: World) -> None:
    world.chat()
    world.browser.seen(".message.mine:last-child .tick[aria-label='taken by the bot']")
    world.run(world.sim.switch, hold_updates=True)
    world.browser.seen(".write textarea").send_keys("hello", Keys.ENTER)
    world.browser.seen(".message.mine:last-child .tick[aria-label=sent]")
    world.bot.status = 500
    world.run(world.sim.release)
    world.browser.seen(".message.mine:last-child .tick[aria-label='not taken by the bot yet']")
    world.bot.status = 200
    world.browser.seen(".message.mine:last-child .tick[aria-label='taken by the bot']")


def test_edits_and_deletions_are_shown_live(world: World) -> None:
    alice = world.chat()
    first = world.bot_does("sendMessage", chat_id=alice, text="first", reply_markup=KEYS)
    second = world.bot_does("sendMessage", chat_id=alice, text="second")
    world.browser.seen(".message", "second")
    world.bot_does("editMessageText", chat_id=alice, message_id=first["message_id"], text="first, mended")
    edited = world.browser.seen(".message", "first, mended")
    assert "edited" in edited.text
    world.browser.gone(".keys")
    world.bot_does("deleteMessage", chat_id=alice, message_id=second["message_id"])
    world.browser.gone(".message", "second")


@pytest.mark.parametrize(("action", "words"), [("upload_video", "is sending a video"), ("typing", "is typing")])
def test_a_chat_action_is_shown_until_the_message_comes(world: World, action: str, words: str) -> None:
    alice = world.chat()
    world.bot_does("sendChatAction", chat_id=alice, action=action)
    world.browser.seen(".who p", f"Robin {words}…")
    world.bot_does("sendMessage", chat_id=alice, text="here it is")
    world.browser.gone(".who p", words)


def test_a_chat_action_can_be_taken_back(world: World) -> None:
    alice = world.chat()
    for action, words in (("pick_up_location", "Robin is finding a location…"), ("cancel", "with Robin")):
        world.bot_does("sendChatAction", chat_id=alice, action=action)
        world.browser.seen(".who p", words)


def test_a_video_is_shown_and_plays(world: World) -> None:
    alice = world.chat()
    film = ("welcome.mp4", FILM.read_bytes(), "video/mp4")
    world.bot_does("sendVideo", chat_id=alice, video=film, caption="A film")
    player = world.browser.seen("video")
    world.browser.until(lambda: world.browser.js("return arguments[0].videoWidth", player), "the film's first picture")
    player.click()
    world.browser.until(lambda: world.browser.js("return arguments[0].currentTime > 0.2", player), "the film to move")


@pytest.mark.parametrize("kind", ["audio", "voice"])
def test_sounds_have_a_player_with_a_name_and_play(world: World, kind: str) -> None:
    alice = world.chat()
    named = {"title": "Song", "performer": "Singer"} if kind == "audio" else {}
    sound = ("sound.mp3", mp3("one two three four five six", 22_050), "audio/mpeg")
    world.bot_does(f"send{kind.title()}", chat_id=alice, **{kind: sound}, **named)
    player = world.browser.seen("audio")
    assert player.get_attribute("aria-label") == ("Singer, Song" if named else "Voice message")
    player.send_keys(Keys.SPACE)
    world.browser.until(lambda: world.browser.js("return arguments[0].currentTime > 0.2", player), "the sound to move")


def test_a_photo_is_seen_and_a_document_is_offered(world: World) -> None:
    alice = world.chat()
    world.bot_does("sendPhoto", chat_id=alice, photo=("p.png", PNG, "image/png"), caption="The sea")
    shown = world.browser.seen("img.picture")
    assert shown.get_attribute("alt") == "Photo", "its caption is read out as the text that it is"
    assert "/file/" in str(shown.find_element("xpath", "..").get_attribute("href")), "it opens by itself"
    world.browser.until(lambda: world.browser.js("return arguments[0].naturalWidth", shown), "the picture")
    world.bot_does("sendDocument", chat_id=alice, document=("terms.txt", b"x" * 2048, "text/plain"))
    document = world.browser.seen("a.document", "terms.txt")
    assert "2.0 KB" in document.text
    assert document.get_attribute("download") == "terms.txt"


@pytest.mark.parametrize(("name", "content", "kind"), [("sea.png", PNG, "photo"), ("notes.txt", b"mine", "document")])
def test_a_person_can_send_what_they_have(world: World, tmp_path: Path, name: str, content: bytes, kind: str) -> None:
    world.chat()
    (tmp_path / name).write_bytes(content)
    world.browser.all(".write input[type=file]")[0].send_keys(str(tmp_path / name))
    world.browser.seen(".message.mine img.picture" if kind == "photo" else ".message.mine a.document", "")
    world.bot_update_with(kind)


def test_commands_in_a_message_can_be_pressed_and_spoilers_shown(world: World) -> None:
    alice = world.chat()
    text = "Try /help or see <tg-spoiler>the end</tg-spoiler>"
    world.bot_does("sendMessage", chat_id=alice, text=text, parse_mode="HTML")
    world.browser.seen("button.command", "/help").click()
    world.bot_got("message", text="/help")
    assert "the end" not in world.browser.seen(".message", "Try /help").text
    world.browser.seen("button.spoiler").click()
    world.browser.seen(".revealed", "the end")


def test_hidden_media_are_shown_when_they_are_asked_for(world: World) -> None:
    alice = world.chat()
    world.bot_does("sendPhoto", chat_id=alice, photo=("p.png", PNG, "image/png"), has_spoiler=True)
    cover = world.browser.seen(".veil button")
    assert cover.get_attribute("aria-label") == "Hidden photo, press to show"
    assert "blur" in world.browser.js("return getComputedStyle(document.querySelector('.veil > div')).filter")
    cover.click()
    world.browser.gone(".veil")
    assert world.browser.focused() == world.browser.seen("a.opens")


@pytest.mark.parametrize("above", [True, False])
def test_a_caption_stands_where_the_bot_wants_it(world: World, *, above: bool) -> None:
    alice = world.chat()
    photo = ("p.png", PNG, "image/png")
    world.bot_does("sendPhoto", chat_id=alice, photo=photo, caption="The sea", show_caption_above_media=above)
    picture, words = world.browser.seen("img.picture"), world.browser.seen(".message:not(.mine) .words", "The sea")
    assert (words.rect["y"] < picture.rect["y"]) is above


def test_what_may_not_be_forwarded_is_marked_and_emoji_are_large(world: World) -> None:
    alice = world.chat()
    world.bot_does("sendMessage", chat_id=alice, text="secret", protect_content=True)
    world.browser.seen(".message:last-child .lock[aria-label='Cannot be forwarded or saved']")
    for text, large in (("👋🏽👨‍👩‍👧", True), ("👋 hello", False), ("👋👋👋👋", False)):
        world.bot_does("sendMessage", chat_id=alice, text=text)
        words = world.browser.seen(".message:last-child .words", text)
        assert ("large" in str(words.get_attribute("class")).split()) is large


def test_only_the_newest_messages_stay_in_the_page_and_it_follows_them(world: World) -> None:
    alice = world.chat()
    for number in range(310):
        world.bot_does("sendMessage", chat_id=alice, text=f"number {number}")
    world.browser.seen(".message", "number 309")
    assert len(world.browser.all(".message")) == 300
    at_its_end(world)
    log = world.browser.seen(".log-of-chat")
    world.browser.js("arguments[0].scrollTop = 0", log)
    world.browser.seen(".jump")
    world.bot_does("sendMessage", chat_id=alice, text="one more")
    world.browser.until(lambda: "one more" in log.text, "the message below")
    assert world.browser.js("return arguments[0].scrollTop", log) < 100, "who reads above stays there"
    world.browser.seen(".jump").click()
    at_its_end(world)
    world.browser.gone(".jump")


def test_the_newest_stays_in_sight_when_the_page_changes_its_shape(world: World) -> None:
    alice = world.chat()
    for number in range(40):
        world.bot_does("sendMessage", chat_id=alice, text=f"{number} " * 30)
    world.browser.seen(".message", "39 39")
    at_its_end(world)
    for panel in ("log", "faults", "faults", "log"):
        world.browser.seen(f"#open-{panel}").click()
        at_its_end(world)
    for width in (500, 1400, 900):
        size = {"width": width, "height": 700, "deviceScaleFactor": 1, "mobile": False}
        world.browser.command("Emulation.setDeviceMetricsOverride", size)
        at_its_end(world)
    world.browser.gone(".jump")


def at_its_end(world: World) -> None:
    """Wait until the newest message is in sight."""
    log = world.browser.seen(".log-of-chat")
    distance = "return arguments[0].scrollHeight - arguments[0].scrollTop - arguments[0].clientHeight"
    world.browser.until(lambda: world.browser.js(distance, log) < 2, "the newest message in sight")


def test_media_that_come_late_do_not_push_the_newest_out_of_sight(world: World) -> None:
    alice = world.chat()
    for caption in ("one", "two", "three"):
        film = (f"{caption}.mp4", FILM.read_bytes(), "video/mp4")
        world.bot_does("sendVideo", chat_id=alice, video=film, caption=caption)
    world.browser.seen(".message", "three")
    loaded = "return [...document.querySelectorAll('video.tall')].length"
    for _ in range(2):
        world.browser.until(lambda: world.browser.js(loaded) == 3, "all first pictures")
        at_its_end(world)
        world.browser.driver.refresh()
