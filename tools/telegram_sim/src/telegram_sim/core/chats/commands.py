"""The lists of commands that a bot shows, by scope and language (docs, BotCommandScope; td, BotCommand.cpp)."""

import re
from dataclasses import dataclass
from typing import Any

from telegram_sim.core.errors import bad_request
from telegram_sim.core.fields import FieldError, integer_field, read_object, text_field
from telegram_sim.core.text.cleaning import clean
from telegram_sim.core.types import Json

MAX_COMMANDS = 100
MAX_NAME = 32
MAX_DESCRIPTION = 256
MAX_LISTS = 1000
"""Scopes with languages that are kept; beyond that the oldest list is forgotten."""

_NAME = re.compile(r"[a-z0-9_]+")
_LANGUAGE = re.compile(r"(?:[a-z]{2})?")
_WIDE = {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}
_NARROW = {"chat", "chat_administrators", "chat_member"}


@dataclass(frozen=True)
class Scope:
    """docs' BotCommandScope; `chat_id` is "" for the scopes that are of no chat."""

    kind: str = "default"
    chat_id: str = ""


def read_scope(value: Any) -> Scope:
    """Return a scope; the words of refusals are the server's (Client.cpp, get_bot_command_scope).

    Raises:
        ApiError: 400 for what is no scope.
    """
    about = "Can't parse BotCommandScope: "
    return Scope() if value is None else read_object(value, f"{about}BotCommandScope must be an Object", _scope, about)


def _scope(value: Json) -> Scope:
    kind = text_field(value, "type")
    if kind in _WIDE:
        return Scope(kind)
    if kind not in _NARROW:
        raise FieldError("Unsupported type specified")
    chat_id = text_field(value, "chat_id")
    if not chat_id:
        raise FieldError("Empty chat_id specified")
    if kind == "chat_member" and integer_field(value, "user_id", 64) <= 0:
        raise FieldError("Invalid user_id specified")
    return Scope(kind, chat_id)


def checked_language(code: str) -> str:
    """Return the code; 400 unless it is empty or two small letters (td, misc.cpp, validate_bot_language_code)."""
    if not _LANGUAGE.fullmatch(code):
        raise bad_request("Invalid language code specified")
    return code


def read_commands(value: Any) -> list[Json]:
    """Return docs' BotCommands as the call says them (server, Client.cpp, get_bot_commands).

    Raises:
        ApiError: 400 for what is no list of them.
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise bad_request("Expected an Array of BotCommand")
    return [_read(item) for item in value]


def _read(item: Any) -> Json:
    about = "Can't parse BotCommand: "
    return read_object(item, f"{about}expected an Object", _fields, about)


def _fields(item: Json) -> Json:
    return {name: text_field(item, name) for name in ("command", "description")}


def stored_commands(read: list[Json]) -> list[Json]:
    """Return docs' BotCommands as they will be shown (td, BotCommand.cpp, set_commands).

    What BOT_COMMAND_INVALID and BOT_COMMANDS_TOO_MUCH mean is Telegram's own
    (https://core.telegram.org/method/bots.setBotCommands; the latter, and that of two equal names the last one
    stays, as measured at https://dev.to/charliemorrison/telegram-bot-commands-100-max-and-two-rewrites-that-dont-tell-you-2m4i).

    Raises:
        ApiError: 400 for a list that Telegram would not take.
    """
    commands = [_stored(command) for command in read]
    if len(commands) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    if not all(_NAME.fullmatch(command["command"]) for command in commands):
        raise bad_request("BOT_COMMAND_INVALID")
    return list({command["command"]: command for command in commands}.values())


def _stored(command: Json) -> Json:
    name = clean(command["command"]).strip(" \n").removeprefix("/")
    description = clean(command["description"]).strip(" \n")
    if not name:
        raise bad_request("Command must be non-empty")
    if len(name) > MAX_NAME:
        raise bad_request(f"Command length must not exceed {MAX_NAME}")
    if not description:
        raise bad_request("Command description must be non-empty")
    if len(description) > MAX_DESCRIPTION:
        raise bad_request(f"Command description length must not exceed {MAX_DESCRIPTION}")
    return {"command": name, "description": description}


class CommandLists:
    """Lists by scope and language; one scope does not show through another here: clients do that."""

    def __init__(self) -> None:
        self._lists: dict[str, list[Json]] = {}

    def put(self, scope: str, language: str, commands: list[Json]) -> None:
        """Replace a list; an empty one removes it."""
        key = f"{scope}/{language}"
        self._lists.pop(key, None)
        if commands:
            self._lists[key] = commands
        if len(self._lists) > MAX_LISTS:
            del self._lists[next(iter(self._lists))]

    def get(self, scope: str = "default", language: str = "") -> list[Json]:
        """Return a list, empty if none was put."""
        return self._lists.get(f"{scope}/{language}", [])

    def all(self) -> dict[str, list[Json]]:
        """Return every list by its scope and language."""
        return dict(self._lists)

    def restore(self, lists: dict[str, list[Json]]) -> None:
        """Take back what `all` gave."""
        self._lists = dict(lists)
