"""Keyboards: what messages show of them, what is refused, and what a reply keyboard forbids."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from telegram_sim.client import Person, Sim
from telegram_sim.server import serving
from telegram_sim.settings import Settings

from .conftest import TOKEN, Bot

CALL = {"text": "a", "callback_data": "b"}


def inline(*buttons: Any) -> dict[str, Any]:
    return {"inline_keyboard": [list(buttons)]}


async def shown(bot: Bot, alice: Person, markup: Any) -> Any:
    sent = await bot.ok("sendMessage", chat_id=alice.id, text="x", reply_markup=markup)
    return sent.get("reply_markup", {}).get("inline_keyboard")


@pytest.mark.parametrize(
    ("button", "as_shown"),
    [
        (
            {"text": "a\tb", "url": "https://Example.org", "callback_data": "x", "colour": 1},
            {"text": "a b", "url": "https://example.org/"},
        ),
        ({"text": " ", "callback_data": "x" * 64}, {"text": " ", "callback_data": "x" * 64}),
        ({"text": "a", "url": "tg://user?id=5"}, {"text": "a", "url": "tg://user?id=5"}),
        (
            {"text": "a", "login_url": {"url": "https://a.b/c", "bot_username": "@a_bot"}},
            {"text": "a", "url": "https://a.b/c"},
        ),
        ({"text": "a", "web_app": {"url": "https://a.b"}}, {"text": "a", "web_app": {"url": "https://a.b/"}}),
        ({"text": "a", "copy_text": {"text": "b\r"}}, {"text": "a", "copy_text": {"text": "b"}}),
        ({"text": "a", "switch_inline_query": ""}, {"text": "a", "switch_inline_query": ""}),
        ({"text": "a", "pay": True}, {"text": "a", "pay": True}),
        (
            {"text": "a", "switch_inline_query_chosen_chat": {"allow_user_chats": True}},
            {
                "text": "a",
                "switch_inline_query_chosen_chat": {
                    "query": "",
                    "allow_user_chats": True,
                    "allow_bot_chats": False,
                    "allow_group_chats": False,
                    "allow_channel_chats": False,
                },
            },
        ),
        ({**CALL, "style": "Primary"}, {**CALL, "style": "primary"}),
        ({**CALL, "style": "default", "icon_custom_emoji_id": 7}, {**CALL, "icon_custom_emoji_id": "7"}),
    ],
)
async def test_inline_buttons_as_messages_show_them(bot: Bot, alice: Person, button: Any, as_shown: Any) -> None:
    assert await shown(bot, alice, inline(button)) == [[as_shown]]


async def test_what_is_left_out_without_a_word(bot: Bot, alice: Person) -> None:
    assert await shown(bot, alice, inline(*[CALL] * 13)) == [[CALL] * 12]
    assert await shown(bot, alice, {"inline_keyboard": [[], [{**CALL, "text": ""}], [CALL]]}) == [[CALL]]
    assert await shown(bot, alice, inline({**CALL, "text": ""})) is None
    assert await shown(bot, alice, {"inline_keyboard": [], "keyboard": []}) is None


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        (inline({"text": "a", "callback_data": "é" * 33}), "BUTTON_DATA_INVALID"),
        (
            inline({"text": "a"}),
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (inline({"callback_data": "a"}), "can't parse inline keyboard button: Can't find field \"text\""),
        (inline(5), "can't parse inline keyboard button: InlineKeyboardButton must be an Object"),
        (inline({**CALL, "style": "red"}), "can't parse inline keyboard button: invalid button style specified"),
        (
            inline({**CALL, "text": "", "icon_custom_emoji_id": 5}),
            "inline keyboard button text must be non-empty",
        ),
        (
            inline({"text": "a", "url": "http://localhost:8000"}),
            "inline keyboard button URL 'http://localhost:8000' is invalid: Wrong HTTP URL",
        ),
        (
            inline({"text": "a", "url": "happ://add"}),
            "inline keyboard button URL 'happ://add' is invalid: Unsupported URL protocol",
        ),
        (
            inline({"text": "a", "web_app": {"url": "http://a.b"}}),
            "inline keyboard button Web App URL 'http://a.b' is invalid: Only HTTPS links are allowed",
        ),
        (
            inline({"text": "a", "login_url": {"url": "tg://user?id=5"}}),
            "link to a user can't be used in login URL buttons",
        ),
        (
            inline({"text": "a", "web_app": {"url": "tg://user?id=5"}}),
            "link to a user can't be used in Web App URL buttons",
        ),
        (
            inline({"text": "a", "login_url": {"url": "https://a.b", "bot_username": "a b"}}),
            "can't parse inline keyboard button: LoginUrl bot username is invalid",
        ),
        (inline({"text": "a", "switch_inline_query_chosen_chat": {}}), "at least one chat type must be allowed"),
        (
            inline({"text": "a", "web_app": "x"}),
            'can\'t parse inline keyboard button: Field "web_app" must be of type Object',
        ),
        ({"inline_keyboard": [[CALL] * 10] * 10 + [[CALL]]}, "reply markup is too long"),
        ({"inline_keyboard": [[{**CALL, "text": "x" * 1000}]] * 10}, "reply markup is too long"),
        (
            {"inline_keyboard": [5]},
            'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays',
        ),
        ({"keyboard": ["a"]}, 'field "keyboard" must be an Array of Arrays'),
        ({"keyboard": [[5]]}, "can't parse keyboard button: KeyboardButton must be a String or an Object"),
        *(
            (
                {"keyboard": [[{"text": 5, name: 1}]]},
                f'can\'t parse keyboard button: Field "{name}" must be of type Boolean',
            )
            for name in ("request_contact", "request_phone_number", "request_location")
        ),
        *(
            (
                {"keyboard": [[{"text": "a", name: {}}]]},
                "can't parse keyboard button: Can't find field \"request_id\"",
            )
            for name in ("request_users", "request_user", "request_chat", "request_managed_bot")
        ),
        (
            {"keyboard": [[{"text": "a", "web_app": {"url": "a"}}]]},
            "keyboard button Web App URL 'a' is invalid: Only HTTPS links are allowed",
        ),
        *(
            ({"keyboard": [["a"]], name: 1}, f'field "{name}" must be of type Boolean')
            for name in ("is_persistent", "resize_keyboard", "one_time_keyboard")
        ),
        ({"remove_keyboard": "yes"}, 'field "remove_keyboard" must be of type Boolean'),
        (
            {"force_reply": True, "input_field_placeholder": []},
            'field "input_field_placeholder" must be of type String',
        ),
        ("[]", "object expected as reply markup"),
    ],
)
async def test_refusals(bot: Bot, alice: Person, markup: Any, words: str) -> None:
    refused = await bot.refused("sendMessage", chat_id=alice.id, text="x", reply_markup=markup)
    assert refused == (400, f"Bad Request: {words}")


@pytest.mark.parametrize(
    "markup",
    [
        {"keyboard": [["a", {"text": "b", "request_location": True}, {"text": "c", "request_poll": {}}]]},
        {"keyboard": [[{"text": "a"}, {"text": "b", "request_chat": {"request_id": 1}}]]},
        {"remove_keyboard": True},
        {"hide_keyboard": True, "personal_keyboard": True},
        {"force_reply": True, "selective": True},
        {"force_reply_keyboard": True},
    ],
)
async def test_a_message_with_a_reply_keyboard_shows_none_and_is_never_edited(
    bot: Bot, alice: Person, markup: Any
) -> None:
    sent = await bot.ok("sendMessage", chat_id=alice.id, text="x", reply_markup=markup)
    assert "reply_markup" not in sent
    where = {"chat_id": alice.id, "message_id": sent["message_id"]}
    for method, arguments in (("editMessageText", {"text": "y"}), ("editMessageReplyMarkup", {})):
        assert await bot.refused(method, **where, **arguments) == (400, "Bad Request: message can't be edited")
    assert await bot.ok("deleteMessage", **where) is True


async def test_a_reply_keyboard_without_a_button_is_none(bot: Bot, alice: Person) -> None:
    sent = await bot.ok("sendMessage", chat_id=alice.id, text="x", reply_markup={"keyboard": [[""]]})
    where = {"chat_id": alice.id, "message_id": sent["message_id"]}
    await bot.ok("editMessageText", **where, text="y")


async def test_nor_is_it_edited_after_a_restart(tmp_path: Path) -> None:
    settings = Settings(token=TOKEN, state=str(tmp_path))
    async with serving(settings) as url, Sim(url) as sim, aiohttp.ClientSession() as session:
        alice = await sim.person("Alice", known=True)
        bot = Bot(f"{url}/bot{TOKEN}", session)
        sent = await bot.ok("sendMessage", chat_id=alice.id, text="x", reply_markup={"force_reply": True})
    async with serving(settings) as url, aiohttp.ClientSession() as session:
        where = {"chat_id": alice.id, "message_id": sent["message_id"]}
        refused = await Bot(f"{url}/bot{TOKEN}", session).refused("editMessageText", **where, text="y")
    assert refused == (400, "Bad Request: message can't be edited")
