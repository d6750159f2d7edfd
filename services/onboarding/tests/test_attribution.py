"""What a claim is worth, given what is known; first and last touch; signed tokens as a form among others."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbc_contracts import tokens
from lbc_contracts.reasons import REASONS
from lbc_contracts.tokens import Key, Purpose, StartToken
from lbc_onboarding.domain.attribution import (
    MAX_LINKS,
    MAX_REFERRERS,
    ORGANIC,
    UNVERIFIED,
    VERIFIED,
    Arrival,
    Campaign,
    Claim,
    Past,
    Touch,
    Uses,
    Visit,
    earlier,
    later,
    read_token,
    visit_of,
)
from lbc_onboarding.domain.legacy import LEGACY
from lbc_onboarding.domain.signed import SignedReader

DATE = 1_790_000_000
unhurried = settings(deadline=None)
BOT = "alba_bot"
KEY = Key(1, b"k" * 32)
SPRING = Campaign("spring", "mail", "letter")
CLAIM = Claim(verified=True, campaign_id="jsggfgvj", referrer="9", link="x")
ARRIVAL = Arrival(CLAIM, campaign=SPRING, link=Uses(0, 2))
NOTHING = Past()


def visit(arrival: Arrival, past: Past = NOTHING, user_id: int = 7, date: int = DATE) -> Visit:
    return visit_of(arrival, past, user_id=user_id, date=date, message_id=3)


def test_a_proven_claim_has_the_campaign_s_words() -> None:
    found = visit(ARRIVAL)
    assert found.touch == Touch(
        DATE, 3, VERIFIED, "mail", "letter", "spring", referrer="9", verified=True, campaign_id="jsggfgvj"
    )
    assert (found.link, found.referrer) == ("x", 9)
    assert found.past == Past(links=("x",), referrers=(9,))


def test_an_unproven_claim_has_its_own_words() -> None:
    found = visit(Arrival(Claim(referrer="ana", source="fb", medium="ad", campaign="may")))
    assert found == Visit(Touch(DATE, 3, UNVERIFIED, "fb", "ad", "may", referrer="ana"), NOTHING)


@pytest.mark.parametrize(
    ("arrival", "past", "reason"),
    [
        (Arrival(), NOTHING, ORGANIC),
        (Arrival("bad_signature"), NOTHING, "bad_signature"),
        (replace(ARRIVAL, campaign=None), NOTHING, "unknown_campaign"),
        (replace(ARRIVAL, campaign=replace(SPRING, closed_at=DATE)), NOTHING, "closed_campaign"),
        (replace(ARRIVAL, claim=replace(CLAIM, referrer="7")), NOTHING, "self_referral"),
        (replace(ARRIVAL, claim=Claim(referrer="007")), NOTHING, "self_referral"),
        (replace(ARRIVAL, referred_by=frozenset({5, 7})), NOTHING, "mutual_referral"),
        (ARRIVAL, Past(referrers=tuple(range(100, 100 + MAX_REFERRERS))), "too_many_referrers"),
        (replace(ARRIVAL, link=None), NOTHING, "unknown_link"),
        (replace(ARRIVAL, link=Uses(2, 2)), NOTHING, "used_up"),
    ],
)
def test_what_does_not_hold_says_nothing_and_takes_nothing(arrival: Arrival, past: Past, reason: str) -> None:
    assert visit(arrival, past) == Visit(Touch(DATE, 3, reason), past)
    assert reason in REASONS


def test_a_campaign_counts_until_the_second_in_which_it_is_closed() -> None:
    closed = replace(ARRIVAL, campaign=replace(SPRING, closed_at=DATE + 1))
    assert visit(closed).touch.reason == VERIFIED
    assert visit(closed, date=DATE + 1).touch.reason == "closed_campaign"


def test_the_same_link_again_is_one_use_also_when_it_is_used_up() -> None:
    first = visit(ARRIVAL)
    again = visit(replace(ARRIVAL, link=Uses(2, 2)), first.past)
    assert again.touch.reason == VERIFIED
    assert (again.link, again.referrer, again.past) == ("", None, first.past)


def test_a_known_referrer_is_one_of_the_twenty() -> None:
    full = Past(referrers=(9, *range(100, 99 + MAX_REFERRERS)))
    assert visit(ARRIVAL, full).touch.reason == VERIFIED
    assert visit(ARRIVAL, full).past.referrers == full.referrers


def test_of_too_many_links_the_oldest_is_forgotten() -> None:
    full = Past(links=tuple(f"l{number}" for number in range(MAX_LINKS)))
    found = visit(ARRIVAL, full).past.links
    assert len(found) == MAX_LINKS
    assert (found[0], found[-1]) == ("l1", "x")


@pytest.mark.parametrize("referrer", ["", "0", "ana", "-9", "9" * 19, "²"])
def test_words_that_are_no_telegram_id_name_nobody(referrer: str) -> None:
    found = visit(Arrival(Claim(referrer=referrer)))
    assert (found.touch.reason, found.referrer, found.past) == (UNVERIFIED, None, NOTHING)


def minted(**more: object) -> str:
    said = StartToken(purpose=Purpose.CAMPAIGN, campaign="jsggfgvj", expires_at=DATE, nonce=1)
    return tokens.mint(replace(said, **more), bot=BOT, key=KEY)  # type: ignore[arg-type] # attributes of StartToken


def claimed(token: str, date: int = DATE, *, bot: str = BOT, keys: tuple[Key, ...] = (KEY,)) -> Claim | str:
    return read_token(token, date, (SignedReader(bot, lambda: keys), *LEGACY))


def test_a_signed_token_claims_what_was_minted() -> None:
    assert claimed(minted()) == Claim(verified=True, campaign_id="jsggfgvj")
    capped = claimed(minted(capped=True, referrer=9))
    parsed = tokens.parse(minted(capped=True, referrer=9))
    assert isinstance(parsed, tokens.Parsed)
    assert capped == Claim(verified=True, campaign_id="jsggfgvj", referrer="9", link=parsed.link_id)


BAD: dict[str, tuple[str, str]] = {
    "empty": ("", ORGANIC),
    "10,000 characters": ("A" * 10_000, "too_long"),
    "forged": (minted()[:30] + "A" * 21, "bad_signature"),
    "altered": (minted()[:10] + ("A" if minted()[10] != "A" else "B") + minted()[11:], "bad_signature"),
    "truncated": (minted()[:-1], "unknown_form"),
    "lengthened": (minted() + "A", "unknown_form"),
    "another spelling": (minted()[:-1] + chr(ord(minted()[-1]) + 1), "malformed"),
    "expired": (minted(expires_at=DATE - 1), "expired"),
    "another key": (tokens.mint(StartToken(purpose=Purpose.CAMPAIGN, expires_at=DATE, nonce=1), bot=BOT,
                                key=Key(2, b"o" * 32)), "unknown_key"),
    "another bot": (tokens.mint(StartToken(purpose=Purpose.CAMPAIGN, expires_at=DATE, nonce=1), bot="other_bot",
                                key=KEY), "bad_signature"),
    "foreign": ("dGhpcyBpcyBub3Qgb3Vycw", "unknown_form"),
    "emoji": ("🎉🎉🎉", "unknown_form"),
    "SQL": ("'; DROP TABLE users; --", "unknown_form"),
    "HTML": ("<script>alert(1)</script>", "unknown_form"),
    "blanks": ("  \u202e\u200f ", "unknown_form"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_bad_token_has_a_reason_and_says_nothing(what: str) -> None:
    token, reason = BAD[what]
    found = visit(Arrival(claimed(token)))
    assert found == Visit(Touch(DATE, 3, reason), NOTHING)
    assert reason in REASONS


@unhurried
@given(st.text(max_size=80))
def test_no_text_is_proven(token: str) -> None:
    claim = claimed(token)
    assert isinstance(claim, str) or not claim.verified


def test_without_keys_nothing_is_proven() -> None:
    assert claimed(minted(), keys=()) == "unknown_key"


def test_reasons_keep_their_names_in_rows_and_metrics() -> None:
    assert (ORGANIC, UNVERIFIED, VERIFIED) == ("organic", "unverified", "verified")


def test_of_equal_touches_the_known_one_stays() -> None:
    known, same = Touch(5, 2, source="a"), Touch(5, 2, source="b")
    assert earlier(known, same) is known
    assert later(known, same) is known
    assert earlier(None, same) is same
    assert later(None, same) is same


def test_first_and_last_do_not_depend_on_the_order_of_processing() -> None:
    touches = [Touch(5, 2), Touch(5, 1, source="a"), Touch(9, 3, source="b")]
    for order in permutations(touches):
        first = last = None
        for touch in order:
            first, last = earlier(first, touch), later(last, touch)
        assert (first, last) == (touches[1], touches[2])
