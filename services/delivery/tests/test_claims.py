from __future__ import annotations

from datetime import datetime, timedelta

from delivery_world.commands import ME, NOON, OTHER
from hypothesis import given
from hypothesis import strategies as st

from lbc_contracts.messages import OutcomeKind
from lbc_delivery.domain.claims import (
    CLOCK_SKEW,
    NOBODY,
    Claimed,
    Refused,
    Replay,
    Row,
    Sent,
    Take,
    Wait,
    covers,
    decide,
)

moments = st.integers(-600_000, 600_000).map(lambda ms: NOON + timedelta(milliseconds=ms))
owners = st.sampled_from([ME, OTHER, "host:3:third"])
claims = st.builds(Claimed, owners, moments)
ends = st.one_of(
    st.builds(Sent, st.integers(1, 10**9), moments),
    st.builds(
        Refused,
        st.sampled_from([OutcomeKind.UNREACHABLE, OutcomeKind.FAILED]),
        st.sampled_from(["blocked", "bad-html"]),
        moments,
    ),
)
rows = st.one_of(st.none(), claims, ends)


@given(ends, moments, owners)
def test_what_is_over_is_replayed_and_nothing_else(end: Sent | Refused, now: datetime, owner: str) -> None:
    assert decide(end, now, owner) == Replay(end)


@given(moments, owners)
def test_a_new_command_is_taken_without_doubt(now: datetime, owner: str) -> None:
    assert decide(None, now, owner) == Take(over=None, doubtful=False)


@given(claims, moments)
def test_a_claim_of_another_is_taken_only_when_surely_dead(claim: Claimed, now: datetime) -> None:
    action = decide(claim, now, "nobody:0:new")
    if now < claim.until + CLOCK_SKEW:
        assert action == Wait((claim.until + CLOCK_SKEW - now).total_seconds())
    else:
        assert action == Take(over=claim, doubtful=True)


@given(claims, moments)
def test_after_the_wait_it_can_be_taken(claim: Claimed, now: datetime) -> None:
    action = decide(claim, now, "nobody:0:new")
    if isinstance(action, Wait):
        assert action.seconds > 0
        later = now + timedelta(seconds=action.seconds)
        assert decide(claim, later, "nobody:0:new") == Take(over=claim, doubtful=True)


@given(claims, moments)
def test_an_own_claim_is_taken_up_again_at_any_age_and_not_counted_twice(claim: Claimed, now: datetime) -> None:
    assert decide(claim, now, claim.owner) == Take(over=claim, doubtful=False)


@given(moments, moments, owners, st.integers(0, 5))
def test_a_claim_left_to_nobody_is_taken_at_any_time_and_not_counted_twice(
    until: datetime, now: datetime, owner: str, doubtful: int
) -> None:
    left = Claimed(NOBODY, until, doubtful)
    assert decide(left, now, owner) == Take(over=left, doubtful=False)


@given(rows, moments, owners)
def test_only_an_open_row_is_ever_taken_and_exactly_that_row(row: Row | None, now: datetime, owner: str) -> None:
    action = decide(row, now, owner)
    if isinstance(action, Take):
        assert action.over is row


@given(claims, moments, st.integers(1, 60))
def test_two_owners_never_send_under_live_claims_at_once(claim: Claimed, now: datetime, seconds: int) -> None:
    """If the owner may still have a request out, nobody else takes the command, clocks apart by the skew included."""
    request = timedelta(seconds=seconds)
    if covers(claim, now, request):
        for moment in (now, now + request):
            for skew in (-CLOCK_SKEW, timedelta(), CLOCK_SKEW - timedelta(milliseconds=1)):
                assert isinstance(decide(claim, moment + skew, "nobody:0:new"), Wait)


def test_a_request_may_end_with_the_claim_and_no_later() -> None:
    claim, request = Claimed(ME, NOON + timedelta(seconds=15)), timedelta(seconds=15)
    assert covers(claim, NOON, request)
    assert not covers(claim, NOON + timedelta(microseconds=1), request)


def test_a_clock_ahead_of_the_owners_kills_no_claim() -> None:
    claim = Claimed(ME, NOON)
    assert decide(claim, NOON, OTHER) == Wait(CLOCK_SKEW.total_seconds())
    assert isinstance(decide(claim, NOON + timedelta(milliseconds=500), OTHER), Wait)
