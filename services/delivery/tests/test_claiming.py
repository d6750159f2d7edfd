"""Claims over the table in memory: who may send, what is remembered, what is counted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from delivery_world.commands import LEASE, ME, NOON, OTHER
from delivery_world.doubles import CountingMeter, FakeClock, FaultyDeliveries

from lbc_contracts.messages import OutcomeKind
from lbc_delivery.app.claims import CONTENDED_SECONDS, TRIES, UNMARKED, Claims
from lbc_delivery.domain.claims import CLOCK_SKEW, NOBODY, Claimed, Refused, Sent
from lbc_runtime.errors import DependencyDown, Park

KEY = "demo:42:1:video:1"
REQUEST = timedelta(seconds=15)
SENT = Sent(101, NOON)
REFUSED = Refused(OutcomeKind.FAILED, "bad-html", NOON)


class Table(FaultyDeliveries):
    """Counts the calls, and lets others slip in before a claim."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0
        self.intruders: list[Claimed] = []

    async def _call(self, name: str, *arguments: object, **named: object) -> object:
        self.calls += 1
        if name == "claim" and self.intruders:
            self.rows[KEY] = self.intruders.pop(0)
        return await super()._call(name, *arguments, **named)


class Desk:
    def __init__(self) -> None:
        self.rows, self.clock, self.meter = Table(), FakeClock(), CountingMeter()

    def claims(self, owner: str = ME) -> Claims:
        return Claims(self.rows, owner, lease=LEASE, request=REQUEST, clock=self.clock, meter=self.meter)


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_a_claim_lasts_for_the_lease(desk: Desk) -> None:
    claim = await desk.claims().take(KEY)
    assert claim == Claimed(ME, NOON + LEASE)
    assert desk.rows.rows == {KEY: claim}
    assert desk.meter.doubts == {}


@pytest.mark.parametrize("end", [SENT, REFUSED])
async def test_what_is_over_is_learned_and_not_claimed(desk: Desk, end: Sent | Refused) -> None:
    desk.rows.rows[KEY] = end
    assert await desk.claims().take(KEY) == end
    assert await desk.claims().look(KEY) == end
    assert desk.rows.rows == {KEY: end}


async def test_a_live_claim_of_another_is_waited_for(desk: Desk) -> None:
    await desk.claims(OTHER).take(KEY)
    for ask in (desk.claims().take, desk.claims().look):
        with pytest.raises(Park) as parked:
            await ask(KEY)
        assert parked.value.delay == (LEASE + CLOCK_SKEW).total_seconds()


async def test_a_dead_claim_is_taken_over_and_counted_once(desk: Desk) -> None:
    await desk.claims(OTHER).take(KEY)
    desk.clock.seconds = (LEASE + CLOCK_SKEW).total_seconds()
    assert await desk.claims().look(KEY) is None
    claim = await desk.claims().take(KEY)
    assert claim == Claimed(ME, desk.clock.now() + LEASE)
    assert await desk.claims().take(KEY) == claim
    assert desk.meter.doubts == {"dead_claim": 1}


async def test_a_look_at_what_nobody_took_finds_nothing_and_claims_nothing(desk: Desk) -> None:
    assert await desk.claims().look(KEY) is None
    assert desk.rows.rows == {}


async def test_races_are_lost_only_so_often(desk: Desk) -> None:
    dead = NOON - LEASE
    desk.rows.intruders = [Claimed(OTHER, dead - timedelta(seconds=lost)) for lost in range(TRIES)]
    with pytest.raises(Park) as parked:
        await desk.claims().take(KEY)
    assert parked.value.delay == CONTENDED_SECONDS
    assert desk.rows.calls == TRIES


async def test_a_race_lost_once_less_is_won(desk: Desk) -> None:
    dead = NOON - LEASE
    desk.rows.intruders = [Claimed(OTHER, dead - timedelta(seconds=lost)) for lost in range(TRIES - 1)]
    assert await desk.claims().take(KEY) == Claimed(ME, NOON + LEASE)
    assert desk.rows.calls == TRIES


async def test_a_claim_is_renewed_only_when_a_request_would_outlast_it(desk: Desk) -> None:
    claims = desk.claims()
    claim = await claims.take(KEY)
    assert isinstance(claim, Claimed)
    desk.clock.seconds = (LEASE - REQUEST).total_seconds()
    calls = desk.rows.calls
    assert await claims.cover(KEY, claim) is claim
    assert desk.rows.calls == calls
    desk.clock.seconds += 1
    renewed = await claims.cover(KEY, claim)
    assert renewed == Claimed(ME, desk.clock.now() + LEASE)
    assert desk.rows.rows == {KEY: renewed}


