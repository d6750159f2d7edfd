"""What comes too late to concern anybody: it was done by somebody who has been erased since."""

from __future__ import annotations

from lbc_contracts.privacy import is_late
from lbc_onboarding.domain.inputs import Chosen, Confirmed, Input, Membership, Tap, Written
from lbc_onboarding.domain.person import Tombstone, User


def comes_late(what: Input, known: User | Tombstone | None) -> bool:
    """Whether ``what`` is of before the erasure of ``known``, and must leave no trace.

    A tombstone lets in only what was surely done after it: a message, a press, but not a block, nor the confirmation of
    an old wish to be forgotten. Who has come back since has a session of their own, by which our own messages and the
    buttons of before are told apart; the rest is by its time.
    """
    if isinstance(known, Tombstone):
        return not _brings_back(what, known)
    if known is None or known.erased_at is None:
        return False
    match what:
        case Written() | Membership():
            return is_late(known.erased_at, date=what.date, at=what.at)
        case Chosen():
            return what.at <= known.erased_at
    return False


def _brings_back(what: Input, left: Tombstone) -> bool:
    match what:
        case Written():
            return not is_late(left.erased_at, date=what.date, at=what.at)
        case Tap() | Chosen():
            return not is_late(left.erased_at, date=None, at=what.at)
    return False


def is_of_before(confirmed: Confirmed, user: User) -> bool:
    """Whether the question was put to who has been erased since."""
    return user.erased_at is not None and confirmed.asked_at <= user.erased_at
