"""Settings: one table, filled from TELEGRAM_SIM_* variables, command line options over them."""

import dataclasses
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_TOKEN = re.compile(r"[1-9][0-9]{0,15}:[A-Za-z0-9_-]{20,64}")
PREFIX = "TELEGRAM_SIM_"


class SettingsError(Exception):
    """Every mistake in the settings, one a line. Values of secrets are not among the words."""


def well_formed(token: str) -> bool:
    """Tell whether `token` looks like one of BotFather's."""
    return _TOKEN.fullmatch(token) is not None


@dataclass(frozen=True)
class Settings:
    """What the simulator can be told. Sizes in bytes, times in seconds."""

    token: str = field(repr=False)
    """The bot's token; the number before the colon is the bot's id."""
    host: str = "127.0.0.1"
    port: int = 8081
    """0: any free one, printed at the start."""
    bot_username: str = "demo_bot"
    bot_name: str = "Demo bot"
    time_scale: float = 1.0
    """Real seconds for one of Telegram's: 0.01 makes retries, expiry and Retry-After pass a hundred times faster."""
    webhook_timeout: float = 60.0
    """Real seconds that a receiver has for its answer; not scaled, since the receiver is not sped up."""
    fetch_timeout: float = 20.0
    """Real seconds for fetching a medium by URL."""
    max_media_bytes: int = 256 * 1024 * 1024
    """Bytes of media kept for the chat page; the oldest go first, their file_ids stay valid."""
    max_record: int = 50_000
    """Entries of the record that are kept."""
    max_record_bytes: int = 128 * 1024 * 1024
    """Bytes of them, as JSON."""
    max_messages: int = 1_000
    """Messages kept a chat."""
    max_all_messages: int = 100_000
    """Messages kept in all chats together."""
    max_message_bytes: int = 128 * 1024 * 1024
    """Bytes of them, as JSON."""
    max_people: int = 20_000
    """People kept; beyond it those who were silent longest are forgotten, with their chats."""
    max_taps: int = 20_000
    """Taps kept: of an older one the bot is told that its query is too old."""
    max_pending: int = 100_000
    """Updates that wait for the bot; more are refused to whoever sends them."""
    max_files: int = 20_000
    """file_ids kept."""
    state: str = ""
    """Folder that keeps people, chats, file_ids, webhook, commands and waiting updates over a restart; "": nowhere."""
    strict_webhooks: bool = False
    """Take webhooks by https on the ports 443, 80, 88 and 8443 only, as the public servers do."""
    enforce_limits: bool = False
    """Answer 429 beyond 30 messages a second, one a second in a chat, or one setWebhook a second."""
    duplicate_updates: bool = False
    """Deliver each update twice."""
    seed: int = 0
    """For everything that is random; 0 draws another one each time."""

    token_file: str = ""
    """Where the token came from. Another one there, of the same bot, takes its place: as when BotFather revokes it."""

    @property
    def bot_id(self) -> int:
        """The bot's number."""
        return int(self.token.partition(":")[0])

    def current_token(self) -> str:
        """The token that is taken now."""
        if not self.token_file:
            return self.token
        try:
            status = Path(self.token_file).stat()
            token = _token_in(self.token_file, status.st_mtime_ns, status.st_ino)
        except (OSError, UnicodeDecodeError):
            return self.token
        return token if well_formed(token) and int(token.partition(":")[0]) == self.bot_id else self.token


def load(environment: Mapping[str, str], options: Mapping[str, Any]) -> Settings:
    """Build the settings; `options` win over the environment, None in them means not given.

    The token comes from TELEGRAM_SIM_TOKEN, or from the file that `token_file` or TELEGRAM_SIM_TOKEN_FILE names.

    Raises:
        SettingsError: with all that is wrong.
    """
    mistakes: list[str] = []
    values: dict[str, Any] = {}
    for definition in dataclasses.fields(Settings):
        name = definition.name
        given = options.get(name)
        if given is None:
            given = environment.get(PREFIX + name.upper())
        if given is None or name in {"token", "token_file"}:
            continue
        try:
            values[name] = _converted(given, definition.type)
        except ValueError:
            mistakes.append(f"{PREFIX}{name.upper()}: {given!r} is no {_type_name(definition.type)}")
    file = options.get("token_file") or environment.get(PREFIX + "TOKEN_FILE")
    token = environment.get(PREFIX + "TOKEN", "")
    if file:
        try:
            token = Path(file).read_text(encoding="utf-8").strip()
            values["token_file"] = str(file)
        except OSError as cause:
            mistakes.append(f"{PREFIX}TOKEN_FILE: {cause.strerror}: {file}")
    if not token and not mistakes:
        mistakes.append(f"{PREFIX}TOKEN or {PREFIX}TOKEN_FILE (--token-file): the bot's token is missing")
    elif token and not well_formed(token):
        mistakes.append(f"{PREFIX}TOKEN: not of the form <number>:<at least 20 of A-Z a-z 0-9 _ ->")
    mistakes.extend(_out_of_range(values))
    if mistakes:
        raise SettingsError("\n".join(mistakes))
    return Settings(token=token, **values)


def _out_of_range(values: Mapping[str, Any]) -> list[str]:
    wrong = [name for name in ("time_scale", "webhook_timeout", "fetch_timeout") if values.get(name, 1.0) <= 0]
    wrong += [name for name in values if name.startswith("max_") and values[name] < 1]
    if not 0 <= values.get("port", 0) <= 65535:  # noqa: PLR2004 - the highest port
        wrong.append("port")
    return [f"{PREFIX}{name.upper()}: out of range" for name in wrong]


@functools.lru_cache(maxsize=1)
def _token_in(file: str, _changed: int, _inode: int) -> str:
    """The token in a file as of a change; a rotation replaces the file, and so is seen by its stamp."""
    return Path(file).read_text(encoding="utf-8").strip()


def _type_name(kind: Any) -> str:
    return str(getattr(kind, "__name__", kind))


def _converted(given: Any, kind: Any) -> Any:
    name = _type_name(kind)
    if not isinstance(given, str) or name == "str":
        return given
    if name == "bool":
        if given.lower() not in {"true", "false", "1", "0", "yes", "no"}:
            raise ValueError(given)
        return given.lower() in {"true", "1", "yes"}
    return {"int": int, "float": float}[name](given)
