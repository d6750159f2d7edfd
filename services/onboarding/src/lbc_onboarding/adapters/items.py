"""Rows as DynamoDB items, written out by hand: what is stored is plain to see, and a missing attribute is a default.

Attributes that this code does not know stay where they are, since people are updated and never put (`tables`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import TypeAdapter

from lbc_contracts.ids import Step, session_key, user_key
from lbc_contracts.messages import Send
from lbc_onboarding.adapters import visits
from lbc_onboarding.app.ports import EventRow, Unreadable
from lbc_onboarding.domain.fsm import STEPS, State
from lbc_onboarding.domain.person import ANYTHING, Tombstone, User
from lbc_runtime.errors import Park

Value = Mapping[str, Any]
Item = dict[str, Value]

_COMMANDS: Final = TypeAdapter(tuple[Send, ...])
_DAY: Final = 24 * 3600
_TOO_NEW_PAUSE: Final = 60.0  # seconds; as long as the runtime parks a message that is itself too new

_NUMBERS: Final = {
    "chatId": "chat_id",
    "version": "version",
    "session": "session",
    "sessionAt": "session_at",
    "attempt": "attempt",
    "wakes": "wakes",
    "messageId": "message_id",
    "messageAt": "message_at",
    "restartId": "restart_id",
    "restartToldId": "restart_told_id",
    "failedAt": "failed_at",
    "givenUpAt": "given_up_at",
    "heardAt": "heard_at",
    "backAt": "back_at",
    "unreachableAt": "unreachable_at",
    "memberDate": "member_date",
    "blockedDate": "blocked_date",
    "chosenAt": "chosen_at",
    "createdAt": "created_at",
}
_OPTIONAL_NUMBERS: Final = {
    "dueAt": "due_at",
    "firstMessageId": "first_message_id",
    "stepMessageId": "step_message_id",
    "stepDeliveredAt": "step_delivered_at",
    "erasureAskedAt": "erasure_asked_at",
    "erasedAt": "erased_at",
}
OPTIONAL: Final = (*_OPTIONAL_NUMBERS, "dueBucket", "language", "chosenLanguage", *visits.OPTIONAL)
"""Attributes of a person that are removed when they have no value; an index shows only rows that have its keys."""


class TooNewError(ValueError):
    """A row of a newer release, which this one cannot read."""


def due_bucket(bot: str) -> str:
    """The partition of the sweeper's index; one is plenty, since only those who wait are in it."""
    return bot


def user_item(user: User) -> Item:
    """A person's whole row, the key included."""
    item: Item = {
        "userId": _string(user_key(user.bot, user.user_id)),
        "telegramId": _number(user.user_id),
        "bot": _string(user.bot),
        "state": _string(user.state.name),
        "pending": {"BOOL": user.pending},
        "reachable": {"BOOL": user.reachable},
        "name": _string(user.name),
        "steps": {"L": [_string(step) for step in user.steps]},
        "calls": {"L": [_number(called) for called in user.calls]},
    }
    item |= {name: _number(getattr(user, field)) for name, field in _NUMBERS.items()}
    for name, field in _OPTIONAL_NUMBERS.items():
        value = getattr(user, field)
        if value is not None:
            item[name] = _number(value)
    if user.due_at is not None:
        item["dueBucket"] = _string(due_bucket(user.bot))
    if user.language:
        item["language"] = _string(user.language)
    if user.chosen_language:
        item["chosenLanguage"] = _string(user.chosen_language)
    return item | visits.arrival_items(user)


