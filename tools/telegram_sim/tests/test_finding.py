"""What Telegram marks in a text by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telegram_sim.client import Person
from telegram_sim.core.finding import find_entities
from telegram_sim.core.formatting import utf16_length

from .conftest import Bot


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/start now /help@demo_bot", [("/start", "bot_command"), ("/help@demo_bot", "bot_command")]),
        ("a/b </b> //c x/", []),
        ("@ali @bobby, me@bobby @bobby1é", [("@bobby", "mention")]),
        ("#one #2two #3 a#b #c#d", [("#one", "hashtag"), ("#2two", "hashtag")]),
        ("see https://a.b.com/x_(y)?q=1#z).", [("https://a.b.com/x_(y)?q=1#z", "url")]),
        ("HTTP://EXAMPLE.ORG, http://localhost/x http://[", [("HTTP://EXAMPLE.ORG", "url")]),
        ("mail me.too+x@a.example.org.", [("me.too+x@a.example.org", "email")]),
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
