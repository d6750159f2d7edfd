"""What a message is besides its content: a reply, protected, with a caption above."""

from typing import Any

import pytest

from telegram_sim.client import Person

from .conftest import Bot
from .test_files import png, upload


async def test_a_reply_carries_the_message_it_answers_and_no_further_one(bot: Bot, alice: Person) -> None:
    asked = await alice.say("question")
    first = await bot.ok("sendMessage", chat_id=alice.id, text="a", reply_parameters={"message_id": asked.id})
    assert first["reply_to_message"] == asked.raw
    second = await bot.ok("sendMessage", chat_id=alice.id, text="b", reply_to_message_id=first["message_id"])
    assert second["reply_to_message"]["text"] == "a"
    assert "reply_to_message" not in second["reply_to_message"]


async def test_what_is_gone_is_answered_only_if_that_is_allowed(bot: Bot, alice: Person) -> None:
    missing = {"message_id": 10**6}
    words = "Bad Request: message to be replied not found"
    assert await bot.refused("sendMessage", chat_id=alice.id, text="x", reply_parameters=missing) == (400, words)
    for allowed in (
        {"reply_parameters": {**missing, "allow_sending_without_reply": True}},
        {"reply_to_message_id": 10**6, "allow_sending_without_reply": True},
        {"reply_parameters": {}},
    ):
        assert "reply_to_message" not in await bot.ok("sendMessage", chat_id=alice.id, text="x", **allowed)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ("{", "can't parse reply parameters JSON object"),
        ([], "object expected as reply parameters"),
        ({"chat_id": 1}, 'can\'t find field "message_id"'),
        ({"message_id": "x"}, 'field "message_id" must be a valid Number'),
        (
            {"message_id": 1, "allow_sending_without_reply": 1},
            'field "allow_sending_without_reply" must be of type Boolean',
        ),
    ],
)
async def test_refusals_of_reply_parameters(bot: Bot, alice: Person, parameters: Any, words: str) -> None:
    refused = await bot.refused("sendMessage", chat_id=alice.id, text="x", reply_parameters=parameters)
    assert refused == (400, f"Bad Request: {words}")


async def test_flags_are_shown_where_they_mean_something(bot: Bot, alice: Person) -> None:
    flags = {"protect_content": True, "has_spoiler": "yes", "show_caption_above_media": 1}
    text = await bot.ok("sendMessage", chat_id=alice.id, text="x", **flags)
    assert text["has_protected_content"] is True
    assert "has_media_spoiler" not in text
    _, body = await upload(bot, alice, "photo", png(8, 8), "a.png")
    photo = body["result"]["photo"][0]["file_id"]
    sent = await bot.ok("sendPhoto", chat_id=alice.id, photo=photo, **flags)
    assert (sent["has_media_spoiler"], sent["show_caption_above_media"]) == (True, True)
