"""Who may send a command, decided from its row.

A row is claimed, then sent or refused. A message can reach a person twice only if a send was begun and its result was
never marked; such sends are counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from lbc_contracts.messages import OutcomeKind

CLOCK_SKEW = timedelta(seconds=1)
"""How far the clocks of two replicas may differ: a claim is dead only that long after its end."""

NOBODY: Final = "nobody"
"""Owns the claim that was given back, and only keeps its count: whoever comes may take it."""

Refusing = Literal[OutcomeKind.UNREACHABLE, OutcomeKind.FAILED]
"""How a refusal is reported: the person is away, or the message is at fault."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """Somebody is sending, or died while sending, or gave up a request whose fate is unknown.

    Attributes:
        owner: unique to one start of one process, so that nobody takes up the claim of a life before; or NOBODY.
        until: when the owner has surely given up its request, by its own clock.
        doubtful: sends whose fate is unknown, though Telegram answered right after; they are counted for good.
    """

    owner: str
    until: datetime
    doubtful: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """Telegram has accepted the message; for good."""

    message_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Refused:
    """Telegram has refused the message; for this command id, for good."""

    kind: Refusing
    reason: str
    at: datetime


Terminal = Sent | Refused
Row = Claimed | Terminal


@dataclass(frozen=True, slots=True)
class Take:
    """Claim the command, then send it.

    Attributes:
        over: the claim that the new one replaces; the write is conditional on it, or on there being no row.
        doubtful: the owner died in the middle, so the person may already have the message.
    """

    over: Claimed | None = None
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Replay:
    """Report again what is stored."""

    row: Terminal


@dataclass(frozen=True, slots=True)
class Wait:
    """Another is sending: come back after ``seconds``, and never ack before."""

    seconds: float


Action = Take | Replay | Wait


def decide(row: Row | None, now: datetime, owner: str) -> Action:
    """What ``owner`` does with a command whose row is ``row``.

    One's own claim is taken up again whatever its age: this process knows how its request ended, and has counted it
    if it did not. So has the one that left its claim to NOBODY.
    """
    if row is None:
        return Take()
    if not isinstance(row, Claimed):
        return Replay(row)
    if row.owner in {owner, NOBODY}:
        return Take(over=row)
    left = row.until + CLOCK_SKEW - now
    if left > timedelta():
        return Wait(left.total_seconds())
    return Take(over=row, doubtful=True)


def covers(claim: Claimed, now: datetime, request: timedelta) -> bool:
    """Whether a request that is given up after ``request`` would end within the claim."""
    return now + request <= claim.until
