"""getChat, and the commands that a bot shows."""

from typing import Any

import pytest

from telegram_sim.client import Person, Sim

from .conftest import Bot

START = {"command": "start", "description": "Begin"}


async def test_a_chat_is_shown_also_to_a_bot_that_is_blocked(bot: Bot, sim: Sim) -> None:
    bob = await sim.person("Bob", username="bob")
    assert await bot.refused("getChat", chat_id=bob.id) == (400, "Bad Request: chat not found")
    await bob.start()
    chat = await bot.ok("getChat", chat_id=bob.id)
    assert (chat["id"], chat["type"], chat["first_name"], chat["active_usernames"]) == (
        bob.id,
        "private",
        "Bob",
        ["bob"],
    )
    assert {"accepted_gift_types", "max_reaction_count", "accent_color_id"} <= set(chat)
    await bob.block()
    assert await bot.ok("getChat", chat_id=str(bob.id)) == chat
    assert await bot.refused("getChat", chat_id="@bob") == (400, "Bad Request: chat not found")
    assert await bot.refused("getChat") == (400, "Bad Request: chat_id is empty")
    await bob.change(deactivated=True)
    assert "can_send_gift" not in await bot.ok("getChat", chat_id=bob.id)


async def test_commands_are_kept_by_scope_and_language(bot: Bot, alice: Person) -> None:
    chat = {"type": "chat", "chat_id": alice.id}
    stop = {"command": "/stop", "description": " End "}
    await bot.ok("setMyCommands", commands=[START])
    await bot.ok("setMyCommands", commands=[stop], scope=chat, language_code="es")
    assert await bot.ok("getMyCommands") == [START]
    assert await bot.ok("getMyCommands", scope=chat, language_code="es") == [{"command": "stop", "description": "End"}]
    assert await bot.ok("getMyCommands", scope=chat) == []
    await bot.ok("deleteMyCommands", scope=chat, language_code="es")
    assert await bot.ok("getMyCommands", scope=chat, language_code="es") == []
    await bot.ok("setMyCommands", commands=[])
    assert await bot.ok("getMyCommands") == []


@pytest.mark.parametrize("kind", ["default", "all_private_chats", "all_group_chats", "all_chat_administrators"])
async def test_commands_have_wide_scopes_too(bot: Bot, kind: str) -> None:
    await bot.ok("setMyCommands", commands=[START], scope={"type": kind})
    assert await bot.ok("getMyCommands", scope={"type": kind}) == [START]
    assert await bot.ok("getMyCommands") == ([START] if kind == "default" else [])


async def test_the_longest_command_is_taken(bot: Bot) -> None:
    longest = {"command": "a" * 32, "description": "x" * 256}
    await bot.ok("setMyCommands", commands=[longest])
    assert await bot.ok("getMyCommands") == [longest]


async def test_a_hundred_commands_are_taken(bot: Bot) -> None:
    most = [{"command": f"a{number}", "description": "x"} for number in range(100)]
    await bot.ok("setMyCommands", commands=most)
    assert await bot.ok("getMyCommands") == most


async def test_of_two_commands_of_one_name_the_last_stays(bot: Bot) -> None:
    await bot.ok("setMyCommands", commands=[START, {"command": "/start", "description": "Again"}])
    assert await bot.ok("getMyCommands") == [{"command": "start", "description": "Again"}]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"commands": "["}, "can't parse commands JSON object"),
        ({"commands": {}}, "expected an Array of BotCommand"),
        ({"commands": [5]}, "can't parse BotCommand: expected an Object"),
        ({"commands": [{"command": "a"}]}, "can't parse BotCommand: Can't find field \"description\""),
        (
            {"commands": [{"command": [], "description": "x"}]},
            'can\'t parse BotCommand: Field "command" must be of type String',
        ),
        ({"commands": [{"command": "/", "description": "x"}]}, "command must be non-empty"),
        ({"commands": [{"command": "a" * 33, "description": "x"}]}, "command length must not exceed 32"),
        ({"commands": [{"command": "a", "description": " "}]}, "command description must be non-empty"),
        ({"commands": [{"command": "a", "description": "x" * 257}]}, "command description length must not exceed 256"),
        ({"commands": [{"command": "Start", "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": f"a{n}", "description": "x"} for n in range(101)]}, "BOT_COMMANDS_TOO_MUCH"),
        ({"language_code": "english"}, "invalid language code specified"),
        ({"scope": "x"}, "can't parse BotCommandScope JSON object"),
        ({"scope": []}, "can't parse BotCommandScope: BotCommandScope must be an Object"),
        ({"scope": {"type": "moon"}}, "can't parse BotCommandScope: Unsupported type specified"),
        ({"scope": {"type": "chat"}}, "can't parse BotCommandScope: Can't find field \"chat_id\""),
        ({"scope": {"type": "chat", "chat_id": 404404}}, "chat not found"),
        ({"scope": {"type": "chat", "chat_id": "@x"}, "language_code": "english"}, "chat not found"),
        ({"scope": {"type": "moon"}, "commands": [5]}, "can't parse BotCommand: expected an Object"),
        (
            {"scope": {"type": "moon"}, "commands": [{"command": "", "description": ""}]},
            "can't parse BotCommandScope: ",
        ),
        (
            {"scope": {"type": "chat_member", "chat_id": 1, "user_id": 0}},
            "can't parse BotCommandScope: Invalid user_id specified",
        ),
    ],
)
async def test_refusals_of_commands(bot: Bot, arguments: dict[str, Any], words: str) -> None:
    status, said = await bot.refused("setMyCommands", **{"commands": [START], **arguments})
    assert (status, said[: len(words) + 13]) == (400, f"Bad Request: {words}")


@pytest.mark.parametrize("kind", ["chat_administrators", "chat_member"])
async def test_scopes_of_groups_are_none_of_a_private_chat(bot: Bot, alice: Person, kind: str) -> None:
    scope = {"type": kind, "chat_id": alice.id, "user_id": alice.id}
    words = "Bad Request: can't use specified scope in private chats"
    for method in ("setMyCommands", "getMyCommands", "deleteMyCommands"):
        assert await bot.refused(method, scope=scope, commands=[START]) == (400, words)


async def test_a_chat_is_one_scope_however_its_number_is_written(bot: Bot, alice: Person) -> None:
    await bot.ok("setMyCommands", commands=[START], scope={"type": "chat", "chat_id": str(alice.id)})
    assert await bot.ok("getMyCommands", scope={"type": "chat", "chat_id": alice.id}) == [START]
