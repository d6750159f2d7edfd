"""Campaigns and capped links as rows, and the reasons that the documents explain."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbc_contracts.campaigns import (
    LINK_STAYS,
    Campaign,
    CappedLink,
    campaign_from,
    campaign_item,
    campaign_key,
    link_from,
    link_item,
    link_key,
    text_problem,
)
from lbc_contracts.reasons import REASONS
from lbc_contracts.tokens import Flaw

PAGE = Path(__file__).parents[3] / "docs" / "links.md"

unhurried = settings(deadline=None)
words = st.text(max_size=64)
seconds = st.integers(0, 2**32)


@unhurried
@given(st.builds(Campaign, bot=words, name=words, source=words, medium=words, created_at=seconds,
                 closed_at=st.none() | seconds))  # fmt: skip
def test_a_campaign_is_read_as_it_was_written(campaign: Campaign) -> None:
    assert campaign_from(campaign_item(campaign)) == campaign


@unhurried
@given(st.builds(CappedLink, bot=words, id=words, campaign_id=words, most=seconds, expires_at=seconds, uses=seconds))
def test_a_link_is_read_as_it_was_written(link: CappedLink) -> None:
    item = link_item(link)
    assert link_from(item) == link
    assert int(item["expiresAt"]["N"]) == link.expires_at + LINK_STAYS


def test_a_link_s_row_outlives_the_dead_letters_that_could_count_on_it() -> None:
    assert LINK_STAYS > 30 * 24 * 3600


def test_keys_begin_with_the_bot_however_its_name_is_written() -> None:
    campaign = Campaign(bot="Alba", name="spring")
    assert campaign.key == campaign_key("alba", campaign.id) == f"alba:{campaign.id}"
    assert link_key("Alba", "x") == "alba:x"


@pytest.mark.parametrize(
    ("text", "problem"),
    [("", None), ("spring 2027 ñ", None), ("x" * 64, None), ("x" * 65, "65 characters"), ("a\x00", "unprintable"),
     (" a", "blanks"), ("a\u202e", "unprintable")],
)  # fmt: skip
def test_words_that_cannot_be_a_campaign_s_are_told(text: str, problem: str | None) -> None:
    found = text_problem("name", text)
    assert (problem is None) == (found is None)
    assert (problem or "") in (found or "")


def test_the_page_explains_every_reason_and_no_other() -> None:
    _, _, section = PAGE.read_text().partition("## Reasons")
    rows = re.findall(r"^\| `([a-z_]+)` \| (.+) \|$", section.partition("\n## ")[0], re.MULTILINE)
    assert dict(rows) == REASONS
    assert {flaw.value for flaw in Flaw} <= set(REASONS)
