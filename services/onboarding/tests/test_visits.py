"""Visits on both stores: capped links, referrals at the same time, sessions that keep what came."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from onboarding_world.edges import NOON, NOON_S, coming, update, written
from onboarding_world.place import Place

from lbc_contracts import tokens
from lbc_contracts.campaigns import campaign_key, link_key
from lbc_onboarding.adapters.visits import touch_from, touch_value
from lbc_onboarding.domain.attribution import MAX_VISITS, Touch


@pytest.fixture
def place(bot: str, store: Any) -> Place:
    return Place(bot, store)


async def test_a_campaign_s_words_are_kept(place: Place) -> None:
    identity = await place.campaign("spring")
    await place.open(place.token(campaign=identity))
    touch = await place.last()
    assert (touch.reason, touch.source, touch.medium, touch.campaign) == ("verified", "mail", "letter", "spring")
    assert touch.campaign_id == identity


async def test_a_campaign_that_is_closed_or_unknown_is_counted_and_stops_nobody(place: Place) -> None:
    await place.open(place.token(campaign=await place.campaign("over", closed_at=NOON_S)))
    assert (await place.last()).reason == "closed_campaign"
    await place.open(place.token(campaign="aaaaaaab"))
    assert (await place.last()).reason == "unknown_campaign"
    assert place.counted("closed_campaign") == place.counted("unknown_campaign") == 1
    assert (await place.store.load(place.bot, 7)).pending


async def test_campaigns_are_remembered_for_a_while_and_unknown_ones_for_less(place: Place) -> None:
    token = place.token(campaign=tokens.campaign_id(place.bot, "late"))
    await place.open(token, 1)
    identity = await place.campaign("late")
    place.clock.time += timedelta(seconds=6)
    await place.open(token, 2)
    assert (await place.last(2)).reason == "verified"
    await place.campaign("late", closed_at=NOON_S)
    await place.open(token, 3)
    assert (await place.last(3)).reason == "verified"
    place.clock.time += timedelta(seconds=61)
    await place.open(place.token(campaign=identity), 4)
    assert (await place.last(4)).reason == "closed_campaign"


async def test_past_its_cap_a_link_says_nothing_and_lets_everybody_in(place: Place) -> None:
    token = await place.capped(2)
    for user_id in (1, 2, 3, 4):
        await place.open(token, user_id)
    reasons = [(await place.last(user_id)).reason for user_id in (1, 2, 3, 4)]
    assert reasons == ["verified", "verified", "used_up", "used_up"]
    assert place.counted("used_up") == 2
    assert await place.uses(token) == 2
    assert all([(await place.store.load(place.bot, user_id)).pending for user_id in (1, 2, 3, 4)])


async def test_who_opens_a_link_twice_uses_it_once_and_so_does_a_redelivery(place: Place) -> None:
    token = await place.capped(1)
    message = await place.open(token, 1)
    await place.open(token, 1)
    await place.onboarding.handle(message)
    assert await place.uses(token) == 1
    assert place.counted("verified") == 2
    assert (await place.last(1)).reason == "verified"


async def test_of_many_at_once_only_so_many_are_counted(place: Place) -> None:
    token = await place.capped(3)
    await asyncio.gather(*(place.open(token, user_id) for user_id in range(1, 8)))
    assert await place.uses(token) == 3
    assert (place.counted("verified"), place.counted("used_up")) == (3, 4)


async def test_a_capped_link_without_a_row_says_nothing(place: Place) -> None:
    await place.open(place.token(referrer=99, capped=True))
    assert (await place.last()).reason == "unknown_link"


async def test_of_two_who_refer_each_other_the_first_counts(place: Place) -> None:
    await place.open(place.token(referrer=2), 1)
    await place.open(place.token(referrer=1), 2)
    assert ((await place.last(1)).referrer, (await place.last(2)).referrer) == ("2", "")
    assert place.counted("mutual_referral") == 1
    await place.open(place.token(referrer=2), 1)
    assert (await place.last(1)).reason == "verified"


@pytest.mark.parametrize("form", ["signed", "legacy"])
async def test_of_two_who_refer_each_other_at_the_same_time_one_counts(place: Place, form: str) -> None:
    for one in range(10, 30, 2):
        other = one + 1
        to_one = place.token(referrer=other) if form == "signed" else f"ref_{other}"
        to_other = place.token(referrer=one) if form == "signed" else f"ref_{one}"
        await asyncio.gather(place.open(to_one, one), place.open(to_other, other))
        referrers = {(await place.last(one)).referrer, (await place.last(other)).referrer}
        assert referrers in ({"", str(one)}, {"", str(other)})
    assert place.counted("mutual_referral") == 10


async def test_also_much_later_and_after_other_visits(place: Place) -> None:
    await place.open(place.token(referrer=2), 1)
    await place.open("", 1)
    await place.open(place.token(referrer=3), 1)
    await place.open(place.token(referrer=1), 2)
    assert (await place.last(2)).reason == "mutual_referral"


async def test_a_session_keeps_every_visit_up_to_a_bound(place: Place) -> None:
    await place.open("ref_ana")
    await place.open("<b>")
    await place.open("")
    kept = await place.kept()
    assert [touch.reason for touch in kept if touch] == ["unverified", "unknown_form", "organic"]
    for _ in range(MAX_VISITS):
        await place.open("")
    assert len(await place.kept()) == MAX_VISITS
    assert (await place.store.load(place.bot, 7)).visits == MAX_VISITS + 3


async def test_what_is_no_visit_leaves_the_kept_ones_alone(place: Place) -> None:
    await place.open("ref_ana")
    place.number += 1
    await place.onboarding.handle(coming(update(place.bot, place.number, written("hello", place.number), NOON)))
    assert len(await place.kept()) == 1


def test_keys_of_two_bots_are_apart() -> None:
    assert campaign_key("A", "x") == campaign_key("a", "x") != campaign_key("b", "x")
    assert link_key("A", "x") == link_key("a", "x") != link_key("b", "x")


def test_a_touch_of_an_older_release_is_read() -> None:
    stored: Any = touch_value(Touch(1, 2, "unverified", referrer="ana"))
    del stored["M"]["campaign_id"]
    assert touch_from(stored) == Touch(1, 2, "unverified", referrer="ana")
