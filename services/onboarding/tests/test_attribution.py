"""Start tokens and touches."""

from __future__ import annotations

import base64
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbc_onboarding.domain.attribution import (
    LEGACY,
    LEGACY_LIFE,
    ORGANIC,
    UNVERIFIED,
    Claim,
    Touch,
    earlier,
    later,
    read_pipes,
    read_plain,
    read_query,
    read_touch,
)

DATE = 1_790_000_000


def b64(text: str, *, padded: bool = False) -> str:
    token = base64.urlsafe_b64encode(text.encode()).decode()
    return token if padded else token.rstrip("=")


def touch_of(token: str, user_id: int = 7, date: int = DATE) -> Touch:
    return read_touch(token, user_id=user_id, date=date, message_id=3, readers=LEGACY)


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


def test_padding_and_the_other_alphabet_are_read() -> None:
    assert touch_of(b64("ref=1&x=?>~~", padded=True)).referrer == "1"
    text = "utm_source=??>>"
    assert touch_of(base64.b64encode(text.encode()).decode()).source == "??>>"


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("", ORGANIC),
        ("hello", "unknown_form"),
        ("ref_", "unknown_form"),
        ("ref_" + "x" * 61, "too_long"),
        ("x" * 65, "too_long"),
        ("ñ", "unknown_form"),
        ("x" * 64, "unknown_form"),
        (b64("a|b|c"), "malformed"),
        (b64(f"9|fb|{DATE}"), "malformed"),
        (b64(f"9|fb|ad|may|n1|x|{DATE}"), "malformed"),
        (b64(f"9|fb|ad|may|n1|0{DATE}0"), "malformed"),
        (b64("1|b|c|d|e|soon"), "malformed"),
        (b64("colour=red"), "malformed"),
        (pipes(DATE - LEGACY_LIFE), UNVERIFIED),
        (pipes(DATE - LEGACY_LIFE - 1), "expired"),
        (pipes(DATE + 3600), UNVERIFIED),
        (pipes(DATE + 3601), "expired"),
        (b64("&".join("a=1" for _ in range(17)))[:64], "malformed"),
    ],
)
def test_reasons(token: str, reason: str) -> None:
    assert touch_of(token).reason == reason


@pytest.mark.parametrize("token", ["ref_7", b64("ref=7&utm_source=fb"), pipes(DATE, ref="7")])
def test_nobody_refers_themselves(token: str) -> None:
    touch = touch_of(token)
    assert (touch.reason, touch.referrer) == ("self_referral", "")


def test_a_legacy_token_is_good_for_seven_days() -> None:
    assert timedelta(seconds=LEGACY_LIFE) == timedelta(days=7)


def test_old_tokens_can_be_switched_off() -> None:
    assert read_touch("ref_a", user_id=7, date=1, message_id=1, readers=()).reason == "unknown_form"


def test_a_form_of_later_can_be_added() -> None:
    touch = read_touch("s", user_id=7, date=1, message_id=1, readers=(lambda *_: Claim(campaign="c", verified=True),))
    assert (touch.reason, touch.campaign, touch.verified) == ("verified", "c", True)
    assert Claim() == Claim(referrer="", source="", medium="", campaign="", verified=False)
    assert (touch.source, touch.medium, touch.referrer) == ("", "", "")


def test_reasons_keep_their_names_in_rows_and_metrics() -> None:
    assert (touch_of("").reason, touch_of("ref_a").reason) == ("organic", "unverified")


def test_fields_are_cut() -> None:
    long = read_touch(
        "s", user_id=7, date=1, message_id=1, readers=(lambda *_: read_query(b64("utm_source=" + "x" * 70), 1),)
    )
    assert long.source == "x" * 64


def test_all_fields_of_a_query_are_kept() -> None:
    claim = read_query(b64("ref=9&utm_source=a&utm_medium=b&utm_campaign=c&other=d"), DATE)
    assert claim == Claim(referrer="9", source="a", medium="b", campaign="c")


def test_a_reader_leaves_other_forms_to_the_others() -> None:
    assert read_plain("hello", DATE) is None
    assert read_plain("ref_" + "x" * 60, DATE) == Claim(referrer="x" * 60)
    assert read_pipes("ref_9", DATE) is None
    assert read_pipes(b64("a=b"), DATE) is None
    assert read_query("hello", DATE) is None
    assert read_query(b64("hello"), DATE) is None


def test_the_first_form_that_knows_the_token_has_the_say() -> None:
    readers = (lambda *_: None, lambda *_: "expired", lambda *_: Claim(source="x"))
    assert read_touch("s", user_id=7, date=1, message_id=1, readers=readers).reason == "expired"


def test_of_equal_touches_the_known_one_stays() -> None:
    known, same = Touch(5, 2, source="a"), Touch(5, 2, source="b")
    assert earlier(known, same) is known
    assert later(known, same) is known
    assert earlier(None, same) is same
    assert later(None, same) is same


def test_fields_are_cleaned() -> None:
    assert touch_of(b64("utm_source=a%00b%E2%80%AEc")).source == "abc"


@given(st.text(max_size=80) | st.binary(max_size=48).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_no_token_stands_in_the_way(token: str) -> None:
    touch = touch_of(token)
    assert touch.reason
    assert all(len(field) <= 64 and field.isprintable() for field in (touch.source, touch.referrer, touch.campaign))


def test_first_and_last_do_not_depend_on_the_order_of_processing() -> None:
    touches = [Touch(5, 2), Touch(5, 1, source="a"), Touch(9, 3, source="b")]
    for order in permutations(touches):
        first = last = None
        for touch in order:
            first, last = earlier(first, touch), later(last, touch)
        assert (first, last) == (touches[1], touches[2])
