"""Who may send a command: claims that live, die, are lost and are renewed, and copies of one command."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from delivery_world.bench import Bench
from delivery_world.commands import BAD_FILE, BLOCKED, LEASE, ME, NOON, NOT_FETCHED, OTHER, link, text, video

from lbc_contracts.messages import OutcomeKind
from lbc_delivery.adapters.memory import MemoryDeliveries
from lbc_delivery.app.claims import UNMARKED, Claims
from lbc_delivery.app.ports import NotSentError, Receipt
from lbc_delivery.domain.claims import CLOCK_SKEW, Claimed, Sent
from lbc_delivery.domain.sources import file_key
from lbc_runtime.errors import DependencyDown, Park, RuntimeSignal


async def test_a_redelivered_command_is_reported_again_word_for_word(bench: Bench) -> None:
    await bench.handle(text())
    bench.clock.seconds = 100
    again = text(correlation_id="demo:update:8")
    await bench.restarted().handle(again, redelivered=True)
    first, second = bench.outcomes
    assert len(bench.api.drafts) == 1
    assert (second.id, second.at, second.message_id) == (first.id, first.at, first.message_id)
    assert second.correlation_id == "demo:update:8"


async def test_a_live_claim_of_another_is_waited_for(bench: Bench) -> None:
    bench.rows.rows[text().id] = Claimed(OTHER, NOON + LEASE)
    with pytest.raises(Park) as parked:
        await bench.handle(text())
    assert parked.value.delay == (LEASE + CLOCK_SKEW).total_seconds()
    assert bench.api.drafts == []
    assert bench.outcomes == []


async def test_a_dead_claim_is_sent_again_and_counted(bench: Bench) -> None:
    bench.rows.rows[text().id] = Claimed(OTHER, NOON - CLOCK_SKEW)
    await bench.handle(text())
    assert len(bench.api.drafts) == 1
    assert bench.meter.doubts == {"dead_claim": 1}


async def test_a_claim_holds_for_a_lease_and_is_renewed_when_a_request_would_outlast_it(bench: Bench) -> None:
    claim = await bench.claims.take("c")
    assert claim == bench.rows.rows["c"] == Claimed(ME, NOON + LEASE)
    bench.clock.seconds = 15
    assert await bench.claims.cover("c", claim) is claim
    bench.clock.seconds = 16
    renewed = Claimed(ME, NOON + timedelta(seconds=16) + LEASE)
    assert await bench.claims.cover("c", claim) == bench.rows.rows["c"] == renewed


async def test_a_row_that_others_keep_changing_is_left_for_later(bench: Bench) -> None:
    class Restless(MemoryDeliveries):
        async def claim(self, command_id: str, claim: Claimed, *, over: Claimed | None) -> Claimed:
            assert (command_id, claim.owner) == (text().id, ME)
            return Claimed(OTHER, (over.until if over else NOON) - timedelta(minutes=1))

    restless = Claims(Restless(), ME, lease=LEASE, request=timedelta(seconds=15), clock=bench.clock, meter=bench.meter)
    with pytest.raises(Park) as parked:
        await restless.take(text().id)
    assert parked.value.reason == "claim-contended"
    assert bench.meter.doubts == {}


async def test_ends_that_no_table_takes_are_remembered_but_not_for_ever(bench: Bench) -> None:
    bench.rows.failing.add("mark")
    for number in range(UNMARKED + 1):
        with pytest.raises(DependencyDown):
            await bench.claims.end(str(number), Sent(number, NOON))
    assert bench.claims.unmarked("0") is None
    assert bench.claims.unmarked("1") == Sent(1, NOON)
    assert bench.claims.unmarked(str(UNMARKED)) == Sent(UNMARKED, NOON)


async def test_a_crash_in_the_middle_of_a_send_doubles_at_most_once_and_is_counted(bench: Bench) -> None:
    bench.rows.failing.add("mark")
    with pytest.raises(DependencyDown):
        await bench.handle(text())
    bench.rows.failing.clear()
    bench.clock.seconds = 60
    await bench.restarted().handle(text(), redelivered=True)
    assert len(bench.api.drafts) == 2
    assert bench.meter.doubts == {"dead_claim": 1}
    assert len(bench.outcomes) == 1


async def test_what_is_sent_but_not_marked_is_not_sent_again_by_the_same_process(bench: Bench) -> None:
    bench.rows.failing.add("mark")
    for _ in range(3):
        with pytest.raises(DependencyDown):
            await bench.handle(text())
    bench.rows.failing.clear()
    bench.clock.seconds = 600
    await bench.handle(text())
    assert len(bench.api.drafts) == 1
    assert bench.meter.doubts == {}
    assert bench.outcomes[0].at == NOON


@pytest.mark.parametrize("write", ["claim", "mark"])
async def test_a_write_whose_answer_was_lost_is_taken_for_what_it_is(bench: Bench, write: str) -> None:
    bench.rows.failing_after.add(write)
    with pytest.raises(DependencyDown):
        await bench.handle(text())
    bench.rows.failing_after.clear()
    await bench.handle(text())
    assert len(bench.api.drafts) == 1
    assert bench.meter.doubts == {}
    assert len(bench.outcomes) == 1


async def test_a_report_that_the_broker_did_not_take_is_made_again(bench: Bench) -> None:
    bench.publisher.down = True
    with pytest.raises(DependencyDown):
        await bench.handle(text())
    bench.publisher.down = False
    await bench.handle(text())
    assert len(bench.api.drafts) == 1
    assert len(bench.outcomes) == 1


async def test_what_was_surely_not_sent_is_tried_again_without_doubt(bench: Bench) -> None:
    bench.api.answers.append(NotSentError("ClientConnectorError"))
    with pytest.raises(DependencyDown) as down:
        await bench.handle(text())
    assert down.value.dependency == "telegram"
    assert bench.rows.rows == {}
    await bench.restarted().handle(text(), redelivered=True)
    assert bench.meter.doubts == {}
    assert len(bench.outcomes) == 1


async def test_several_requests_under_one_claim_renew_it(bench: Bench) -> None:
    untils = []

    def slow(error: Exception) -> Receipt:
        bench.clock.seconds += 14
        row = bench.rows.rows[video().id]
        assert isinstance(row, Claimed)
        untils.append(row.until)
        raise error

    bench.files.file_ids[file_key("demo", link())] = "stale"
    bench.api.answers.extend([lambda: slow(BAD_FILE), lambda: slow(NOT_FETCHED)])
    await bench.handle(video())
    assert untils == [NOON + LEASE, NOON + LEASE]
    assert bench.rows.rows[video().id] == Sent(103, NOON + timedelta(seconds=28))


async def test_a_claim_lost_between_two_requests_is_not_used(bench: Bench) -> None:
    def overtaken() -> Receipt:
        bench.clock.seconds += 40
        bench.rows.rows[video().id] = Claimed(OTHER, NOON + timedelta(minutes=1))
        raise NOT_FETCHED

    bench.api.answers.append(overtaken)
    with pytest.raises(Park) as parked:
        await bench.handle(video())
    assert parked.value.reason == "claim-lost"
    assert len(bench.api.drafts) == 1


async def test_a_send_that_outlives_its_claim_is_reported_and_counted(bench: Bench) -> None:
    def overtaken() -> Receipt:
        bench.rows.rows[text().id] = Claimed(OTHER, NOON + timedelta(minutes=1))
        return Receipt(7)

    bench.api.answers.append(overtaken)
    await bench.handle(text())
    assert bench.meter.doubts == {"claim_lost": 1}
    assert bench.outcomes[0].message_id == 7
    assert bench.rows.rows[text().id] == Claimed(OTHER, NOON + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("standing", "reported"),
    [(Sent(9, NOON), OutcomeKind.DELIVERED), (Claimed(OTHER, NOON + LEASE), None)],
)
async def test_a_refusal_that_outlives_its_claim_leaves_the_word_to_the_other(
    bench: Bench, standing: Sent | Claimed, reported: OutcomeKind | None
) -> None:
    def overtaken() -> Receipt:
        bench.rows.rows[text().id] = standing
        raise BLOCKED

    bench.api.answers.append(overtaken)
    if reported is None:
        with pytest.raises(Park):
            await bench.handle(text())
    else:
        await bench.handle(text())
    assert [outcome.kind for outcome in bench.outcomes] == ([reported] if reported else [])
    assert bench.rows.rows[text().id] == standing


async def test_an_old_copy_of_a_claimed_command_waits(bench: Bench) -> None:
    bench.rows.rows[video().id] = Claimed(OTHER, NOON + LEASE)
    with pytest.raises(Park):
        await bench.handle(video(link=None))
    assert bench.publisher.published == []


async def test_copies_at_the_same_time_are_sent_once(bench: Bench) -> None:
    results = await asyncio.gather(*(bench.handle(text()) for _ in range(10)), return_exceptions=True)
    assert all(result is None or isinstance(result, RuntimeSignal) for result in results)
    assert len(bench.api.drafts) == 1
