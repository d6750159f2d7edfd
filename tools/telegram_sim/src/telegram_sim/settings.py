"""Settings: one table, filled from TELEGRAM_SIM_* variables, command line options over them."""

import dataclasses
import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_TOKEN = re.compile(r"[1-9][0-9]{0,15}:[A-Za-z0-9_-]{20,64}")
PREFIX = "TELEGRAM_SIM_"
FASTEST, SLOWEST = 1e-6, 1e6
"""Bounds of `time_scale`: beyond them its seconds are lost in the rounding of numbers."""
MAX_BOT_NAME = 64
"""Characters (docs, setMyName)."""
EXAMPLE = "123456789:any-token-of-this-form-will-do-0123"
_NO_TOKEN = f"no token, which is a number, a colon and 20 to 64 of A-Z a-z 0-9 _ -, as in {EXAMPLE}"

_USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")
_RANGES: dict[str, tuple[float, float]] = {
    "port": (0, 65_535),
    "time_scale": (FASTEST, SLOWEST),
    "webhook_timeout": (0.001, 86_400),
    "fetch_timeout": (0.001, 86_400),
}
_EXPECTED: dict[Any, str] = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
_ALIKE = 0.85
"""How alike names are of which one is taken for a slip (difflib)."""


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
    """Where the token came from; one that replaces it there is taken instead."""

    def __post_init__(self) -> None:
        """Refuse what no simulator can be.

        Raises:
            SettingsError: with all that is wrong.
        """
        mistakes = [] if well_formed(self.token) else [f"token: {_NO_TOKEN}"]
        mistakes += [
            f"{definition.name}: {expected} is expected, not {value!r}"
            for definition in dataclasses.fields(self)
            if (expected := _broken_rule(definition.name, value := getattr(self, definition.name)))
        ]
        if mistakes:
            raise SettingsError("\n".join(mistakes))

    @property
    def bot_id(self) -> int:
        """The bot's number."""
        return int(self.token.partition(":")[0])


def load(environment: Mapping[str, str], options: Mapping[str, Any]) -> Settings:
    """Build the settings; `options` win over the environment. None in them, and an empty variable, mean not given.

    The token comes from TELEGRAM_SIM_TOKEN, or from the file that `token_file` or TELEGRAM_SIM_TOKEN_FILE names.

    Raises:
        SettingsError: with all that is wrong.
    """
    mistakes = _misspelt(environment)
    values: dict[str, Any] = {}
    for definition in dataclasses.fields(Settings):
        name = definition.name
        label, given = name, options.get(name)
        if given is None:
            label, given = PREFIX + name.upper(), environment.get(PREFIX + name.upper()) or None
        if given is None or name in {"token", "token_file"}:
            continue
        try:
            values[name] = _converted(given, definition.type)
        except ValueError:
            mistakes.append(f"{label}: {_EXPECTED[definition.type]} is expected, not {given!r}")
            continue
        if expected := _broken_rule(name, values[name]):
            mistakes.append(f"{label}: {expected} is expected, not {given!r}")
    file = str(options.get("token_file") or environment.get(f"{PREFIX}TOKEN_FILE") or "")
    token = _read(file, mistakes) if file else environment.get(f"{PREFIX}TOKEN", "")
    if token and not well_formed(token):
        mistakes.append(f"{file or PREFIX + 'TOKEN'}: {_NO_TOKEN}")
    elif not token and not file:
        mistakes.append(f"the bot's token is missing: write one into a file for --token-file, such as {EXAMPLE}")
    if mistakes:
        raise SettingsError("\n".join(mistakes))
    return Settings(token=token, token_file=file, **values)


def _misspelt(environment: Mapping[str, str]) -> list[str]:
    """Variables that are nearly one of ours; of others with the prefix (Kubernetes sets some) nothing is said."""
    known = [definition.name.upper() for definition in dataclasses.fields(Settings)]
    mistakes = []
    for name in sorted(environment):
        rest = name.removeprefix(PREFIX)
        if rest == name or rest in known:
            continue
        if near := difflib.get_close_matches(rest, known, 1, _ALIKE):
            mistakes.append(f"{name}: there is no such setting; {PREFIX}{near[0]} is meant?")
    return mistakes


def _read(file: str, mistakes: list[str]) -> str:
    """Return the token in a file, "" after a mistake."""
    label = f"{PREFIX}TOKEN_FILE (--token-file)"
    if well_formed(file):
        mistakes.append(f"{label}: that is a token; write it into a file, and name the file here")
        return ""
    try:
        token = Path(file).read_text(encoding="utf-8").strip()
    except OSError as cause:
        mistakes.append(f"{label}: {cause.strerror}: {file}")
    except UnicodeDecodeError:
        mistakes.append(f"{label}: no text: {file}")
    else:
        if not token:
            mistakes.append(f"{label}: {file} is empty; a token is expected, such as {EXAMPLE}")
        return token
    return ""


def _broken_rule(name: str, value: Any) -> str:
    """Return what is expected of a value of the right type, "" if it is so."""
    if name in _RANGES:
        least, most = _RANGES[name]
        return "" if least <= value <= most else f"{least:g} to {most:g}"
    if name.startswith("max_"):
        return "" if value >= 1 else "1 or more"
    if name == "host":
        return "" if value else "an address"
    if name == "bot_username":
        return "" if _USERNAME.fullmatch(value) else "4 to 32 of A-Z a-z 0-9 _, a letter first and no @,"
    if name == "bot_name":
        return "" if 1 <= len(value) <= MAX_BOT_NAME else f"1 to {MAX_BOT_NAME} characters"
    return ""


def _converted(given: Any, kind: Any) -> Any:
    """Return a value of that type. Raises ValueError."""
    if kind is bool and isinstance(given, str):
        if given.lower() not in {"true", "false", "1", "0", "yes", "no"}:
            raise ValueError(given)
        return given.lower() in {"true", "1", "yes"}
    if kind in {int, float} and isinstance(given, str):
        return kind(given)
    if isinstance(given, bool) is not (kind is bool) or not isinstance(given, (int, float) if kind is float else kind):
        raise ValueError(given)
    return given
