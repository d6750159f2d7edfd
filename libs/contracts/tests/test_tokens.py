"""Signed start tokens: what was minted is read, and nothing else ever is."""

from __future__ import annotations

import base64
import hmac
import random
import string
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbc_contracts import tokens
from lbc_contracts.tokens import Flaw, Key, Parsed, Purpose, StartToken

BOT = "alba_bot"
KEY = Key(3, b"k" * 32)
OTHER = Key(4, b"o" * 32)
ALPHABET = string.ascii_letters + string.digits + "-_"
CLAIMS = StartToken(purpose=Purpose.CAMPAIGN, campaign="jsggfgvj", expires_at=2_000_000_000, nonce=7)
TOKEN = tokens.mint(CLAIMS, bot=BOT, key=KEY)

unhurried = settings(deadline=None)
campaigns = st.just("") | st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=8, max_size=8).filter(
    lambda name: name != "a" * 8
)
claims = st.builds(
    StartToken,
    purpose=st.sampled_from(Purpose),
    campaign=campaigns,
    referrer=st.integers(0, 2**56 - 1),
    expires_at=st.integers(0, tokens.LAST_EXPIRY),
    nonce=st.integers(0, 2**32 - 1),
    capped=st.booleans(),
)
keys = st.builds(Key, st.integers(0, 15), st.binary(min_size=32, max_size=64))
bots = st.from_regex(r"[A-Za-z0-9_]{5,32}", fullmatch=True)


def read(text: str, *, bot: str = BOT, keys: tuple[Key, ...] = (KEY,), at: int = 0) -> Parsed | Flaw | None:
    return tokens.read(text, bot=bot, keys=keys, at=at)


def is_proven(text: str, **more: object) -> bool:
    return isinstance(read(text, **more), Parsed)  # type: ignore[arg-type] # arguments of read


@unhurried
@given(claims, bots, keys)
def test_what_is_minted_is_read(said: StartToken, bot: str, key: Key) -> None:
    token = tokens.mint(said, bot=bot, key=key)
    assert len(token) == tokens.LENGTH == 51
    assert set(token) <= set(ALPHABET)
    found = tokens.read(token, bot=bot, keys=(OTHER, key), at=said.expires_at)
    assert isinstance(found, Parsed)
    assert (found.claims, found.key_id) == (said, key.id)
    assert tokens.read(token, bot=bot, keys=(key,), at=said.expires_at + 1) is Flaw.EXPIRED


def test_the_format_stays_as_printed_links_have_it() -> None:
    said = StartToken(
        purpose=Purpose.REFERRAL, campaign="jsggfgvj", referrer=77, expires_at=2_000_000_000, nonce=7, capped=True
    )
    body = bytes.fromhex("13 82 4c8c629aa9 0000000000004d 77359400 00000007")
    mac = hmac.new(KEY.secret, b"lbc-start-token\0alba_bot\0" + body, "sha256").digest()[:16]
    printed = "E4JMjGKaqQAAAAAAAE13NZQAAAAABzROumwoArxmUOXUksthRwE"
    assert base64.urlsafe_b64encode(body + mac).rstrip(b"=").decode() == printed
    assert tokens.mint(said, bot="Alba_bot", key=KEY) == printed


