"""Editing and deleting, each refusal in Telegram's words."""

import time
from typing import Any

import pytest

from telegram_sim.client import Person, Sim

from .conftest import Bot, Media

KEYBOARD = {"inline_keyboard": [[{"text": "x", "callback_data": "y"}]]}
NOT_MODIFIED = "Bad Request: message is not modified: specified new message content and reply markup are exactly the "


async def text_of(bot: Bot, alice: Person, **more: Any) -> dict[str, Any]:
    sent = await bot.ok("sendMessage", chat_id=alice.id, text="old", **more)
    return {"chat_id": alice.id, "message_id": sent["message_id"]}


async def test_a_text_is_edited_in_place_and_its_buttons_go(bot: Bot, alice: Person, sim: Sim) -> None:
    where = await text_of(bot, alice, reply_markup=KEYBOARD)
    edited = await bot.ok("editMessageText", **where, text="<b>new</b>", parse_mode="HTML")
    assert (edited["text"], edited["entities"][0]["type"]) == ("new", "bold")
    assert "edit_date" in edited
    assert "reply_markup" not in edited
    assert [message.text for message in await alice.messages()] == ["new"]
    assert [entry["message"] for entry in (await sim.record("edit"))[0]] == [edited]


async def test_an_edit_without_a_change_is_refused(bot: Bot, alice: Person) -> None:
    where = await text_of(bot, alice)
    status, words = await bot.refused("editMessageText", **where, text=" old ")
    assert (status, words[: len(NOT_MODIFIED)]) == (400, NOT_MODIFIED)
    await bot.ok("editMessageText", **where, text="old", reply_markup=KEYBOARD)
    assert (await bot.refused("editMessageText", **where, text="old", reply_markup=KEYBOARD))[0] == 400


async def test_a_caption_is_edited_added_and_taken_away(bot: Bot, alice: Person, media: Media) -> None:
    sent = await bot.ok("sendAudio", chat_id=alice.id, audio=f"{media.url}/song.mp3")
    where = {"chat_id": alice.id, "message_id": sent["message_id"]}
    entities = [{"type": "bold", "offset": 0, "length": 3}]
    edited = await bot.ok("editMessageCaption", **where, caption="new", caption_entities=entities)
    assert (edited["caption"], edited["caption_entities"]) == ("new", entities)
    assert edited["audio"] == sent["audio"]
    assert "caption" not in await bot.ok("editMessageCaption", **where)
    assert (await bot.refused("editMessageCaption", **where))[1].startswith(NOT_MODIFIED)


@pytest.mark.parametrize(
    ("method", "arguments", "words"),
    [
        ("editMessageText", {"text": "x", "message_id": 10**6}, "message to edit not found"),
        ("editMessageText", {"text": "x", "message_id": 0}, "message to edit not found"),
        ("editMessageText", {"text": "x", "message_id": None, "chat_id": None}, "message identifier is not specified"),
        ("editMessageText", {"text": "x", "chat_id": ""}, "chat_id is empty"),
        ("editMessageText", {"text": "x", "chat_id": 404404}, "chat not found"),
        ("editMessageText", {"text": ""}, "message text is empty"),
        ("editMessageText", {"text": "x" * 4097}, "message is too long"),
        ("editMessageText", {"text": "x", "reply_markup": []}, "object expected as reply markup"),
        ("editMessageCaption", {"caption": "x"}, "there is no caption in the message to edit"),
        ("editMessageCaption", {"caption": "x" * 1025}, "there is no caption in the message to edit"),
        ("editMessageText", {"text": "x", "reply_markup": {"keyboard": [["a"]]}}, "inline keyboard expected"),
        ("editMessageText", {"text": "x", "business_connection_id": "x"}, "business connection not found"),
        ("deleteMessage", {"message_id": 0}, "message identifier is not specified"),
        ("deleteMessage", {"chat_id": None}, "chat identifier is not specified"),
        ("deleteMessage", {"message_id": 10**6}, "message to delete not found"),
        ("deleteMessage", {"chat_id": 404404}, "chat not found"),
    ],
)
async def test_refusals(bot: Bot, alice: Person, method: str, arguments: dict[str, Any], words: str) -> None:
    where = await text_of(bot, alice)
    given = {name: value for name, value in {**where, **arguments}.items() if value is not None}
    assert await bot.refused(method, **given) == (400, f"Bad Request: {words}")


async def test_what_is_no_text_or_not_the_bots_cannot_be_edited(bot: Bot, alice: Person, media: Media) -> None:
    audio = await bot.ok("sendAudio", chat_id=alice.id, audio=f"{media.url}/song.mp3")
    where = {"chat_id": alice.id, "message_id": audio["message_id"]}
    words = "Bad Request: there is no text in the message to edit"
    assert await bot.refused("editMessageText", **where, text="x") == (400, words)
    where["message_id"] = (await alice.say("mine")).id
    assert await bot.refused("editMessageText", **where, text="x") == (400, "Bad Request: message can't be edited")


async def test_people_out_of_reach_are_not_edited(bot: Bot, alice: Person) -> None:
    where = await text_of(bot, alice)
    await alice.block()
    words = "Forbidden: bot was blocked by the user"
    assert await bot.refused("editMessageText", **where, text="x") == (403, words)
    assert await bot.ok("deleteMessage", **where) is True
    await alice.change(deactivated=True)
    assert await bot.refused("deleteMessage", **where) == (403, "Forbidden: user is deactivated")


async def test_a_deleted_message_is_gone_and_its_buttons_lead_nowhere(bot: Bot, sim: Sim, alice: Person) -> None:
    where = await text_of(bot, alice, reply_markup=KEYBOARD)
    mine = await alice.say("mine too")
    assert await bot.ok("deleteMessage", **where) is True
    assert await bot.ok("deleteMessage", chat_id=alice.id, message_id=mine.id) is True
    assert await alice.messages() == []
    assert (await bot.refused("deleteMessage", **where))[1] == "Bad Request: message to delete not found"
    assert (await bot.refused("editMessageText", **where, text="x"))[1] == "Bad Request: message to edit not found"
    deleted, _ = await sim.record("delete", chat_id=alice.id)
    assert [entry["message_id"] for entry in deleted] == [where["message_id"], mine.id]


async def test_after_two_days_a_message_cannot_be_deleted(bot: Bot, alice: Person) -> None:
    old = await alice.send(text="long ago", date=int(time.time()) - 48 * 3600 - 60)
    words = "Bad Request: message can't be deleted for everyone"
    assert await bot.refused("deleteMessage", chat_id=alice.id, message_id=old.id) == (400, words)
