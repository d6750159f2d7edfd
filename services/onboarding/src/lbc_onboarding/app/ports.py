"""What the application needs from outside, as Protocols; adapters and the tests' fakes implement them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from lbc_contracts.brand import Brand
from lbc_contracts.ids import Step
from lbc_contracts.messages import Send
from lbc_onboarding.domain.attribution import Campaign, Uses, Visit
from lbc_onboarding.domain.person import Tombstone, User


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
        files: it files a wish to be forgotten, of a person who was told in this language.
        visit: that it was, kept in the session; what it takes is part of the transaction.
    """

    id: str
    bot: str
    user_id: int
    at: int
    kind: str
    detail: str
    result: str
    commands: tuple[Send, ...]
    files: str | None = None
    visit: Visit | None = None


@dataclass(frozen=True, slots=True)
class Committed:
    """All rows are written."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """Nothing is written: the event was handled before, and these are the commands that it caused then."""

    commands: tuple[Send, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """Nothing is written: something is no longer as it was read.

    The person's row or tombstone is another, a capped link was used up meanwhile, or the referrer was just referred by
    this very person.
    """


@dataclass(frozen=True, slots=True)
class Crowded:
    """Nothing is written: so many others hold what the visit takes, a link or a referrer, that no try got through."""


Known = User | Tombstone | None
"""What there is of a person: their row, or a tombstone and no row, or neither."""


class Store(Protocol):
    """Where people and events are kept. All methods raise DependencyDown when it does not answer."""

    async def load(self, bot: str, user_id: int) -> Known:
        """The person's row as it is now, never as it was a moment ago; without one, their tombstone.

        Raises:
            Park: a newer release wrote the row, in a way that this one cannot read.
        """
        ...

    async def commit(self, row: EventRow, before: Known, after: User | None) -> Committed | Repeated | Moved | Crowded:
        """Write the event, the person, their session and what they wish for: all of it or nothing.

        Args:
            row: of the event.
            before: the person as `load` gave them.
            after: as they are now; None when there is nobody to write.

        Raises:
            Park: other transactions hold the person's own row, time and again, as do those of all whom they refer; or
                a newer release handled the event, and its commands are of a version that is too new for this one.
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


class Records(Protocol):
    """What start tokens name. All methods raise DependencyDown when it does not answer."""

    async def campaign(self, bot: str, identity: str) -> Campaign | None:
        """The campaign of that id; None when there is none."""
        ...

    async def uses(self, bot: str, link: str) -> Uses | None:
        """How often the capped link of that id was used; None when there is none."""
        ...

    async def referrers(self, bot: str, user_id: int) -> frozenset[int]:
        """Who referred that person."""
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


class PackSource(Protocol):
    """Where brand packs come from."""

    async def version(self) -> str:
        """Of what is there now, right or wrong: 16 hex digits, equal for equal content."""
        ...

    async def load(self) -> Brand:
        """Read and check what is there now.

        Raises:
            lbc_runtime.brand.BrandError: something in it is missing or wrong.
        """
        ...


class PackMeter(Protocol):
    """Counts brand packs, and shows which is in force."""

    def pack_taken(self, version: str) -> None:
        """A new one is in force."""
        ...

    def pack_refused(self) -> None:
        """A new one is wrong; the one before stays in force."""
        ...

    def pack_taken_back(self) -> None:
        """What is there is the one in force again."""
        ...


class SweepMeter(Protocol):
    """Counts what the sweeper does."""

    def woken(self, step: Step) -> None:
        """An overdue step was published."""
        ...

    def seen(self, overdue: int) -> None:
        """That many overdue steps were found in the last sweep."""
        ...
