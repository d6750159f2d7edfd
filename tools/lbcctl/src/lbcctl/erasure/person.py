"""Who is to be erased, what is left of them, and which rows are theirs. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from lbc_contracts.ids import user_key

Item = Mapping[str, Mapping[str, Any]]

CLOCK_SKEW: Final = timedelta(seconds=5)
"""How far the clocks of this machine and of onboarding's may differ."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who wants to be forgotten.

    Attributes:
        requested_at: when that was filed (ms).
    """

    bot: str
    user_id: int
    requested_at: int

    @property
    def key(self) -> str:
        """Their key in the users table."""
        return user_key(self.bot, self.user_id)

    @property
    def prefix(self) -> str:
        """What the keys of their sessions and commands begin with."""
        return f"{self.bot}:{self.user_id}:"


@dataclass(frozen=True, slots=True)
class Tombstone:
    """See `lbc_contracts.privacy`.

    Attributes:
        erased_at: ms.
        session: the highest of the life that was erased; higher ones belong to a life begun since.
    """

    erased_at: int
    session: int

    def covers_key(self, person: Person, key: str) -> bool:
        """Whether a key that begins with the person's prefix is of the life that was erased."""
        session = key.removeprefix(person.prefix).partition(":")[0]
        return not session.isdecimal() or int(session) <= self.session

    def covers_event(self, event: Item) -> bool:
        """Whether an event is of the life that was erased: by its commands' session, else by its time."""
        sessions = [int(command["session"]) for command in commands_of(event)]
        if sessions:
            return max(sessions) <= self.session
        end = datetime.fromtimestamp(self.erased_at / 1000, UTC) + CLOCK_SKEW
        at: str = event["timestamp"]["S"]
        return datetime.fromisoformat(at) <= end


def commands_of(event: Item) -> list[dict[str, Any]]:
    """The commands that an event's row holds, of whatever version."""
    found: list[dict[str, Any]] = json.loads(event["commands"]["S"]) if "commands" in event else []
    return found