@unhurried
@given(claims, keys, st.integers(0, 38 * 8 - 1))
def test_one_bit_that_differs_is_one_too_many(said: StartToken, key: Key, bit: int) -> None:
    token = tokens.mint(said, bot=BOT, key=key)
    raw = bytearray(base64.urlsafe_b64decode(token + "="))
    raw[bit // 8] ^= 1 << bit % 8
    altered = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    all_ids = tuple(Key(number, key.secret) for number in range(16))
    assert not is_proven(altered, keys=all_ids)


@unhurried
@given(claims, st.integers(0, 50), st.sampled_from(ALPHABET))
def test_one_character_that_differs_is_one_too_many(said: StartToken, place: int, character: str) -> None:
    token = tokens.mint(said, bot=BOT, key=KEY)
    altered = token[:place] + character + token[place + 1 :]
    assert is_proven(altered) == (altered == token)


def test_each_token_has_one_spelling() -> None:
    spare = [TOKEN[:-1] + character for character in ALPHABET]
    same_bytes = [
        text for text in spare if base64.urlsafe_b64decode(text + "=") == base64.urlsafe_b64decode(TOKEN + "=")
    ]
    assert len(same_bytes) == 4
    assert [text for text in same_bytes if is_proven(text)] == [TOKEN]
    assert {read(text) for text in same_bytes if text != TOKEN} == {Flaw.MALFORMED}
    for text in (TOKEN + "=", TOKEN + "\n", " " + TOKEN, TOKEN + "A", TOKEN.replace("_", "/").replace("-", "+") + "="):
        assert read(text) is None


@unhurried
@given(claims, bots, bots)
def test_another_bot_s_token_proves_nothing(said: StartToken, minted_for: str, shown_to: str) -> None:
    token = tokens.mint(said, bot=minted_for, key=KEY)
    assert is_proven(token, bot=shown_to) == (minted_for.lower() == shown_to.lower())


def test_another_key_s_token_proves_nothing() -> None:
    assert read(TOKEN, keys=(OTHER,)) is Flaw.UNKNOWN_KEY
    assert read(TOKEN, keys=()) is Flaw.UNKNOWN_KEY
    assert read(TOKEN, keys=(replace(KEY, secret=b"x" * 32),)) is Flaw.BAD_SIGNATURE


def test_two_keys_that_share_an_id_by_mistake_both_count() -> None:
    twin = Key(KEY.id, b"t" * 32)
    minted = tokens.mint(CLAIMS, bot=BOT, key=twin)
    assert is_proven(TOKEN, keys=(KEY, twin))
    assert is_proven(minted, keys=(KEY, twin))


def test_a_purpose_of_later_proves_nothing_to_this_version() -> None:
    raw = bytearray(base64.urlsafe_b64decode(TOKEN + "="))
    raw[1] = 99
    assert read(base64.urlsafe_b64encode(raw).rstrip(b"=").decode()) is Flaw.UNKNOWN_PURPOSE


def test_a_version_of_later_is_of_another_form() -> None:
    raw = bytearray(base64.urlsafe_b64decode(TOKEN + "="))
    raw[0] = 2 << 4 | KEY.id
    assert read(base64.urlsafe_b64encode(raw).rstrip(b"=").decode()) is None


def test_of_100_000_forged_altered_and_truncated_tokens_none_is_proven() -> None:
    draw = random.Random(6)  # noqa: S311 - draws the test, keeps no secret
    proven = 0
    for number in range(100_000):
        match number % 4:
            case 0:  # forged: all that is public is right, the signature is guessed
                raw = base64.urlsafe_b64decode(TOKEN + "=")[:22] + draw.randbytes(16)
                text = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
            case 1:  # altered: some bits
                bits = bytearray(base64.urlsafe_b64decode(TOKEN + "="))
                for _ in range(draw.randint(1, 3)):
                    bits[draw.randrange(38)] ^= draw.randint(1, 255)
                text = base64.urlsafe_b64encode(bits).rstrip(b"=").decode()
            case 2:  # truncated, or cut and filled up
                text = TOKEN[: draw.randrange(51)]
                text = text.ljust(51, draw.choice(ALPHABET)) if draw.random() < 0.5 else text
            case _:  # of the right shape, by chance
                text = draw.choice("EFGH") + "".join(draw.choices(ALPHABET, k=50))
        proven += text != TOKEN and is_proven(text, keys=(KEY, OTHER))
    assert is_proven(TOKEN)
    assert proven == 0


@unhurried
@given(st.text(max_size=70) | st.text(ALPHABET, min_size=51, max_size=51) | st.binary(max_size=60).map(repr))
def test_any_text_is_answered(text: str) -> None:
    assert not is_proven(text)


@pytest.mark.parametrize(
    "change",
    [
        {"referrer": 2**56},
        {"referrer": -1},
        {"expires_at": 2**32},
        {"nonce": -1},
        {"campaign": "JSGGFGVJ"},
        {"campaign": "short"},
    ],
)
def test_what_does_not_fit_is_not_minted(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"campaign|bits"):
        tokens.mint(replace(CLAIMS, **change), bot=BOT, key=KEY)  # type: ignore[arg-type] # one wrong value each
    with pytest.raises(ValueError, match="key"):
        tokens.mint(CLAIMS, bot=BOT, key=Key(16, KEY.secret))


def test_a_link_s_name_is_its_own_and_tells_nothing() -> None:
    one = tokens.parse(TOKEN)
    other = tokens.parse(tokens.mint(replace(CLAIMS, nonce=8), bot=BOT, key=KEY))
    assert isinstance(one, Parsed)
    assert isinstance(other, Parsed)
    assert len(one.link_id) == 16
    assert one.link_id != other.link_id
    assert one.link_id not in TOKEN


def test_a_campaign_s_id_comes_from_its_name_and_bot() -> None:
    assert tokens.campaign_id("demo_bot", "spring") == tokens.campaign_id("Demo_Bot", "spring") == "jsggfgvj"
    assert len({tokens.campaign_id(bot, name) for bot in ("a", "b") for name in ("x", "y", "X")}) == 6


def test_reasons_keep_their_names_in_rows_and_metrics() -> None:
    names = ["malformed", "unknown_purpose", "unknown_key", "bad_signature", "expired"]
    assert [flaw.value for flaw in Flaw] == names


def test_keys_are_read_one_a_line() -> None:
    one, two = "3:" + "a" * 32, "15:" + "b" * 40
    assert tokens.parse_keys(f"{one}\n\n  {two}\r\n") == (Key(3, b"a" * 32), Key(15, b"b" * 40))
    assert "aaa" not in repr(tokens.parse_keys(one))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "holds 0 keys"),
        ("s3cret" * 9, "line 1 is not <id>:<secret>"),
        ("3:" + "s3cret" * 5, "line 1"),
        ("16:" + "s3cret" * 6, "line 1"),
        ("3:" + "s3cret " * 6, "line 1"),
        ("3:" + "s3cret" * 6 + "\nrubbish", "line 2"),
        ("3:" + "s3cret" * 6 + "\n3:" + "s3cret" * 7, "two keys have one id"),
    ],
)
def test_a_mistaken_file_of_keys_is_told_without_quoting_it(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=r"key|line") as caught:
        tokens.parse_keys(text)
    assert why in str(caught.value)
    assert "s3cret" not in str(caught.value)
