from __future__ import annotations

import html
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbc_delivery.domain.html import ELLIPSIS, visible_length, within

words = st.text(
    alphabet=st.one_of(
        st.sampled_from('ab <>&"é\u0301\u200d\ufe0f👩🚀🏽ß\u202e\n'), st.characters(exclude_categories=["Cs"])
    ),
    max_size=30,
).map(lambda text: html.escape(text, quote=False))
tags = st.sampled_from(["b", "i", "u", "s", "code", "tg-spoiler"])
documents = st.recursive(
    words,
    lambda inner: st.one_of(
        st.builds(lambda tag, body: f"<{tag}>{body}</{tag}>", tags, inner),
        st.builds(lambda body: f'<a href="https://x.test/?a=1&amp;b=2">{body}</a>', inner),
        st.lists(inner, max_size=4).map("".join),
    ),
    max_leaves=12,
)


class Reading(HTMLParser):
    """What is visible, and whether the tags are balanced."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.shown = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, _: object) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.shown += data


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@given(documents, st.integers(1, 60))
def test_what_comes_out_fits_and_is_whole_html(document: str, limit: int) -> None:
    reading = Reading(within(document, limit))
    assert reading.open == []
    assert units(reading.shown) <= limit


@given(documents, st.integers(1, 60))
def test_it_is_the_text_itself_or_its_beginning(document: str, limit: int) -> None:
    before, after = Reading(document).shown, Reading(within(document, limit)).shown
    if units(before) <= limit:
        assert within(document, limit) == document
    else:
        assert after.endswith(ELLIPSIS)
        assert before.startswith(after.removesuffix(ELLIPSIS))


@given(documents)
def test_the_visible_length_is_what_a_reader_sees(document: str) -> None:
    assert visible_length(document) == units(Reading(document).shown)


def test_little_is_lost_to_the_cut() -> None:
    assert Reading(within("x" * 5000, 4096)).shown == "x" * 4095 + ELLIPSIS


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("<b>hello</b> world", 8, "<b>hello</b> w…"),
        ("<b>hello <i>world</i></b>", 8, "<b>hello <i>w…</i></b>"),
        ("a &amp; b &amp; c", 6, "a &amp; b…"),
        ("ab👩‍🚀", 6, "ab…"),
        ("ae\u0301fgh", 3, "a…"),
        ("1 < 2 and 3 > 2", 6, "1 < 2…"),
        ("ab\n\ncdef", 5, "ab\n\n…"),
    ],
)
def test_cuts(text: str, limit: int, cut: str) -> None:
    assert within(text, limit) == cut
