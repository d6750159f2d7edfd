"""The forms of the old system's start tokens."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbc_contracts.legacy import FORMS, LIFE, LegacyToken, read_pipes, read_plain, read_query

DATE = 1_790_000_000
unhurried = settings(deadline=None)


def b64(text: str, *, padded: bool = False) -> str:
    token = base64.urlsafe_b64encode(text.encode()).decode()
    return token if padded else token.rstrip("=")


def pipes(at: int) -> str:
    return b64(f"9|fb|ad|may|n1|{at}")


def read(token: str) -> LegacyToken | str | None:
    """What the first form that knows the token says."""
    found = (form(token, DATE) for form in FORMS.values())
    return next((said for said in found if said is not None), None)


def test_each_form_is_read() -> None:
    assert read("ref_ana-1") == LegacyToken(referrer="ana-1")
    assert read(pipes(DATE - 5)) == LegacyToken(referrer="9", source="fb", medium="ad", campaign="may")
    assert read(b64("ref=9&utm_source=m%C3%A1il&utm_medium=b&utm_campaign=c&other=d")) == LegacyToken(
        referrer="9", source="máil", medium="b", campaign="c"
    )


def test_sixteen_fields_of_a_query_are_read() -> None:
    assert read(b64("ref=1" + "&" * 15)) == LegacyToken(referrer="1")


def test_padding_and_the_other_alphabet_are_read() -> None:
    assert read(b64("ref=1&x=?>~~", padded=True)) == LegacyToken(referrer="1")
    text = "utm_source=??>>"
    assert read(base64.b64encode(text.encode()).decode()) == LegacyToken(source="??>>")


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("", None),
        ("hello", None),
        ("ref_", None),
        ("ref_" + "x" * 61, None),
        ("ñ", None),
        (b64("a|b|c"), "malformed"),
        (b64(f"9|fb|{DATE}"), "malformed"),
        (b64(f"9|fb|ad|may|n1|x|{DATE}"), "malformed"),
        (b64(f"9|fb|ad|may|n1|0{DATE}0"), "malformed"),
        (b64("1|b|c|d|e|soon"), "malformed"),
        (b64("colour=red"), "malformed"),
        (pipes(DATE - LIFE - 1), "expired"),
        (pipes(DATE + 3601), "expired"),
        (b64("ref=1" + "&" * 16), "malformed"),
    ],
)
def test_what_says_nothing_has_a_reason_if_its_form_is_known(token: str, reason: str | None) -> None:
    assert read(token) == reason


@pytest.mark.parametrize("at", [DATE - LIFE, DATE, DATE + 3600])
def test_a_dated_token_is_good_for_seven_days_and_an_hour_of_skew(at: int) -> None:
    assert isinstance(read(pipes(at)), LegacyToken)
    assert timedelta(seconds=LIFE) == timedelta(days=7)


def test_a_form_leaves_others_alone() -> None:
    assert read_plain("hello", DATE) is None
    assert read_plain("ref_" + "x" * 60, DATE) == LegacyToken(referrer="x" * 60)
    assert read_pipes("ref_9", DATE) is None
    assert read_pipes(b64("a=b"), DATE) is None
    assert read_query("hello", DATE) is None
    assert read_query(b64("hello"), DATE) is None


def test_fields_are_cut_and_cleaned() -> None:
    assert read(b64("utm_source=" + "x" * 70)) == LegacyToken(source="x" * 64)
    assert read(b64("utm_source=a%00b%E2%80%AEc")) == LegacyToken(source="abc")


@unhurried
@given(st.text(max_size=80) | st.binary(max_size=48).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_any_text_is_answered(token: str) -> None:
    said = read(token)
    if isinstance(said, LegacyToken):
        assert all(
            len(field) <= 64 and field.isprintable()
            for field in (said.source, said.referrer, said.campaign, said.medium)
        )
