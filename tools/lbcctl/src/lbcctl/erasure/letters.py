"""Which letters in the graves are of a life that was erased. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final

from lbc_contracts.messages import Message, Order, Outcome, Send, StepDue, UpdateReceived
from lbc_contracts.privacy import is_late
from lbc_contracts.wire import BOT_HEADER, TooNewError, UnreadableError, decode
from lbcctl.erasure.person import Person, Tombstone
from lbcctl.letters import Letter

Whose = Callable[[Letter], Person | None]
"""To whose erased life a letter belongs; None means that it stays."""

_OF_STEP: Final = re.compile(r"[a-z_]+:([1-9][0-9]{0,17}):[a-z]", re.ASCII)
"""Data of a step's button: its name, the session, and on which message it is (`lbc_onboarding.domain.buttons`)."""


def covers_letter(person: Person, stone: Tombstone, letter: Letter) -> bool:
    """Whether a letter is the person's, of the life that was erased.

    Our own messages say their session. What the person did is told by its time, as onboarding tells it, and a button by
    its session. What cannot be read is taken for theirs if it has their id as a number.
    """
    if not letter.mentions(person.user_id):
        return False
    match _read(letter):
        case None:
            return letter.wire.headers.get(BOT_HEADER, person.bot) == person.bot
        case Send() | Outcome() | StepDue() | Order() as message:
            return message.bot == person.bot and message.session <= stone.session
        case UpdateReceived() as message:
            return message.bot == person.bot and _is_of_before(message.body, stone, letter)
    return True


def _is_of_before(body: bytes, stone: Tombstone, letter: Letter) -> bool:
    at = round(letter.made.timestamp() * 1000) if letter.made else 0
    done = _done_in(body)
    button = _OF_STEP.fullmatch(str(done.get("data", "")))
    if button:
        return int(button[1]) <= stone.session
    date = str(done.get("date", ""))
    return is_late(stone.erased_at, date=int(date) if re.fullmatch(r"[0-9]{1,18}", date, re.ASCII) else None, at=at)


def _done_in(body: bytes) -> dict[str, Any]:
    """The part of an update that says who did something; empty where that cannot be read."""
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    parts = update.values() if isinstance(update, dict) else ()
    return next((part for part in parts if isinstance(part, dict) and isinstance(part.get("from"), dict)), {})


def _read(letter: Letter) -> Message | None:
    try:
        return decode(letter.wire)
    except (UnreadableError, TooNewError):
        return None
