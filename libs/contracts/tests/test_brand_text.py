"""Every text that a pack may hold can be sent to everybody, whatever they call themselves."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from lbc_contracts.brand import Link
from lbc_contracts.brand_text import MAX_MESSAGE, MAX_NAME, Caption, Label, Message, Speech, fill
from telegram_sim.core.text.content import MAX_SOURCE, read_text, stored_text
from telegram_sim.core.text.formatting import Formatted

MESSAGE: TypeAdapter[str] = TypeAdapter(Message)
HTML = [MESSAGE, TypeAdapter(Caption)]
PLAIN = [TypeAdapter(Label), TypeAdapter(Speech)]
UNSEEN = "\u00a0\u00ad\u115f\u2009\u200b\u200d\u202e\u2060\u2800\u3000\u3164\ufe0f\ufeff\ufffc"
EMPTY_TO_TELEGRAM = frozenset(
    "\n \u00a0\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d\u200e"
    "\u200f\u202e\u202f\u205f\u2800\u3000\ufeff\ufffc"
)
"""A text of these alone is empty (td, misc.cpp, strip_empty_characters)."""

TAGS = ["b", "i", "code", "pre", "blockquote", "tg-spoiler", "br"]
ATTRIBUTES = [
    'a href="https://e.org/?n={name}"',
    'a href="https://{name}/"',
    'a href="https://e.org/?a=1&amp;b=2"',
    'a href="tg://user?id={name}"',
    'code class="language-{name}"',
    "blockquote expandable",
    'span class="tg-spoiler"',
    'tg-emoji emoji-id="0"',
    'tg-emoji emoji-id="7"',
    'tg-emoji emoji-id="٣"',
]
ODD_ENTITIES = ["&#32;", "&#8203;", "&#x2800;", "&#0;", "&#55357;", "&#128;", "&#x10ffff;", "&#1114112;"]
LEAVES = st.sampled_from(["{name}", ", {name}", "{", "}", "Hello", ",", "!", "&amp;", *ODD_ENTITIES]) | st.text(
    st.sampled_from("ab \n" + UNSEEN) | st.characters(exclude_characters="<>&{}"), max_size=3
)


def wrapped(inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Pieces in a row, or one in a tag, now and then with an end that Telegram does not take."""
    opened = st.sampled_from(TAGS + ATTRIBUTES)
    end = st.sampled_from(["", "", "", ' class="x"', " "])
    tagged = st.tuples(opened, inside, end).map(lambda each: f"<{each[0]}>{each[1]}</{each[0].split()[0]}{each[2]}>")
    return tagged | st.lists(inside, max_size=3).map("".join)


TEXTS = st.recursive(LEAVES, wrapped, max_leaves=8)
NAMES = st.none() | st.text() | st.text('"<>&{}name/=;: Ana@.' + UNSEEN)


def as_telegram_reads_it(filled: str) -> Formatted:
    """Raises what Telegram refuses."""
    read = stored_text(read_text(filled, "HTML", []))
    assert set(read.text) - EMPTY_TO_TELEGRAM, "nothing to see"
    return read


def places(read: Formatted) -> set[str]:
    """Where the links of a message lead."""
    return {entity["url"] for entity in read.entities if entity["type"] == "text_link"}


@given(TEXTS, NAMES, st.integers(1, MAX_NAME))
@settings(max_examples=400, suppress_health_check=[HealthCheck.filter_too_much])
def test_every_text_of_a_pack_can_be_sent_to_everybody(text: str, name: str | None, length: int) -> None:
    try:
        accepted = MESSAGE.validate_python(text)
    except ValidationError:
        assume(condition=False)
    read = as_telegram_reads_it(fill(accepted, name, length))
    assert len(read.text) <= MAX_MESSAGE
    assert places(read) <= places(as_telegram_reads_it(fill(accepted, "Ana"))), "a name leads nobody elsewhere"


def refusal(adapter: TypeAdapter[str], text: str) -> str:
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ('<a href="https://e.org/?n={name}">x</a>', "a"),
        ('<a href="https://{name}/">x</a>', "a"),
        ('<code class="language-{name}">x</code>', "code"),
    ],
)
def test_a_name_inside_a_tag_is_refused(text: str, tag: str) -> None:
    assert f"{{name}} inside <{tag}>" in refusal(MESSAGE, text)


@pytest.mark.parametrize("adapter", HTML)
@pytest.mark.parametrize(
    "text", ["<b></b>", "<b> </b>", "{name}", ", {name}", "<i>,{name}</i>", "&#32;", "&#8203;", "&#x3164;", *UNSEEN]
)
def test_a_message_without_anything_to_see_is_refused(adapter: TypeAdapter[str], text: str) -> None:
    refused = refusal(adapter, text)
    assert "nothing to see" in refused or "at least 1 character" in refused


def test_it_is_told_that_the_name_alone_is_not_enough() -> None:
    assert "for people without a visible name" in refusal(MESSAGE, "{name}")
    assert "for people" not in refusal(MESSAGE, "<b> </b>")


@pytest.mark.parametrize("adapter", PLAIN)
@pytest.mark.parametrize("text", list(UNSEEN))
def test_a_label_without_anything_to_see_is_refused(adapter: TypeAdapter[str], text: str) -> None:
    refused = refusal(adapter, text)
    assert "nothing to see" in refused or "at least 1 character" in refused


@pytest.mark.parametrize("text", ["👋", "?", "{name}!", "<b>{name}</b>.", "&#128075;", "न"])
def test_a_single_sign_is_enough(text: str) -> None:
    assert MESSAGE.validate_python(text) == text
    as_telegram_reads_it(fill(text, None))


@pytest.mark.parametrize("name", list(UNSEEN))
def test_a_name_that_nobody_sees_is_none(name: str) -> None:
    assert fill("Hello, {name}!", name) == "Hello!"


@pytest.mark.parametrize("entity", ["&#0;", "&#7;", "&#128;", "&#xd83d;", "&#1114111;", "&#1114112;"])
def test_a_number_that_is_no_character_is_refused(entity: str) -> None:
    assert f"{entity} is no character" in refusal(MESSAGE, f"x{entity}")


def test_an_end_tag_has_no_attributes() -> None:
    assert "</b> takes no attributes" in refusal(MESSAGE, '<b>x</b class="x">')


@pytest.mark.parametrize("emoji", ["0", "٣", "1" * 20])
def test_an_emoji_is_named_by_a_number(emoji: str) -> None:
    assert "<tg-emoji> needs other attributes" in refusal(MESSAGE, f'<tg-emoji emoji-id="{emoji}">x</tg-emoji>')


def test_more_tags_than_telegram_reads_are_refused() -> None:
    """It reads so many bytes of a message with its tags; the longest name may be all ampersands."""
    room = MAX_SOURCE - len("{name}".replace("{name}", "&amp;" * MAX_NAME))
    fits = "<b>" + "<i></i>" * ((room - 7) // 7) + "{name}!</b>"
    assert MAX_SOURCE - 14 <= len(fill(fits, "&" * MAX_NAME).encode()) <= MAX_SOURCE
    as_telegram_reads_it(fill(MESSAGE.validate_python(fits), "&" * MAX_NAME))
    assert "32768 bytes" in refusal(MESSAGE, fits + "<i></i>" * 2)


@pytest.mark.parametrize("url", ["https://e.org/{name}", "https://{name}/", "https://e.org/{id}", "https://e.org/}"])
def test_a_link_leads_everybody_to_the_same_place(url: str) -> None:
    with pytest.raises(ValidationError, match="url"):
        Link.model_validate({"url": url, "label": {"en": "x"}})
