"""Any link or token explained, without tables."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbc_contracts import tokens
from lbc_contracts.reasons import REASONS
from lbc_contracts.tokens import Key, Purpose, StartToken
from lbcctl.links.explain import Explained, explain

NOW = datetime(2026, 11, 23, tzinfo=UTC)
BOT = "alba_bot"
unhurried = settings(deadline=None)
KEY = Key(1, b"k" * 32)
CLAIMS = StartToken(
    purpose=Purpose.REFERRAL, referrer=77, expires_at=int(NOW.timestamp()), nonce=255, campaign="jsggfgvj"
)
TOKEN = tokens.mint(CLAIMS, bot=BOT, key=KEY)


def explained(text: str, *, bot: str = BOT, keys: tuple[Key, ...] = (KEY,), now: datetime = NOW) -> Explained:
    return explain(text, bot=bot, keys=keys, now=now)


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        f"  {TOKEN}\n",
        f"/start {TOKEN}",
        f"https://t.me/{BOT}?start={TOKEN}",
        f"http://T.me/{BOT}/?start={TOKEN}&x=1",
        f"t.me/{BOT}?start={TOKEN}",
        f"https://telegram.me/{BOT}?start={TOKEN}",
        f"tg://resolve?domain={BOT}&start={TOKEN}",
    ],
)
def test_a_token_is_found_in_any_link(text: str) -> None:
    found = explained(text)
    assert (found.token, found.verdict, found.form) == (TOKEN, "verified", "signed")
    assert found.says == {
        "purpose": "referral",
        "campaign": "jsggfgvj",
        "referrer": 77,
        "expires": "2026-11-23T00:00:00+00:00",
        "capped": "no",
        "key": 1,
        "nonce": "000000ff",
    }


def test_a_link_names_its_bot() -> None:
    assert explained(f"t.me/other_bot?start={TOKEN}").bot == "other_bot"
    assert explained(f"t.me/other_bot?start={TOKEN}").verdict == "bad_signature"
    assert explained(TOKEN, bot="").verdict == "unproven"
    assert explained(f"t.me/{BOT}?start={TOKEN}", bot="").verdict == "verified"


def test_without_keys_what_it_says_is_told_and_not_believed() -> None:
    found = explained(TOKEN, keys=())
    assert (found.verdict, found.says["referrer"]) == ("unproven", 77)
    assert "LBC_SIGNING_KEY_FILE" in found.why
    assert "has ended" in explained(TOKEN, keys=(), now=datetime(2027, 1, 1, tzinfo=UTC)).why


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("", "organic"),
        (f"https://t.me/{BOT}", "organic"),
        ("x" * 10_000, "too_long"),
        (TOKEN[:40] + "AAAAAAAAAAA", "bad_signature"),
        (TOKEN[:-1] + chr(ord(TOKEN[-1]) + 1), "malformed"),
        (tokens.mint(CLAIMS, bot=BOT, key=Key(2, b"x" * 32)), "unknown_key"),
        ("<script>", "unknown_form"),
        ("🎉", "unknown_form"),
        ("t.me/[", "organic"),
        ("https://t.me/[x?start=a", "unknown_form"),
        ("ref_ana", "unverified"),
        (base64.urlsafe_b64encode(b"ref=9&utm_source=fb").decode(), "unverified"),
        (base64.urlsafe_b64encode(b"9|fb|ad|may|n|1").decode(), "expired"),
    ],
)
def test_what_is_wrong_is_told(text: str, verdict: str) -> None:
    found = explained(text)
    assert found.verdict == verdict
    assert REASONS[verdict] in found.why


def test_expired_is_told() -> None:
    assert explained(TOKEN, now=datetime(2027, 1, 1, tzinfo=UTC)).verdict == "expired"


def test_a_legacy_token_is_taken_apart() -> None:
    found = explained(base64.urlsafe_b64encode(b"ref=9&utm_source=fb").decode())
    assert found.says == {"referrer": "9", "source": "fb"}
    assert "old system" in found.form


@unhurried
@given(st.text(max_size=80) | st.text("t.me/[]?start=&:@%", max_size=40))
def test_any_text_is_explained(text: str) -> None:
    assert explained(text).verdict in REASONS
