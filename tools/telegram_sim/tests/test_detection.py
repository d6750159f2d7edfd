"""What Telegram marks in a text by itself."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telegram_sim.client import Person
from telegram_sim.core.text.detection import find_entities
from telegram_sim.core.text.formatting import utf16_length

from .conftest import Bot


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/start now /help@demo_bot", [("/start", "bot_command"), ("/help@demo_bot", "bot_command")]),
        ("a/b </b> //c x/", []),
        ("@ali @bobby, me@bobby @bobby1é", [("@bobby", "mention")]),
        ("#one #2two #3 a#b #c#d", [("#one", "hashtag"), ("#2two", "hashtag")]),
        ("@pic @abc @PIC", [("@pic", "mention"), ("@PIC", "mention")]),
        ("#one@bobby #x@ab", [("#one@bobby", "hashtag"), ("#x", "hashtag")]),
        (
            "$USD $TOOLONGUSD a$B $usd $1INCH $X@bobby",
            [("$USD", "cashtag"), ("$1INCH", "cashtag"), ("$X@bobby", "cashtag")],
        ),
        ("see https://a.b.com/x_(y)?q=1#z).", [("https://a.b.com/x_(y)?q=1#z", "url")]),
        ("HTTP://EXAMPLE.ORG, http://localhost/x http://[", [("HTTP://EXAMPLE.ORG", "url")]),
        ("mail me-too+x@a.example.org.", [("me-too+x@a.example.org", "email")]),
        (
            "at example.org, Example.ORG/x. End.Com 1.5 file.py file.txt",
            [("example.org", "url"), ("Example.ORG/x", "url"), ("file.py", "url")],
        ),
        ("10.0.0.1 10.0.0.256 1.2.3 u:p@a.de:99999/x", [("10.0.0.1", "url"), ("u:p@a.de", "url")]),
        (
            "tg://resolve?domain=x. ftp://a.b.org sftp://a.b.org",
            [("tg://resolve?domain=x", "url"), ("ftp://a.b.org", "url")],
        ),
        ("https://a.bc/ y", [("https://a.bc/", "url")]),
        ("https://a.bc? https://a.bc# x", [("https://a.bc", "url"), ("https://a.bc", "url")]),
        ("https://a.b/c https://a.b-c/d a.b_c.org", []),
        ("x @a.de y@b@c.de", []),
        ("http://a.xn--ab http://a.xn--a", [("http://a.xn--ab", "url")]),
        ("https://a.bc/\u2015x\u2016y", [("https://a.bc/\u2015x", "url")]),
        ("x/me@a.de (me@a.de) \u00aaa.de", [("me@a.de", "email")]),
        ("1.example.org a_b.example.org", [("1.example.org", "url"), ("a_b.example.org", "url")]),
        ("shttp://a.bc tftp://a.bc sftp://a.bc xhttp://a.bc", [("http://a.bc", "url")]),
        ("https://a.bc/\u2014\u200dy\u2026z \u00c0.de", [("https://a.bc/\u2014\u200dy", "url"), ("\u00c0.de", "url")]),
        (
            "(https://a.de/(x)) https://a.de/x]y https://-a-.de",
            [("https://a.de/(x)", "url"), ("https://a.de/x", "url")],
        ),
        ("/a@b /a@bobby #te\u00b7st", [("/a@bobby", "bot_command"), ("#te\u00b7st", "hashtag")]),
        ("https://t.me/x?start=/a#b @inside", [("https://t.me/x?start=/a#b", "url"), ("@inside", "mention")]),
        ("😀 /go", [("/go", "bot_command")]),
    ],
)
def test_what_is_found(text: str, found: list[tuple[str, str]]) -> None:
    units = text.encode("utf-16-le")
    entities = find_entities(text)
    marked = [
        (units[2 * one["offset"] : 2 * (one["offset"] + one["length"])].decode("utf-16-le"), one["type"])
        for one in entities
    ]
    assert marked == found


@pytest.mark.parametrize("last", [*string.ascii_letters, *string.digits, *"/_-~%=&+$*", "(y)", "[y]", "{y}"])
def test_a_link_goes_to_its_own_end(last: str) -> None:
    url = f"https://a.bc/x{last}"
    assert find_entities(f"@bobby, {url}") == [
        {"offset": 0, "length": 6, "type": "mention"},
        {"offset": 8, "length": len(url), "type": "url"},
    ]


@pytest.mark.parametrize("behind", [*".,:;!?'", ")", "]", "}", "...", ")."])
def test_what_belongs_to_the_sentence_is_no_part_of_a_link(behind: str) -> None:
    assert find_entities(f"https://a.bc/x{behind}") == [{"offset": 0, "length": 14, "type": "url"}]


PIECES = (*"/@#.:?!()ab1_é😀 \n", "http://", "a.bc", "/cmd", "@name")


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_entities_lie_side_by_side_within_the_text(text: str) -> None:
    end = 0
    for entity in find_entities(text):
        assert entity["offset"] >= end
        assert entity["length"] > 0
        end = entity["offset"] + entity["length"]
    assert end <= utf16_length(text)


async def test_links_are_marked_in_what_people_and_bots_write(bot: Bot, alice: Person) -> None:
    said = await alice.say("look: https://example.org")
    sent = await bot.ok("sendMessage", chat_id=alice.id, text="<code>@quoted</code> @mentioned", parse_mode="HTML")
    assert said.raw["entities"] == [{"offset": 6, "length": 19, "type": "url"}]
    assert [entity["type"] for entity in sent["entities"]] == ["code", "mention"]
