"""What Telegram makes of a text and of the entities in it: characters that go, entities that are split or left out."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telegram_sim.core.errors import ApiError
from telegram_sim.core.text.cleaning import file_name, trim
from telegram_sim.core.text.content import MAX_ENTITIES
from telegram_sim.core.text.formatting import Formatted, utf16_length
from telegram_sim.core.text.links import LinkError, checked_link, linked_user

from .texts import caption, message_text

STYLES = ("bold", "italic", "underline", "strikethrough", "spoiler")
KINDS = (*STYLES, "code", "pre", "blockquote", "expandable_blockquote")


def entity(kind: str, offset: int, length: int, **details: Any) -> dict[str, Any]:
    return {"offset": offset, "length": length, "type": kind, **details}


@pytest.mark.parametrize(
    ("given_text", "stored"),
    [
        ("\t a\x0bb\x1f \n", "a b"),
        ("a\r\nb", "a\nb"),
        ("a\u2028b\u202ec", "abc"),
        ("a\u0333\u033f\u030ab\u0301", "ab\u0301"),
        ("\u200e\u200f\u200ea", "\u200c\u200c\u200ea"),
        ("\u00a0a\u00a0", "\u00a0a\u00a0"),
        ("\u3000a", "\u3000a"),
        *((f"a{chr(control)}b", "a b") for control in range(32) if chr(control) not in "\n\r"),
    ],
)
def test_characters_that_go_and_spaces_that_stay(given_text: str, stored: str) -> None:
    assert message_text(given_text, "").text == stored


UNSEEN = ("\u200b", " \n\t", "\u200b\u200c\u200d\u200e\ufeff", "\u00a0", "\u3000\u2800", "\U000e0061", "\r", "\u202e")


@pytest.mark.parametrize("text", UNSEEN)
def test_what_cannot_be_seen_is_no_text_and_may_be_a_caption(text: str) -> None:
    with pytest.raises(ApiError, match="Bad Request: text must be non-empty"):
        message_text(text, "")
    with pytest.raises(ApiError, match="Bad Request: text must be non-empty"):
        message_text(f"<b>{text}</b>", "HTML")
    assert caption(text, "").text == (text if text.strip(" \n\t\r\u202e") else "")


@pytest.mark.parametrize(
    ("name", "stored"),
    [("Makefile", "Makefile"), ("a.", "a"), ("a\0b.t", "a b.t"), ("a<b>:.x?y", "a b.x y"), ("e\u0301\u2026.x", "e.x")],
)
def test_names_of_files_as_messages_carry_them(name: str, stored: str) -> None:
    assert file_name(name) == stored


def test_what_lies_in_the_blanks_at_the_end_goes_with_them() -> None:
    trimmed = trim(Formatted("a  ", [entity("bold", 0, 2), entity("code", 2, 1)]))
    assert trimmed == Formatted("a", [entity("bold", 0, 1)])


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("abc", (-5, 1), "receive an entity with incorrect offset -5"),
        ("abc", (0, 1_000_001), "receive an entity with incorrect length 1000001"),
        ("abc", (4, 1), "entity begins after the end of the text at UTF-16 offset 4"),
        ("abc", (1, 3), "entity beginning at UTF-16 offset 1 ends after the end of the text at UTF-16 offset 4"),
        ("é😀b", (2, 2), "entity begins in a middle of a UTF-16 symbol at byte offset 6"),
        ("é😀b", (0, 2), "entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte offset 6"),
        ("é😀", (0, 2), "entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte offset 6"),
    ],
)
def test_entities_that_do_not_fit(text: str, place: tuple[int, int], words: str) -> None:
    with pytest.raises(ApiError) as refused:
        message_text(text, "", [entity("bold", *place)])
    assert refused.value.description == f"Bad Request: {words}"


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ({"type": "text_link", "url": "nowhere"}, "entity URL 'nowhere' is invalid: Wrong HTTP URL"),
        ({"type": "custom_emoji", "custom_emoji_id": "0"}, "invalid custom emoji identifier specified"),
        ({"type": "date_time", "unix_time": 0}, "invalid date specified"),
        ({"type": "nonsense"}, "can't parse MessageEntity: Unsupported type specified"),
        (
            {"type": "date_time", "unix_time": 5, "date_time_format": "y"},
            "can't parse MessageEntity: Invalid date-time format specified",
        ),
    ],
)
def test_entities_that_mean_nothing(words: dict[str, Any], cause: str) -> None:
    with pytest.raises(ApiError) as refused:
        message_text("abc", "", [{"offset": 0, "length": 1, **words}])
    assert refused.value.description == f"Bad Request: {cause}"


@pytest.mark.parametrize(
    "kind", ["mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bank_card_number"]
)
def test_what_telegram_finds_by_itself_is_not_for_the_call_to_name(kind: str) -> None:
    assert message_text("abc", "", [entity(kind, 0, 3)]).entities == []


@pytest.mark.parametrize(
    ("text", "given_entities", "stored"),
    [
        ("abc", [entity("pre", 0, 3, language="py")], [entity("pre", 0, 3, language="py")]),
        ("abc", [entity("pre", 0, 3, language="")], [entity("pre", 0, 3)]),
        ("abc", [entity("text_mention", 0, 3, user={"id": 5})], [entity("text_mention", 0, 3, user={"id": 5})]),
        ("😀 hi \r\n", [entity("bold", 0, 8)], [entity("bold", 0, 5)]),
        ("a\rbc", [entity("bold", 0, 2), entity("code", 2, 1)], [entity("bold", 0, 1), entity("code", 1, 1)]),
        ("  hi  ", [entity("bold", 2, 4)], [entity("bold", 0, 2)]),
        ("hi", [entity("bold", 0, 0)], []),
    ],
)
def test_entities_move_with_their_text(text: str, given_entities: list[Any], stored: list[Any]) -> None:
    assert message_text(text, "", given_entities).entities == stored


def test_spaces_stay_from_where_an_entity_begins() -> None:
    kept = message_text("  <b> hi </b> ", "HTML")
    assert (kept.text, kept.entities) == (" hi", [entity("bold", 0, 3)])


@pytest.mark.parametrize(
    ("source", "stored"),
    [
        ("<b>a<i>b</i>c</b>", [entity("bold", 0, 1), entity("bold", 1, 2), entity("italic", 1, 1)]),
        ("<b>a</b><b>b</b>", [entity("bold", 0, 2)]),
        ("<b>a<code>b</code>c</b>", [entity("bold", 0, 1), entity("code", 1, 1), entity("bold", 2, 1)]),
        ("<pre><b>a</b></pre>", [entity("pre", 0, 1)]),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", [entity("blockquote", 0, 2)]),
        ("<code>a<pre>b</pre></code>", [entity("code", 0, 2)]),
        ("<b>@bobby x</b>", [entity("mention", 0, 6), entity("bold", 0, 6), entity("bold", 6, 2)]),
        ("<code>@bobby</code>", [entity("code", 0, 6)]),
        ("<code>a.</code>@bobby", [entity("code", 0, 2), entity("mention", 2, 6)]),
        ("@bobby<code>.a</code>", [entity("mention", 0, 6), entity("code", 6, 2)]),
        ("<blockquote>a<code>b</code></blockquote>", [entity("blockquote", 0, 2), entity("code", 1, 1)]),
        (
            "<blockquote><b>a<code>b</code>c</b></blockquote>",
            [entity("blockquote", 0, 3), *(entity(*one) for one in (("bold", 0, 1), ("code", 1, 1), ("bold", 2, 1)))],
        ),
        ("<blockquote><code>a</code></blockquote>", [entity("blockquote", 0, 1), entity("code", 0, 1)]),
        (
            '<a href="https://a.b"><tg-time unix="5">a</tg-time></a>',
            [entity("date_time", 0, 1, unix_time=5, date_time_format="")],
        ),
        (
            '<tg-time unix="5"><b>a</b></tg-time>',
            [entity("date_time", 0, 1, unix_time=5, date_time_format="")],
        ),
        (
            '<u>a<a href="https://a.b">b</a></u>',
            [entity("underline", 0, 1), entity("text_link", 1, 1, url="https://a.b/"), entity("underline", 1, 1)],
        ),
    ],
)
def test_styles_are_split_and_what_crosses_is_left_out(source: str, stored: list[dict[str, Any]]) -> None:
    assert message_text(source, "HTML").entities == stored


@pytest.mark.parametrize("style", STYLES)
def test_each_style_is_split_round_what_holds_none(style: str) -> None:
    stored = message_text("abc", "", [entity(style, 0, 3), entity("code", 1, 1)]).entities
    assert stored == [entity(style, 0, 1), entity("code", 1, 1), entity(style, 2, 1)]


def test_of_entities_in_one_place_some_kinds_come_first() -> None:
    order = ["blockquote", "text_link", *STYLES]
    named = [entity(kind, 0, 1, **({"url": "https://a.b/"} if kind == "text_link" else {})) for kind in order]
    assert message_text("x", "", list(reversed(named))).entities == named


@given(st.text(alphabet=string.ascii_letters + string.digits, min_size=1, max_size=16))
def test_letters_and_digits_stay_in_texts_and_names(text: str) -> None:
    assert (message_text(text, "").text, file_name(text), file_name(f"a.{text}")) == (text, text, f"a.{text}")


def test_a_parse_mode_wins_over_entities() -> None:
    assert message_text("<b>x</b>", "HTML", [entity("nonsense", 9, 9)]).entities == [entity("bold", 0, 1)]
    assert message_text("<b>x</b>", "None", [entity("code", 0, 3)]).entities == [entity("code", 0, 3)]


def test_lengths_are_of_characters_and_entities_of_utf16_units() -> None:
    assert message_text("😀" * 4096, "", [entity("bold", 0, 8192)]).entities == [entity("bold", 0, 8192)]
    for text, words in (("😀" * 4097, "message is too long"), ("😀" * 8193, "text is too long")):
        with pytest.raises(ApiError, match=words):
            message_text(text, "")


def test_a_hundred_entities_are_kept() -> None:
    assert len(message_text("<b>x</b> " * 101, "HTML").entities) == MAX_ENTITIES


ENTITIES = st.builds(entity, st.sampled_from(KINDS), st.integers(0, 9), st.integers(1, 9))


@given(st.text(alphabet="a 😀\n\r\u200e@", min_size=20, max_size=20).map(lambda text: f"x{text}x"), st.lists(ENTITIES))
def test_entities_lie_within_the_text_and_styles_cross_nothing(text: str, entities: list[dict[str, Any]]) -> None:
    try:
        stored = message_text(text, "", entities)
    except ApiError:
        return
    spans = [(one["offset"], one["offset"] + one["length"], one["type"]) for one in stored.entities]
    assert all(0 <= start < end <= utf16_length(stored.text) for start, end, _ in spans)
    assert len(set(spans)) == len(spans)
    for start, end, _ in spans:
        for begin, stop, kind in spans:
            assert not start < begin < end < stop or kind in STYLES


@given(st.lists(ENTITIES))
def test_storing_what_is_stored_changes_nothing(entities: list[dict[str, Any]]) -> None:
    stored = message_text("x" * 18, "", entities)
    assert message_text(stored.text, "", stored.entities) == stored


@pytest.mark.parametrize(
    ("link", "stored"),
    [
        ("example.org", "http://example.org/"),
        ("HTTPS://Example.ORG?q=a b", "https://example.org/?q=a%20b"),
        ("https://u:p@a.b:08443/x#y", "https://u:p@a.b:8443/x#y"),
        ("https://[::1]/x", "https://[::1]/x"),
        pytest.param(f"http://a.b:{'0' * 5000}81", "http://a.b:81/", id="port with endless zeros"),
        ("https://a%41.b%2D", "https://a%41.b%2d/"),
        ("https://пример.рф", "https://пример.рф/"),
        ("tg://resolve?domain=x", "tg://resolve?domain=x"),
        ("TG:resolve?domain=x", "tg://resolve?domain=x"),
        ("tonsite://a.b/x", "tonsite://a.b/x"),
    ],
)
def test_links_as_messages_carry_them(link: str, stored: str) -> None:
    assert checked_link(link) == stored
    assert checked_link(stored) == stored


@pytest.mark.parametrize(
    ("link", "cause"),
    [
        ("http://localhost", "Wrong HTTP URL"),
        ("ftp://a.b", "Unsupported URL protocol"),
        ("https://", "URL host is empty"),
        ("http://a.b:0", "Wrong port number specified in the URL"),
        ("http://a.b:65536", "Wrong port number specified in the URL"),
        pytest.param(f"http://a.b:{'9' * 5000}", "Wrong port number specified in the URL", id="endless port"),
        ("http://:80", "Disallowed character in URL host"),
        ("http://[::g]/", "Wrong IPv6 address specified in the URL"),
        ("http://[fe80::1%25e]/", "Wrong IPv6 address specified in the URL"),
        ("http://[::1]x.y/", "Disallowed character in URL host"),
        ("http://[a.b", "Disallowed character in URL host"),
        ("http://a b.c", "Disallowed character in URL host"),
        ("http://a%g.b", "Wrong percent-encoded symbol in URL host"),
        ("tg://a.b", "Unallowed characters in URL host"),
        ("http://a]", "Disallowed character in URL host"),
        ("http://a b@c.d", "Disallowed character in URL userinfo"),
        ("http://a%4@c.d", "Wrong percent-encoded symbol in URL userinfo"),
        ("tg:https://a", "Wrong tg URL"),
        ("tg:http://a", "Wrong tg URL"),
        ("tg:u@a", "Wrong tg URL"),
        ("tg:[::1]", "Wrong tg URL"),
        ("ton:a:80", "Wrong ton URL"),
    ],
)
def test_links_that_lead_nowhere(link: str, cause: str) -> None:
    with pytest.raises(LinkError, match="is invalid") as refused:
        checked_link(link)
    assert str(refused.value) == f"URL '{link}' is invalid: {cause}"


def test_links_to_users() -> None:
    assert [linked_user(link) for link in ("tg://user?id=5", "tg:user?a=b&id=7#x", "TG://USER/?ID=8")] == [5, 7, 8]
    assert [linked_user(link) for link in ("tg://user", "tg://user?id=x", "tg://users?id=5", "https://a.b")] == [0] * 4
