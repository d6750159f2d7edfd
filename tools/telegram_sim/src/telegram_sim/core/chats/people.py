"""Who talks to the bot."""

from dataclasses import dataclass
from typing import Any

from telegram_sim.core.types import Json

_ABSENT = (
    "can_read_all_group_messages",
    "supports_inline_queries",
    "supports_guest_queries",
    "can_connect_to_business",
    "has_main_web_app",
    "has_topics_enabled",
    "allows_users_to_create_topics",
    "can_manage_bots",
)
"""What a bot can be allowed and this one is not."""


@dataclass
class Person:
    """A Telegram user and their private chat with the bot.

    `language_code` may be anything at all, also missing: the real field is optional and not always well formed.
    `known` is whether the bot may write: the person has written first, at least once.
    """

    id: int
    first_name: str
    username: str | None = None
    language_code: Any = None
    last_name: str | None = None
    known: bool = False
    blocked: bool = False
    deactivated: bool = False

    def user(self) -> Json:
        """Return docs' User."""
        user: Json = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        optional = {"last_name": self.last_name, "username": self.username, "language_code": self.language_code}
        return user | {name: value for name, value in optional.items() if value is not None}

    def chat(self) -> Json:
        """Return docs' Chat: a private chat carries the person's number."""
        user = self.user()
        names: Json = {name: user[name] for name in ("first_name", "last_name", "username") if name in user}
        return {"id": self.id, **names, "type": "private"}

    def shown(self) -> Json:
        """Return the person as the control API shows them."""
        return dict(vars(self))


@dataclass(frozen=True)
class Bot:
    """The bot's own account."""

    id: int
    username: str
    first_name: str

    def user(self) -> Json:
        """Return docs' User, as other objects carry it."""
        return {"id": self.id, "is_bot": True, "first_name": self.first_name, "username": self.username}

    def me(self) -> Json:
        """Return docs' User with the fields that only getMe gives (server, Client.cpp, JsonUser)."""
        return self.user() | {"can_join_groups": True} | dict.fromkeys(_ABSENT, False)
