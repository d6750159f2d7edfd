"""What onboarding and the operator's erasure agree on: requests to be forgotten, and tombstones of who was.

A *request* is a row of `tables.REQUESTS`, written by onboarding in the transaction of the event that files it. The row
stays until the erasure is complete: erasing removes it last, so that an erasure that was interrupted is found again.
The index ``pending`` lists a bot's requests, the oldest first. Attributes:

=============  ======  ==================================================
``userId``     S       `ids.user_key`, the key
``bot``        S       hash key of the index ``pending``
``telegramId`` N       of the person
``requestedAt`` N      when it was filed, by our clock (ms); range key
``eventId``    S       of the event that filed it
``language``   S       of the pack, in which the person was told
=============  ======  ==================================================

A *tombstone* is a row of `tables.TOMBSTONES`, written by the erasure **in one transaction with the removal of the
person's row** (the removal under the version that was read, or under ``attribute_not_exists(userId)`` when there is
none), before anything else is removed. Attributes:

=============  ======  ==================================================
``personHash`` S       `tombstone_key`, the key
``erasedAt``   N       when, by our clock (ms)
``session``    N       highest session of the person, ever (see below)
``expiresAt``  N       epoch seconds: beyond every row and message that could repeat, `tombstone_end`
=============  ======  ==================================================

Onboarding honours it in its own transaction: a person without a row is written only if no other tombstone stands than
the one that was looked at. While one stands

- what the person did before ``erasedAt`` (`is_late`), every outcome, every reminder, and every block or unblock leaves
  no trace: no event row, no person, no command; it is acked and counted as ``erased``;
- a message or a tap after it (but for the confirmation of an old wish) begins anew as a stranger, in session
  ``session + 1``, so that no command, outcome or button of before has an identity of after. Their row says
  ``erasedAt``, so that messages of before still leave no trace. An erasure of a tombstone that stands already writes
  the larger session and the later time.
"""

from __future__ import annotations

import hashlib
from typing import Final

from lbc_contracts.ids import user_key

TAP_LIFE: Final = 150_000
"""Milliseconds for which Telegram delivers a tap again; taps carry no date, so younger ones may be of before."""

_DOMAIN: Final = b"lbc tombstone 1\0"
_DAY: Final = 24 * 3600


def tombstone_key(bot: str, user_id: int) -> str:
    """The name under which it is known that somebody was erased: SHA-256, salted with the bot.

    It is a pseudonym, not a secret: who may read the table can find out whether a Telegram id that they know, or guess,
    was erased. That is why it ends.
    """
    return hashlib.sha256(_DOMAIN + user_key(bot, user_id).encode()).hexdigest()


def tombstone_end(erased_at: int, *, events_days: int, deliveries_days: int) -> int:
    """When a tombstone may go (epoch seconds): a day after the last row that says what was done already.

    Args:
        erased_at: ms.
        events_days: that event rows stay; dead letters older than these are not redriven.
        deliveries_days: that delivery's rows stay.
    """
    return erased_at // 1000 + (max(events_days, deliveries_days) + 1) * _DAY


def is_late(erased_at: int, *, date: int | None, at: int) -> bool:
    """Whether what a person did may have been done before they were erased, however late it comes.

    Args:
        erased_at: ms.
        date: of Telegram (s), of a message; it counts alone, since Telegram delivers again for a day.
        at: when ingress received it (ms); all that is known of a tap.
    """
    return at <= erased_at + TAP_LIFE if date is None else date <= erased_at // 1000