async def test_a_claim_that_another_took_is_not_renewed(desk: Desk) -> None:
    claims = desk.claims()
    claim = await claims.take(KEY)
    assert isinstance(claim, Claimed)
    theirs = desk.rows.rows[KEY] = Claimed(OTHER, NOON + 3 * LEASE)
    desk.clock.seconds = LEASE.total_seconds()
    with pytest.raises(Park) as parked:
        await claims.cover(KEY, claim)
    assert parked.value.delay == CONTENDED_SECONDS
    assert desk.rows.rows == {KEY: theirs}


async def test_a_claim_given_back_is_free_and_one_of_another_stays(desk: Desk) -> None:
    claim = await desk.claims().take(KEY)
    assert isinstance(claim, Claimed)
    await desk.claims(OTHER).release(KEY, Claimed(OTHER, claim.until))
    assert desk.rows.rows == {KEY: claim}
    await desk.claims().release(KEY, claim)
    assert KEY not in desk.rows.rows


async def test_doubts_are_counted_over_all_claims_and_owners(desk: Desk) -> None:
    for count, owner in enumerate([ME, OTHER, ME]):
        claims = desk.claims(owner)
        claim = await claims.take(KEY)
        assert isinstance(claim, Claimed)
        assert (claim.owner, claim.doubtful) == (owner, count)
        desk.clock.seconds += LEASE.total_seconds()
        claim = await claims.cover(KEY, claim)
        assert claim.doubtful == count
        await claims.release(KEY, claim)
        claim = await claims.take(KEY)
        assert isinstance(claim, Claimed)
        await claims.doubt(KEY, claim)
        assert desk.rows.rows == {KEY: Claimed(NOBODY, desk.clock.now(), count + 1)}
    assert desk.meter.doubts == {}


async def test_a_dead_claim_hands_its_count_on(desk: Desk) -> None:
    desk.rows.rows[KEY] = Claimed(OTHER, NOON - CLOCK_SKEW, 2)
    claim = await desk.claims().take(KEY)
    assert claim == Claimed(ME, NOON + LEASE, 2)
    assert desk.meter.doubts == {"dead_claim": 1}


@pytest.mark.parametrize("end", [SENT, REFUSED])
async def test_an_end_is_marked_and_then_forgotten(desk: Desk, end: Sent | Refused) -> None:
    claims = desk.claims()
    await claims.take(KEY)
    assert await claims.end(KEY, end) == end
    assert desk.rows.rows == {KEY: end}
    assert claims.unmarked(KEY) is None
    assert desk.meter.doubts == {}


async def test_an_end_is_remembered_while_the_table_is_away(desk: Desk) -> None:
    claims = desk.claims()
    await claims.take(KEY)
    desk.rows.failing = {"mark"}
    with pytest.raises(DependencyDown):
        await claims.end(KEY, SENT)
    assert claims.unmarked(KEY) == SENT
    assert claims.unmarked("another") is None
    desk.rows.failing = set()
    assert await claims.end(KEY, SENT) == SENT
    assert claims.unmarked(KEY) is None


async def test_only_so_many_ends_are_remembered_and_the_oldest_goes_first(desk: Desk) -> None:
    claims = desk.claims()
    desk.rows.failing = {"mark"}
    for number in range(UNMARKED + 1):
        with pytest.raises(DependencyDown):
            await claims.end(str(number), SENT)
        assert claims.unmarked(str(number)) == SENT
    assert claims.unmarked("0") is None
    assert claims.unmarked("1") == SENT


async def test_a_message_sent_under_a_lost_claim_counts_as_sent_and_doubtful(desk: Desk) -> None:
    desk.rows.rows[KEY] = Claimed(OTHER, NOON + LEASE)
    assert await desk.claims().end(KEY, SENT) == SENT
    assert desk.meter.doubts == {"claim_lost": 1}


@pytest.mark.parametrize("theirs", [Sent(7, NOON), Refused(OutcomeKind.UNREACHABLE, "blocked", NOON)])
async def test_after_a_refusal_under_a_lost_claim_the_end_of_the_other_counts(
    desk: Desk, theirs: Sent | Refused
) -> None:
    desk.rows.rows[KEY] = theirs
    assert await desk.claims().end(KEY, REFUSED) == theirs
    assert desk.meter.doubts == {}


async def test_after_a_refusal_under_a_lost_claim_the_other_may_still_try(desk: Desk) -> None:
    desk.rows.rows[KEY] = Claimed(OTHER, NOON + LEASE)
    claims = desk.claims()
    with pytest.raises(Park) as parked:
        await claims.end(KEY, REFUSED)
    assert parked.value.delay == CONTENDED_SECONDS
    assert claims.unmarked(KEY) is None
