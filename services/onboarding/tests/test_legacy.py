"""Start tokens of the old system, as touches."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbc_onboarding.domain.attribution import UNVERIFIED, Arrival, Claim, Past, Touch, read_token, visit_of
from lbc_onboarding.domain.legacy import LEGACY

DATE = 1_790_000_000
unhurried = settings(deadline=None)


def b64(text: str, *, padded: bool = False) -> str:
    token = base64.urlsafe_b64encode(text.encode()).decode()
    return token if padded else token.rstrip("=")


def touch_of(token: str, user_id: int = 7, date: int = DATE) -> Touch:
    arrival = Arrival(read_token(token, date, LEGACY))
    return visit_of(arrival, Past(), user_id=user_id, date=date, message_id=3).touch


def pipes(at: int, ref: str = "9", source: str = "fb") -> str:
    return b64(f"{ref}|{source}|ad|may|n1|{at}")


def test_the_forms_of_the_old_system() -> None:
    common = {"date": DATE, "message_id": 3, "reason": UNVERIFIED}
    assert touch_of("ref_ana-1") == Touch(referrer="ana-1", **common)  # type: ignore[arg-type] # a mixture of values
    found = touch_of(pipes(DATE - 5))
    assert (found.reason, found.referrer, found.source, found.medium, found.campaign) == (
        UNVERIFIED,
        "9",
        "fb",
        "ad",
        "may",
    )
    query = touch_of(b64("ref=9&utm_source=m%C3%A1il"))
    assert (query.reason, query.referrer, query.source) == (UNVERIFIED, "9", "máil")
    assert not query.verified


@pytest.mark.parametrize("token", ["ref_7", b64("ref=7&utm_source=fb"), pipes(DATE, ref="7")])
def test_nobody_refers_themselves(token: str) -> None:
    touch = touch_of(token)
    assert (touch.reason, touch.referrer) == ("self_referral", "")


def test_old_tokens_can_be_switched_off() -> None:
    assert read_token("ref_a", 1, ()) == "unknown_form"


def test_the_first_form_that_knows_the_token_has_the_say() -> None:
    readers = (lambda *_: None, lambda *_: "expired", lambda *_: Claim(source="x"))
    assert read_token("s", 1, readers) == "expired"


def test_why_a_form_is_refused_is_the_reason() -> None:
    assert touch_of(pipes(DATE - 8 * 24 * 3600)).reason == "expired"
    assert touch_of(b64("a|b")).reason == "malformed"
    assert touch_of("ref_" + "x" * 61).reason == "too_long"


@unhurried
@given(st.text(max_size=80) | st.binary(max_size=48).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_no_token_stands_in_the_way(token: str) -> None:
    touch = touch_of(token)
    assert touch.reason
    assert all(len(field) <= 64 and field.isprintable() for field in (touch.source, touch.referrer, touch.campaign))
