"""What a /start turned out to be, as a short code and in words: in rows, in metrics, and for the operator."""

from __future__ import annotations

from typing import Final

ATTRIBUTED: Final = {
    "organic": "no token at all",
    "verified": "the token proved what it says",
    "unverified": "a token of the old system: it is believed, and proves nothing",
}
"""The person is attributed, or came by themselves."""

REFUSED: Final = {
    "unknown_form": "no token of ours, or of the old system's while those are switched off",
    "too_long": "longer than the 64 characters that Telegram allows, so typed by hand",
    "malformed": "of a known form, but with parts that nobody of ours wrote",
    "expired": "it was opened after its end",
    "bad_signature": "forged, altered, or made for another bot",
    "unknown_key": "signed with a key that does not count, or no longer",
    "unknown_purpose": "made for something that this version does not know",
    "unknown_campaign": "signed, but its campaign is not in the table",
    "closed_campaign": "its campaign was closed before the link was opened",
    "self_referral": "people cannot refer themselves",
    "mutual_referral": "its referrer was referred by this person before",
    "too_many_referrers": "20 others have referred this person already",
    "unknown_link": "the link has a cap, and its row is gone",
    "used_up": "as many people as it counts for have used it",
    "crowded": "so many came by its link or referrer at that moment that it could not be counted",
}
"""The person is not attributed, and not held up."""

REASONS: Final = ATTRIBUTED | REFUSED
