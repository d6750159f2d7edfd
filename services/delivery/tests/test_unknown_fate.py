"""A send of which nobody knows whether it happened: when it is tried again, and where that ends."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from delivery_world.bench import Bench
from delivery_world.commands import LEASE, ME, NOON, NOT_FETCHED, OTHER, refused, text, video

from lbc_contracts.messages import OutcomeKind
from lbc_delivery.app.ports import FateUnknownError, NotSentError, Receipt
from lbc_delivery.domain.claims import NOBODY, Claimed, Refused, Sent
from lbc_delivery.domain.patience import DELAYS
from lbc_runtime.errors import DependencyDown, Invalid, Park

CAUSES = ["timeout", "dropped", "http_5xx", "unreadable"]


@pytest.mark.parametrize("cause", CAUSES)
async def test_an_unknown_fate_is_the_matter_of_this_message_while_telegram_answers(bench: Bench, cause: str) -> None:
    bench.api.answers.append(FateUnknownError(cause))
    with pytest.raises(Park) as parked:
        await bench.handle(text())
    assert (parked.value.reason, parked.value.delay) == ("fate-unknown", DELAYS[0])
    assert bench.rows.rows == {text().id: Claimed(NOBODY, NOON, doubtful=1)}
    assert bench.api.probes == 1
    await bench.restarted().handle(text())
    assert bench.meter.doubts == {cause: 1}
    assert isinstance(bench.rows.rows[text().id], Sent)
    assert len(bench.outcomes) == 1


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("probe", [NotSentError("no"), FateUnknownError("http_5xx"), refused(401, "Unauthorized")])
async def test_an_unknown_fate_while_telegram_is_down_costs_the_command_none_of_its_sends(
    bench: Bench, cause: str, probe: Exception
) -> None:
    bench.api.probe_error = probe
    for outage in range(10):
        bench.clock.seconds = 100 * outage
        bench.api.answers.append(FateUnknownError(cause))
        with pytest.raises(DependencyDown) as down:
            await bench.handle(text())
        assert down.value.dependency == "telegram"
        assert bench.rows.rows == {text().id: Claimed(ME, bench.clock.now() + LEASE)}
    bench.api.probe_error = None
    await bench.handle(text())
    assert bench.meter.doubts == {cause: 10}
    assert [outcome.kind for outcome in bench.outcomes] == [OutcomeKind.DELIVERED]


async def test_one_command_of_unknown_fate_is_sent_only_so_often(bench: Bench) -> None:
    """Whoever handles it: the count is in the row."""
    bench.api.answers.extend([FateUnknownError("timeout")] * 10)
    delays = []
    for process in (bench, bench.restarted()):
        with pytest.raises(Park) as parked:
            await process.handle(text())
        delays.append(parked.value.delay)
        bench.clock.seconds += parked.value.delay
    assert delays == [*DELAYS[:2]]
    with pytest.raises(Invalid) as given_up:
        await bench.handle(text())
    assert given_up.value.reason == "fate-unknown"
    assert len(bench.api.drafts) == 3
    assert bench.meter.doubts == {"timeout": 3}
    assert bench.rows.rows == {text().id: Refused(OutcomeKind.FAILED, "fate-unknown", bench.clock.now())}
    (outcome,) = bench.outcomes
    assert (outcome.kind, outcome.refused) == (OutcomeKind.FAILED, True)


@pytest.mark.parametrize(
    "between", [NotSentError("no"), refused(429, "Too Many Requests", retry_after=1.0), refused(401, "Unauthorized")]
)
async def test_what_was_surely_not_sent_does_not_reset_the_count(bench: Bench, between: Exception) -> None:
    bench.api.answers.extend([FateUnknownError("timeout"), between, FateUnknownError("timeout")])
    for count in (1, 1, 2):
        with pytest.raises((Park, DependencyDown)):
            await bench.handle(text())
        bench.clock.seconds += 60
        row = bench.rows.rows[text().id]
        assert isinstance(row, Claimed)
        assert (row.owner, row.doubtful) == (NOBODY, count)


async def test_a_fallback_of_unknown_fate_counts_too(bench: Bench) -> None:
    bench.api.answers.extend([NOT_FETCHED, FateUnknownError("timeout")])
    with pytest.raises(Park):
        await bench.handle(video())
    row = bench.rows.rows[video().id]
    assert isinstance(row, Claimed)
    assert row.doubtful == 1


async def test_a_count_that_the_table_did_not_take_waits_for_the_table(bench: Bench) -> None:
    def vanished() -> Receipt:
        bench.rows.failing.add("claim")
        raise FateUnknownError("timeout")

    bench.api.answers.append(vanished)
    with pytest.raises(DependencyDown) as down:
        await bench.handle(text())
    assert down.value.dependency == "dynamodb"
    bench.rows.failing.clear()
    await bench.handle(text())
    assert len(bench.outcomes) == 1


async def test_an_unknown_fate_under_a_claim_that_was_lost_leaves_the_row_alone(bench: Bench) -> None:
    theirs = Claimed(OTHER, NOON + timedelta(minutes=1))

    def overtaken() -> Receipt:
        bench.rows.rows[text().id] = theirs
        raise FateUnknownError("timeout")

    bench.api.answers.append(overtaken)
    with pytest.raises(Park):
        await bench.handle(text())
    assert bench.rows.rows == {text().id: theirs}


async def test_an_unknown_fate_has_an_end_by_age_as_well(bench: Bench) -> None:
    bench.api.answers.append(FateUnknownError("http_5xx"))
    with pytest.raises(Invalid) as given_up:
        await bench.handle(text(time=NOON - timedelta(days=1)))
    assert given_up.value.reason == "fate-unknown"
    assert (bench.outcomes[0].kind, bench.outcomes[0].refused) == (OutcomeKind.FAILED, True)
    assert bench.api.probes == 0


async def test_a_cancelled_send_is_doubtful(bench: Bench) -> None:
    def cancelled() -> Receipt:
        raise asyncio.CancelledError

    bench.api.answers.append(cancelled)
    with pytest.raises(asyncio.CancelledError):
        await bench.handle(text())
    assert bench.meter.doubts == {"cancelled": 1}
