"""What happened in a chat, as lines that a person reads after a test has failed."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from telegram_sim.client.shapes import Message, short
from telegram_sim.core.types import Json

STORY_KINDS = (
    *("message", "edit", "delete", "chat_action", "tap", "callback_answer", "person"),
    *("call", "delivery", "expired", "unwanted"),
)
"""Kinds of entries of the record that a transcript is made of; of calls and deliveries only those that failed."""

MAX_LINES = 60


def rendered(entries: Sequence[Json]) -> str:
    """Return one line for each thing that happened, the newest last; of a long story, the end."""
    lines = [f"  {_time(entry)}  {line}" for entry in entries if (line := _line(entry))]
    if not lines:
        return "  (nothing happened)"
    left_out = len(lines) - MAX_LINES
    first = [f"  ... {left_out} more before that"] if left_out > 0 else []
    return "\n".join(first + lines[-MAX_LINES:])


def summary(entry: Json) -> str:
    """Return an entry of any kind in short, also one that went well."""
    about = [entry[name] for name in ("method", "update_kind", "action", "data", "status", "error") if entry.get(name)]
    return " ".join([_time(entry), "", entry["kind"], *map(str, about)])


def _time(entry: Json) -> str:
    return datetime.fromtimestamp(entry["at"], UTC).strftime("%H:%M:%S.%f")[:-3]


def _line(entry: Json) -> str:
    describe = _LINES.get(entry["kind"])
    return "" if describe is None else describe(entry)


def _message(entry: Json) -> str:
    message = Message(entry["message"])
    who = "bot" if message.from_bot else message.raw["from"]["first_name"]
    edited = " changed" if entry["kind"] == "edit" else ""
    kind = "" if message.kind == "text" else f"{message.kind} "
    buttons = "".join(f" [{button.text}: {button.data or button.url}]" for button in message.buttons)
    return f"{who}{edited}: {kind}{short(message.text)}{buttons}  (message {message.id})"


def _deleted(entry: Json) -> str:
    return f"bot: deleted message {entry.get('message_id', '')}".rstrip()


def _action(entry: Json) -> str:
    return f"bot: {entry['action']} ..."


def _tap(entry: Json) -> str:
    return f"tap on {entry['data']!r} of message {entry['message_id']}"


def _answer(entry: Json) -> str:
    text = (entry.get("answer") or {}).get("text")
    return f"bot: answered the tap on {entry['data']!r}" + (f" with {short(text)}" if text else "")


def _person(entry: Json) -> str:
    person = entry["person"]
    flags = "".join(f", {name}" for name in ("blocked", "deactivated") if person.get(name))
    return f"{person['first_name']} ({person.get('language_code')}{flags})"


def _call(entry: Json) -> str:
    fault = f" (asked for: {entry['fault']})" if entry.get("fault") else ""
    if entry["status"] == 200:  # noqa: PLR2004 - HTTP
        return f"bot: {entry['method']} met a fault{fault}" if fault else ""
    words = (entry.get("answer") or {}).get("description", "no answer")
    return f"bot: {entry['method']} -> {words}{fault}"


def _delivery(entry: Json) -> str:
    if entry["accepted"]:
        return ""
    wait = entry["next_try_in"]
    then = "given up" if wait is None else f"again in {wait} s"
    return f"webhook: {entry['error']} for {entry['update_kind'] or 'an update'}, try {entry['attempt']}, {then}"


def _expired(entry: Json) -> str:
    return f"{entry['update_kind'] or 'an update'} expired before the bot took it"


def _unwanted(entry: Json) -> str:
    return f"{entry['update_kind']} is not among the bot's allowed_updates"


_LINES: dict[str, Callable[[Json], str]] = {
    "message": _message,
    "edit": _message,
    "delete": _deleted,
    "chat_action": _action,
    "tap": _tap,
    "callback_answer": _answer,
    "person": _person,
    "call": _call,
    "delivery": _delivery,
    "expired": _expired,
    "unwanted": _unwanted,
}
