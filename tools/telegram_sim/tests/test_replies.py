"""What a message is besides its content: a reply, protected, with a caption above, with a link preview."""

from typing import Any

import pytest

from telegram_sim.client import Person, Sim

from .conftest import Bot
from .images import png, upload


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
    flags = {
        "protect_content": True,
        "has_spoiler": " YES ",
        "show_caption_above_media": 1,
        "message_effect_id": "5104841245755180586",
    }
    text = await bot.ok("sendMessage", chat_id=alice.id, text="x", **flags)
    assert (text["has_protected_content"], text["effect_id"]) == (True, "5104841245755180586")
    assert "has_media_spoiler" not in text
    _, body = await upload(bot, alice, "photo", png(8, 8), "a.png")
    photo = body["result"]["photo"][0]["file_id"]
    bare = await bot.ok("sendPhoto", chat_id=alice.id, photo=photo, **flags)
    assert bare["has_media_spoiler"] is True
    assert "show_caption_above_media" not in bare
    sent = await bot.ok("sendPhoto", chat_id=alice.id, photo=photo, caption="c", **flags)
    assert sent["show_caption_above_media"] is True
    where = {"chat_id": alice.id, "message_id": sent["message_id"]}
    assert "show_caption_above_media" not in await bot.ok("editMessageCaption", **where, caption="c")


async def test_a_quote_is_shown_where_it_is(bot: Bot, alice: Person) -> None:
    asked = await alice.say("😀 one two one")
    quote = {"message_id": asked.id, "quote": " <b>one</b> <code>two</code>", "quote_parse_mode": "HTML"}
    sent = await bot.ok("sendMessage", chat_id=alice.id, text="a", reply_parameters=quote)
    bold = {"offset": 0, "length": 3, "type": "bold"}
    assert sent["quote"] == {"text": "one two", "position": 3, "is_manual": True, "entities": [bold]}
    last = {"message_id": asked.id, "quote": "one", "quote_position": 11}
    assert (await bot.ok("sendMessage", chat_id=alice.id, text="a", reply_parameters=last))["quote"]["position"] == 11
    wrong = {"message_id": asked.id, "quote": "three"}
    refused = await bot.refused("sendMessage", chat_id=alice.id, text="a", reply_parameters=wrong)
    assert refused == (400, "Bad Request: QUOTE_TEXT_INVALID")


async def test_what_is_answered_in_another_chat_has_to_be_there_too(bot: Bot, sim: Sim, alice: Person) -> None:
    bob = await sim.person("Bob", known=True)
    said = await bob.say("hello")
    for there, words in ((404404, "chat not found"), (bob.id, "message to be replied not found")):
        wanted = {"message_id": 10**6, "chat_id": there}
        refused = await bot.refused("sendMessage", chat_id=alice.id, text="a", reply_parameters=wanted)
        assert refused == (400, f"Bad Request: {words}")
    wanted = {"message_id": said.id, "chat_id": bob.id}
    assert "reply_to_message" not in await bot.ok("sendMessage", chat_id=alice.id, text="a", reply_parameters=wanted)


LINK = "see https://a.b.com"


@pytest.mark.parametrize(
    ("text", "asked", "shown"),
    [
        (LINK, {"link_preview_options": {"is_disabled": True}}, {"is_disabled": True}),
        (LINK, {"disable_web_page_preview": True}, {"is_disabled": True}),
        ("no link", {"disable_web_page_preview": True}, None),
        (LINK, {"link_preview_options": {"prefer_large_media": True}}, None),
        (
            LINK,
            {"link_preview_options": {"url": "https://c.d", "prefer_large_media": True, "show_above_text": True}},
            {"url": "https://c.d", "prefer_large_media": True, "show_above_text": True},
        ),
    ],
)
async def test_link_previews(bot: Bot, alice: Person, text: str, asked: Any, shown: Any) -> None:
    sent = await bot.ok("sendMessage", chat_id=alice.id, text=text, **asked)
    assert sent.get("link_preview_options") == shown
    where = {"chat_id": alice.id, "message_id": sent["message_id"]}
    assert (await bot.ok("editMessageText", **where, text=f"{text}!", **asked)).get("link_preview_options") == shown


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"link_preview_options": "["}, "can't parse link preview options JSON object"),
        ({"link_preview_options": []}, "object expected as link preview options"),
        ({"link_preview_options": {"is_disabled": 1}}, 'field "is_disabled" must be of type Boolean'),
        ({"message_thread_id": 5}, "message thread not found"),
        ({"business_connection_id": "x"}, "business connection not found"),
        ({"reply_parameters": "{", "reply_markup": "{", "chat_id": 404404}, "can't parse reply parameters JSON object"),
        ({"text": "x" * 4097, "chat_id": 404404}, "chat not found"),
        ({"text": "<b>", "parse_mode": "HTML", "chat_id": 404404, "reply_markup": "{"}, "can't parse entities: Can't"),
    ],
)
async def test_what_is_refused_first(bot: Bot, alice: Person, arguments: dict[str, Any], words: str) -> None:
    status, said = await bot.refused("sendMessage", **{"chat_id": alice.id, "text": "x", **arguments})
    assert (status, said[: len(words) + 13]) == (400, f"Bad Request: {words}")


async def test_people_are_mentioned_by_a_link_to_them(bot: Bot, sim: Sim, alice: Person) -> None:
    stranger = await sim.person("Stranger")
    link = '<a href="tg://user?id={}">x</a>'
    text = link.format(alice.id) + link.format(stranger.id) + link.format(404404)
    sent = await bot.ok("sendMessage", chat_id=alice.id, text=text, parse_mode="HTML")
    [mention] = sent["entities"]
    assert (mention["type"], mention["offset"], mention["user"]["id"]) == ("text_mention", 0, alice.id)
    assert mention["user"]["first_name"] == "Alice"
    given = [{"type": "text_mention", "offset": 0, "length": 1, "user": {"id": alice.id, "is_bot": True}}]
    assert (await bot.ok("sendMessage", chat_id=alice.id, text="x", entities=given))["entities"] == [mention]
