import pytest

from telegram_sim.core.errors import ApiError
from telegram_sim.core.text.content import MAX_CAPTION, MAX_TEXT
from telegram_sim.core.text.html import parse_html

from .texts import caption, message_text


def test_markup_becomes_entities_with_utf16_offsets() -> None:
    parsed = parse_html('😀 <b>bold <i>both</i></b> <a href="https://a.b/?x=1&amp;y=2">link</a> &lt;&#128512;')
    assert parsed.text == "😀 bold both link <😀"
    assert parsed.entities == [
        {"offset": 3, "length": 9, "type": "bold"},
        {"offset": 8, "length": 4, "type": "italic"},
        {"offset": 13, "length": 4, "type": "text_link", "url": "https://a.b/?x=1&y=2"},
    ]


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ('<span class="tg-spoiler">x</span>', "spoiler"),
        ("<blockquote expandable>x</blockquote>", "expandable_blockquote"),
        ('<pre><code class="language-py">x</code></pre>', "pre"),
        ("<DEL>x</>", "strikethrough"),
        *((f"<{tag}>x</{tag}>", "bold") for tag in ("b", "strong")),
        *((f"<{tag}>x</{tag}>", "italic") for tag in ("i", "em")),
        *((f"<{tag}>x</{tag}>", "underline") for tag in ("u", "ins")),
        *((f"<{tag}>x</{tag}>", "strikethrough") for tag in ("s", "strike", "del")),
        *((f"<{tag}>x</{tag}>", tag) for tag in ("code", "pre", "blockquote")),
        ("<tg-spoiler>x</tg-spoiler>", "spoiler"),
        ('<tg-time unix="5">x</tg-time>', "date_time"),
        ('<tg-emoji emoji-id="5368324170671202286">x</tg-emoji>', "custom_emoji"),
    ],
)
def test_every_supported_tag_is_taken(source: str, kind: str) -> None:
    assert kind in [entity["type"] for entity in parse_html(source).entities]


def test_a_tag_round_nothing_marks_nothing() -> None:
    assert parse_html("<b></b>x").entities == []


UNMATCHED = "check for unmatched surrogate code units"


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("é<div>x</div>", 'Unsupported start tag "div" at byte offset 2'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("a <b", "Unclosed start tag at byte offset 2"),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("<a href=x&>y</a>", "Unexpected end of name token at byte offset 8"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<b ", 'Unclosed start tag "b" at byte offset 0'),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ("<a href= ", 'Unclosed start tag "a" at byte offset 0'),
        (
            "&#xD83D;&#xDE00;",
            f"Text contains invalid Unicode characters after decoding HTML entities, {UNMATCHED}",
        ),
        ("<a =x>y</a>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<tg-emoji emoji-id="x">y</tg-emoji>', "Invalid custom emoji identifier specified"),
        pytest.param(
            f'<tg-emoji emoji-id="{"9" * 5000}">y</tg-emoji>', "Invalid custom emoji identifier specified", id="endless"
        ),
        ('<tg-time unix="5" format="y">z</tg-time>', "Invalid date format used"),
    ],
)
def test_broken_markup_is_refused_in_telegrams_words(source: str, cause: str) -> None:
    with pytest.raises(ApiError) as refused:
        parse_html(source)
    assert refused.value.code == 400
    assert refused.value.description == f"Bad Request: can't parse entities: {cause}"


def test_spaces_before_the_end_of_a_tag_mean_nothing() -> None:
    parsed = parse_html('<b >x</b\n><code\tclass="language-py" >y</code >')
    assert (parsed.text, [entity["type"] for entity in parsed.entities]) == ("xy", ["bold", "code"])


def test_of_two_that_begin_together_the_longer_comes_first() -> None:
    parsed = parse_html("<i><b>a</b>b</i><b><i>c</i></b>")
    assert [(entity["type"], entity["length"]) for entity in parsed.entities] == [
        *(("italic", 2), ("bold", 1), ("bold", 1), ("italic", 1))
    ]


def test_a_link_to_a_person_is_a_mention() -> None:
    mention = {"offset": 0, "length": 1, "type": "text_mention", "user": {"id": 5}}
    assert parse_html('<a href="tg://user?id=5">x</a>').entities == [mention]


def test_only_a_pre_and_a_code_make_one_entity() -> None:
    parsed = parse_html('<code class="language-py"><b>x</b></code>')
    assert [entity["type"] for entity in parsed.entities] == ["code", "bold"]


def test_references_become_what_they_stand_for() -> None:
    assert parse_html("&lt;&gt;&amp;&quot; &lt &#x41;&#66;").text == '<>&" < AB'


def test_unknown_references_stay_as_they_are() -> None:
    assert parse_html("&nbsp; &#0; R&D").text == "&nbsp; &#0; R&D"


def test_lengths_count_after_parsing() -> None:
    assert len(message_text(f"<b>{'x' * MAX_TEXT}</b>", "HTML").text) == MAX_TEXT
    assert len(caption(f"<b>{'😀' * MAX_CAPTION}</b>", "HTML").text) == MAX_CAPTION
    with pytest.raises(ApiError, match="message is too long"):
        message_text("x" * (MAX_TEXT + 1), "")
    with pytest.raises(ApiError, match="message caption is too long"):
        caption("x" * (MAX_CAPTION + 1), "")
    with pytest.raises(ApiError, match="message text is empty"):
        message_text("", "HTML")
    with pytest.raises(ApiError, match="text must be non-empty"):
        message_text(" <b> </b>", "HTML")
    assert message_text("<b></b>" * 4681 + "x", "HTML").text == "x"  # 32 KiB
    with pytest.raises(ApiError, match="text is too long"):
        message_text("<b></b>" * 4681 + "xx", "HTML")


def test_a_parse_mode_may_be_none_in_any_case() -> None:
    for mode in ("", "none", "None"):
        assert message_text("<b>x</b>", mode).text == "<b>x</b>"
    with pytest.raises(ApiError, match="unsupported parse_mode"):
        message_text("x", "bbcode")