def user_from(item: Mapping[str, Value]) -> User:
    """A person as stored, also by an older version.

    Raises:
        TooNewError: by a newer version, whose conversation has other steps.
    """
    numbers = {field: int(item[name]["N"]) for name, field in (_NUMBERS | _OPTIONAL_NUMBERS).items() if name in item}
    calls = tuple(int(called["N"]) for called in item["calls"]["L"]) if "calls" in item else (0, 0, 0, 0)
    steps = tuple(step["S"] for step in item["steps"]["L"]) if "steps" in item else STEPS
    if len(calls) != ANYTHING or item["state"]["S"] not in State.__members__ or not set(steps) <= set(STEPS):
        raise TooNewError(f"at {item['state']['S']} of {', '.join(steps)}, with {len(calls)} calls")
    first, second, third, anything = calls
    return User(
        bot=item["bot"]["S"],
        user_id=int(item["telegramId"]["N"]),
        state=State[item["state"]["S"]],
        pending=item["pending"]["BOOL"],
        reachable=item["reachable"]["BOOL"],
        calls=(first, second, third, anything),
        steps=tuple(map(Step, steps)),
        name=item["name"]["S"] if "name" in item else "",
        language=item["language"]["S"] if "language" in item else None,
        chosen_language=item["chosenLanguage"]["S"] if "chosenLanguage" in item else "",
        first_touch=visits.touch_from(item.get("firstTouch")),
        last_touch=visits.touch_from(item.get("lastTouch")),
        past=visits.past_from(item),
        visits=int(item["visits"]["N"]) if "visits" in item else 0,
        **numbers,
    )


def user_or_unreadable(item: Mapping[str, Value]) -> User | Unreadable:
    """A person as stored, or what is wrong with the row: for whoever reads many and must not fail for one."""
    try:
        return user_from(item)
    except (KeyError, TypeError, ValueError) as error:
        return Unreadable(str(item.get("userId", {}).get("S", "")), f"{type(error).__name__}: {error}")


def event_item(row: EventRow, life_days: int) -> Item:
    """An event's row; ``life_days`` until DynamoDB removes it."""
    return {
        "eventId": _string(row.id),
        "userId": _string(user_key(row.bot, row.user_id)),
        "timestamp": _string(_iso(row.at)),
        "kind": _string(row.kind),
        "input": _string(row.detail),
        "result": _string(row.result),
        "commands": _string(_COMMANDS.dump_json(row.commands, exclude_none=True).decode()),
        "expiresAt": _number(row.at // 1000 + life_days * _DAY),
        **({"attribution": _string(row.visit.touch.reason)} if row.visit else {}),
    }


def commands_from(item: Mapping[str, Value]) -> tuple[Send, ...]:
    """The commands that an event caused.

    Raises:
        Park: a newer release wrote them and died before it published them; it will, once it is back.
    """
    stored = item["commands"]["S"]
    newest = max((command["version"] for command in json.loads(stored)), default=0)
    if newest > Send.VERSION:
        raise too_new()
    return _COMMANDS.validate_json(stored)


def too_new() -> Park:
    """What becomes of a message that meets a row of a newer release: it waits for that, no attempt spent."""
    return Park(_TOO_NEW_PAUSE, "too-new")


def request_item(row: EventRow) -> Item:
    """The request that an event files; see `lbc_contracts.privacy`."""
    return {
        "userId": _string(user_key(row.bot, row.user_id)),
        "bot": _string(row.bot),
        "telegramId": _number(row.user_id),
        "requestedAt": _number(row.at),
        "eventId": _string(row.id),
        "language": _string(row.files or ""),
    }


def tombstone_from(item: Mapping[str, Value]) -> Tombstone:
    """A tombstone as stored; see `lbc_contracts.privacy`."""
    return Tombstone(int(item["erasedAt"]["N"]), int(item["session"]["N"]))


def session_item(user: User, now: int, life_days: int) -> Item:
    """The row of a person's current session; ``life_days`` after its last change DynamoDB removes it."""
    return {
        "sessionId": _string(session_key(user.bot, user.user_id, user.session)),
        "userId": _string(user_key(user.bot, user.user_id)),
        "session": _number(user.session),
        "state": _string(user.state.name),
        "steps": {"L": [_string(step) for step in user.steps]},
        "startedAt": _string(_iso(user.session_at)),
        "updatedAt": _string(_iso(now)),
        "expiresAt": _number(now // 1000 + life_days * _DAY),
    }


def _string(value: str) -> Value:
    return {"S": value}


def _number(value: int) -> Value:
    return {"N": str(value)}


def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds")
