"""What the application needs from outside, as Protocols; adapters and the tests' fakes implement them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lbc_contracts.ids import Step
from lbc_contracts.messages import Send
from lbc_onboarding.domain.person import User


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event as it is kept: dedupe marker, audit trail and outbox in one.

    Attributes:
        id: of the event; there is one row for it, ever.
        at: when it was decided (ms).
        kind: what it was, a word of a bounded set.
        detail: the input as JSON.
        result: ``applied`` or ``recorded``.
        commands: to be published because of it.
    """

    id: str
    bot: str
    user_id: int
    at: int
    kind: str
    detail: str
    result: str
    commands: tuple[Send, ...]


@dataclass(frozen=True, slots=True)
class Committed:
    """All rows are written."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """Nothing is written: the event was handled before, and these are the commands that it caused then."""

    commands: tuple[Send, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """Nothing is written: the person's row is another than the one that was read."""


class Store(Protocol):
    """Where people and events are kept. All methods raise DependencyDown when it does not answer."""

    async def load(self, bot: str, user_id: int) -> User | None:
        """The person's row as it is now, never as it was a moment ago."""
        ...

    async def commit(self, row: EventRow, before: User | None, after: User | None) -> Committed | Repeated | Moved:
        """Write the event, the person and their session: all of it or nothing.

        Args:
            row: of the event.
            before: the person as `load` gave them.
            after: as they are now; None when there is nobody to write.

        Raises:
            Transient: another transaction was in the way, time and again.
            Park: a newer release handled the event, and its commands are of a version that is too new for this one.
        """
        ...


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A person's row that this release cannot read: written by a newer one, or mended by hand.

    Attributes:
        key: of the row.
        why: what could not be read.
    """

    key: str
    why: str


class Overdue(Protocol):
    """Where the sweeper finds who waits."""

    async def overdue(self, bot: str, now: int, limit: int) -> Sequence[User | Unreadable]:
        """Up to ``limit`` people whose step was due by ``now`` (ms), the longest overdue first; perhaps out of date.

        Rows that cannot be read come on top of the limit, so that they take no place from those that can.
        """
        ...


class Meter(Protocol):
    """Counts what onboarding decides."""

    def event(self, kind: str, result: str) -> None:
        """An event of that kind was decided, repeated or ignored."""
        ...

    def touch(self, reason: str) -> None:
        """A /start was attributed."""
        ...

    def step(self, step: Step, outcome: str) -> None:
        """A step was asked for, was delivered or failed."""
        ...

    def given_up(self, step: Step) -> None:
        """A step fell silent and is asked for no more."""
        ...


class SweepMeter(Protocol):
    """Counts what the sweeper does."""

    def woken(self, step: Step) -> None:
        """An overdue step was published."""
        ...

    def seen(self, overdue: int) -> None:
        """That many overdue steps were found in the last sweep."""
        ...
