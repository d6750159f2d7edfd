"""MarkdownV2 and its older form, mistakes in Telegram's words."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telegram_sim.client import Person
from telegram_sim.core.errors import ApiError
from telegram_sim.core.text.formatting import Formatted, utf16_length
from telegram_sim.core.text.html import parse_html
from telegram_sim.core.text.legacy_markdown import parse_markdown
from telegram_sim.core.text.markdown import parse_markdown_v2

from .conftest import Bot
from .texts import message_text

RESERVED = "_*[]()~`>#+-=|{}.!"


def entity(kind: str, offset: int, length: int, **details: Any) -> dict[str, Any]:
    return {"offset": offset, "length": length, "type": kind, **details}


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("*b _i __u___*", "b i u", [entity("bold", 0, 5), entity("italic", 2, 3), entity("underline", 4, 1)]),
        ("~s~ ||p|| `c`", "s p c", [entity("strikethrough", 0, 1), entity("spoiler", 2, 1), entity("code", 4, 1)]),
        ("[a\\)](https://a.b/\\))", "a)", [entity("text_link", 0, 2, url="https://a.b/)")]),
        ("[a\\.b]", "a.b", [entity("text_link", 0, 3, url="http://a.b/")]),
        ("[plain](nowhere)", "plain", []),
        ("```py\nx *= 1```", "x *= 1", [entity("pre", 0, 6, language="py")]),
        ("```\nx```", "x", [entity("pre", 0, 1)]),
        ("`a\\`b*`", "a`b*", [entity("code", 0, 4)]),
        ("😀*x*", "😀x", [entity("bold", 2, 1)]),
        ("**", "", []),
        ("*a\nb*", "a\nb", [entity("bold", 0, 3)]),
        ("![👍](TG://EMoJI/?test=1&id=25#id=32)", "👍", [entity("custom_emoji", 0, 2, custom_emoji_id="25")]),
        ("![👍](tg://emoji?id=53683)", "👍", [entity("custom_emoji", 0, 2, custom_emoji_id="53683")]),
        (
            "![now](tg://time?unix=1700000000&format=wDT)",
            "now",
            [entity("date_time", 0, 3, unix_time=1700000000, date_time_format="wDT")],
        ),
        (">one\n>two\nthree", "one\ntwo\nthree", [entity("blockquote", 0, 8)]),
        (">one\n>two||", "one\ntwo", [entity("expandable_blockquote", 0, 7)]),
        (">one||\nmore", "one\nmore", [entity("expandable_blockquote", 0, 4)]),
        (">a||\r\nb", "a\r\nb", [entity("expandable_blockquote", 0, 3)]),
        (">a\r||\nb", "a\r\nb", [entity("expandable_blockquote", 0, 3)]),
        ("[a](tg://user?id=5)", "a", [entity("text_mention", 0, 1, user={"id": 5})]),
        ("a\n\r>b\nc", "a\n\rb\nc", [entity("blockquote", 3, 2)]),
        ("![a](tg://time?unix=5)", "a", [entity("date_time", 0, 1, unix_time=5, date_time_format="")]),
        (">*b*", "b", [entity("blockquote", 0, 1), entity("bold", 0, 1)]),
    ],
)
def test_markdown_v2(source: str, text: str, entities: list[dict[str, Any]]) -> None:
    parsed = parse_markdown_v2(source)
    assert (parsed.text, parsed.entities) == (text, entities)


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("Hello.", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("a > b", "Character '>' is reserved and must be escaped with the preceding '\\'"),
        ("a | b", "Character '|' is reserved and must be escaped with the preceding '\\'"),
        ("hi!", "Character '!' is reserved and must be escaped with the preceding '\\'"),
        ("é*b", "Can't find end of Bold entity at byte offset 2"),
        ("_*i_*", "Can't find end of Bold entity at byte offset 4"),
        ("```py\nx", "Can't find end of PreCode entity at byte offset 0"),
        ("```\nx", "Can't find end of Pre entity at byte offset 0"),
        (">a ||b", "Can't find end of Spoiler entity at byte offset 3"),
        ("[a](b", "Can't find end of a URL at byte offset 4"),
        ("![a]", "The entity must contain a tg://emoji or tg://time URL"),
        ("![a](https://a.b)", "Invalid tg://emoji or tg://time URL specified"),
        (">a *b\n", "Can't find end of Bold entity at byte offset 3"),
        (">a *b||\n", "Can't find end of Bold entity at byte offset 3"),
    ],
)
def test_mistakes_of_markdown_v2(source: str, cause: str) -> None:
    with pytest.raises(ApiError) as refused:
        parse_markdown_v2(source)
    assert refused.value.description == f"Bad Request: can't parse entities: {cause}"


@pytest.mark.parametrize(
    ("begin", "name"),
    [
        ("*", "Bold"),
        ("_", "Italic"),
        ("__", "Underline"),
        ("~", "Strikethrough"),
        ("||", "Spoiler"),
        ("`", "Code"),
        ("[", "TextUrl"),
        ("![", "CustomEmoji"),
    ],
)
def test_what_does_not_end_is_named(begin: str, name: str) -> None:
    with pytest.raises(ApiError, match=f"Can't find end of {name} entity at byte offset 0"):
        parse_markdown_v2(f"{begin}a")


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("*b* _i_ `c`", "b i c", [entity("bold", 0, 1), entity("italic", 2, 1), entity("code", 4, 1)]),
        ("*b _no_*", "b _no_", [entity("bold", 0, 6)]),
        ("[a](https://a.b) [c]", "a c", [entity("text_link", 0, 1, url="https://a.b/")]),
        ("```py\nx``` \\* 1.", "x * 1.", [entity("pre", 0, 1, language="py")]),
        ("snake\\_case \\a", "snake_case \\a", []),
        ("[](https://a.b)", "(https://a.b)", []),
        ("[a](https://a.b", "a", [entity("text_link", 0, 1, url="https://a.b/")]),
        ("** a", " a", []),
    ],
)
def test_the_older_markdown(source: str, text: str, entities: list[dict[str, Any]]) -> None:
    parsed = parse_markdown(source)
    assert (parsed.text, parsed.entities) == (text, entities)


@pytest.mark.parametrize("parser", [parse_markdown_v2, parse_markdown])
@pytest.mark.parametrize("line_end", ["\n", "\r", "\r\n", "\n\r"])
def test_a_fence_may_name_a_language_before_the_end_of_its_line(
    parser: Callable[[str], Formatted], line_end: str
) -> None:
    assert parser(f"```py{line_end}x```") == Formatted("x", [entity("pre", 0, 1, language="py")])
    assert parser(f"```{line_end}x```") == Formatted("x", [entity("pre", 0, 1)])
    assert parser("```abc``` d") == Formatted("abc d", [entity("pre", 0, 3)])


@pytest.mark.parametrize(("source", "offset"), [("snake_case", 5), ("é*", 2), ("a [b", 2), ("```x", 0)])
def test_mistakes_of_the_older_markdown(source: str, offset: int) -> None:
    with pytest.raises(ApiError) as refused:
        parse_markdown(source)
    words = f"can't parse entities: Can't find end of the entity starting at byte offset {offset}"
    assert refused.value.description == f"Bad Request: {words}"


@given(st.text())
def test_escaped_text_is_plain(text: str) -> None:
    escaped = "".join(f"\\{character}" if character in RESERVED + "\\" else character for character in text)
    assert parse_markdown_v2(escaped).text == text
    assert parse_markdown_v2(escaped).entities == []


@given(st.text(alphabet=[*RESERVED, "\\", "\n", "\r", "a", "é", "😀", "<", "/", "&", "b", ";", '"'], max_size=60))
def test_any_text_is_parsed_or_refused_and_entities_lie_within(source: str) -> None:
    for parser in (parse_markdown_v2, parse_markdown, parse_html):
        try:
            parsed = parser(source)
        except ApiError:
            continue
        for found in parsed.entities:
            assert 0 <= found["offset"] < found["offset"] + found["length"] <= utf16_length(parsed.text)


def test_a_pre_with_a_code_that_names_its_language_is_one_entity() -> None:
    expected = [entity("pre", 0, 1, language="py")]
    assert parse_html('<pre><code class="language-py">x</code></pre>').entities == expected
    assert parse_html('<code class="language-py"><pre>x</pre></code>').entities == expected
    assert parse_html('<code class="language-py">x</code>').entities == [entity("code", 0, 1)]
    assert len(parse_html("<pre><code>x</code></pre>").entities) == 2
    timed = entity("date_time", 0, 1, unix_time=5, date_time_format="wDt")
    assert parse_html('<tg-time unix="5" format="tDW">x</tg-time>').entities == [timed]


async def test_parse_modes_of_a_message(bot: Bot, alice: Person) -> None:
    for mode, source in (("MarkdownV2", "*hi*\\!"), ("markdown", "*hi*!"), ("HTML", "<b>hi</b>!")):
        sent = await bot.ok("sendMessage", chat_id=alice.id, text=source, parse_mode=mode)
        assert (sent["text"], sent["entities"]) == ("hi!", [entity("bold", 0, 2)])


def test_commands_are_found_outside_of_code_and_links() -> None:
    words = message_text("/a <b>/b</b> <code>/c</code> <a href='https://a.b'>/d</a>", "HTML")
    found = [found["offset"] for found in words.entities if found["type"] == "bot_command"]
    assert found == [0, 3]
