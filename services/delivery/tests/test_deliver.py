"""The way of a command through all its ends, over the tables in memory."""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import timedelta

import pytest

from lbc_contracts.messages import MAX_REFRESHES, OutcomeKind, Send, StepDue, Text
from lbc_contracts.topology import MEDIA, TTS
from lbc_delivery.adapters.memory import MemoryDeliveries
from lbc_delivery.app.claims import UNMARKED, Claims
from lbc_delivery.app.pause import Pause
from lbc_delivery.app.ports import ChatAction, FateUnknownError, NotSentError, Receipt
from lbc_delivery.domain.claims import CLOCK_SKEW, NOBODY, Claimed, Refused, Sent
from lbc_delivery.domain.drafts import TextDraft, VideoDraft
from lbc_delivery.domain.patience import DELAYS
from lbc_delivery.domain.sources import FileId, Url, file_key
from lbc_runtime.errors import DependencyDown, Invalid, Park, RuntimeSignal

from .conftest import LEASE, ME, NOON, OTHER, Bench, FakeClock, link, refused, speech, text, video

BLOCKED = refused(403, "Forbidden: bot was blocked by the user")
NOT_FETCHED = refused(400, "Bad Request: failed to get HTTP URL content")
BAD_FILE = refused(400, "Bad Request: wrong file identifier/HTTP URL specified")
BAD_HTML = refused(400, "Bad Request: can't parse entities: unclosed tag")


async def test_a_text_is_sent_marked_and_reported(bench: Bench) -> None:
    await bench.handle(text())
    assert bench.api.drafts == [TextDraft(42, "<b>Done</b>")]
    assert bench.api.actions == []
    assert bench.rows.rows == {text().id: Sent(101, NOON)}
    (outcome,) = bench.outcomes
    assert (outcome.kind, outcome.message_id, outcome.at) == (OutcomeKind.DELIVERED, 101, NOON)
    assert not outcome.refused
    assert bench.meter.sends == {("text", "sent"): 1}


async def test_media_shows_what_comes_and_remembers_the_file(bench: Bench) -> None:
    await bench.handle(video())
    assert bench.api.actions == [ChatAction.UPLOAD_VIDEO]
    assert bench.files.file_ids == {file_key("demo", link()): "file-1"}
    await bench.handle(video(id="demo:43:1:video:1"))
    sources = [draft.source for draft in bench.api.drafts if isinstance(draft, VideoDraft)]
    assert sources == [Url(link().url), FileId("file-1")]
    assert bench.api.actions == [ChatAction.UPLOAD_VIDEO]
    assert bench.meter.files == {"miss": 1, "hit": 1}


async def test_speech_is_recorded_for_all_to_see(bench: Bench) -> None:
    await bench.handle(speech())
    assert bench.api.actions == [ChatAction.RECORD_VOICE]
    assert bench.meter.sends == {("speech", "sent"): 1}


@pytest.mark.parametrize("error", [BLOCKED, NotSentError("no"), FateUnknownError("timeout")])
async def test_a_chat_action_never_fails_the_message(bench: Bench, error: Exception) -> None:
    bench.api.action_error = error
    await bench.handle(video())
    assert bench.outcomes[0].kind is OutcomeKind.DELIVERED


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


async def test_a_flood_parks_the_command_and_those_behind_it(bench: Bench) -> None:
    bench.api.answers.append(refused(429, "Too Many Requests: retry after 30", retry_after=30.0))
    with pytest.raises(Park) as first:
        await bench.handle(text())
    assert first.value.delay >= 30
    assert bench.rows.rows == {}
    bench.clock.seconds += 1
    with pytest.raises(Park) as second:
        await bench.handle(video())
    assert 29 <= second.value.delay <= 30
    await bench.handle(text(id="demo:7:1:done:1", user_id=7, chat_id=7))
    bench.clock.seconds += 30
    await bench.handle(text())
    assert [outcome.command_id for outcome in bench.outcomes] == ["demo:7:1:done:1", text().id]
    assert bench.meter.doubts == {}


async def test_a_flood_slows_everything_down() -> None:
    bench = Bench(rate=30)
    bench.api.answers.append(refused(429, "Too Many Requests", retry_after=1.0))
    with pytest.raises(Park):
        await bench.handle(text())
    assert bench.pace.rate(bench.clock.seconds) == 15


async def test_a_blocked_person_is_unreachable_and_stays_refused(bench: Bench) -> None:
    bench.api.answers.append(BLOCKED)
    await bench.handle(text())
    bench.clock.seconds = 50
    await bench.handle(text(), redelivered=True)
    assert len(bench.api.drafts) == 1
    for outcome in bench.outcomes:
        assert (outcome.kind, outcome.reason, outcome.refused, outcome.at) == (
            OutcomeKind.UNREACHABLE,
            "blocked",
            True,
            NOON,
        )
    assert len(bench.outcomes) == 2


async def test_who_came_back_during_the_request_is_not_gone(bench: Bench) -> None:
    def slow() -> Receipt:
        bench.clock.seconds += 5
        raise BLOCKED

    bench.api.answers.append(slow)
    await bench.handle(text())
    assert bench.outcomes[0].at == NOON


async def test_what_telegram_never_takes_is_told_and_dead(bench: Bench) -> None:
    bench.api.answers.append(BAD_HTML)
    with pytest.raises(Invalid) as invalid:
        await bench.handle(text())
    assert invalid.value.reason == "bad-html"
    assert "unclosed tag" in invalid.value.detail
    assert bench.rows.rows == {text().id: Refused(OutcomeKind.FAILED, "bad-html", NOON)}
    assert (bench.outcomes[0].kind, bench.outcomes[0].refused) == (OutcomeKind.FAILED, True)
    await bench.handle(text())
    assert len(bench.api.drafts) == 1


@pytest.mark.parametrize("status", [401, 404])
async def test_a_bad_token_is_a_dependency_that_is_down(bench: Bench, status: int) -> None:
    bench.api.answers.append(refused(status, "Unauthorized"))
    with pytest.raises(DependencyDown) as down:
        await bench.handle(text())
    assert down.value.dependency == "telegram"
    assert bench.rows.rows == {}


async def test_a_refused_file_is_forgotten_and_the_link_used(bench: Bench) -> None:
    bench.files.file_ids[file_key("demo", link())] = "stale"
    bench.api.answers.append(BAD_FILE)
    await bench.handle(video())
    sources = [draft.source for draft in bench.api.drafts if isinstance(draft, VideoDraft)]
    assert sources == [FileId("stale"), Url(link().url)]
    assert bench.files.file_ids == {file_key("demo", link()): "file-1"}
    assert bench.api.actions == [ChatAction.UPLOAD_VIDEO]
    assert bench.meter.files["refused"] == 1


async def test_a_refused_file_beside_an_old_link_asks_for_a_fresh_one(bench: Bench) -> None:
    bench.files.file_ids[file_key("demo", link())] = "stale"
    bench.api.answers.append(BAD_FILE)
    await bench.handle(video(link=link(minutes=3)))
    ((back, queue),) = bench.publisher.published
    assert queue is MEDIA
    assert isinstance(back, Send)
    assert back.link is None
    assert bench.rows.rows == {}
    assert bench.files.file_ids == {}


@pytest.mark.parametrize("error", [NOT_FETCHED, BAD_FILE])
async def test_what_telegram_cannot_fetch_becomes_a_link(bench: Bench, error: Exception) -> None:
    bench.api.answers.append(error)
    await bench.handle(video())
    draft = bench.api.drafts[-1]
    assert isinstance(draft, TextDraft)
    assert [[(b.label, b.url, b.data) for b in row] for row in draft.buttons] == [
        [("open", link().url, None)],
        [("Again", None, "watch_video:1:v")],
    ]
    assert bench.outcomes[0].kind is OutcomeKind.DELIVERED
    assert bench.meter.sends == {("fallback", "sent"): 1}
    assert bench.files.file_ids == {}


async def test_without_a_fallback_it_fails(bench: Bench) -> None:
    bench.api.answers.append(NOT_FETCHED)
    with pytest.raises(Invalid):
        await bench.handle(video(fallback=None))
    assert bench.outcomes[0].reason == "not-fetched"


async def test_a_refused_fallback_fails_too(bench: Bench) -> None:
    bench.api.answers.extend([NOT_FETCHED, BAD_HTML])
    with pytest.raises(Invalid):
        await bench.handle(video())
    assert bench.outcomes[0].reason == "bad-html"


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


async def test_an_ageing_link_is_renewed_by_who_made_it(bench: Bench) -> None:
    await bench.handle(video(link=link(minutes=9)))
    await bench.handle(speech(link=None, refreshes=1))
    assert [(m.refreshes, m.link, to) for m, to in bench.publisher.published if isinstance(m, Send)] == [
        (1, None, MEDIA),
        (2, None, TTS),
    ]
    assert bench.api.drafts == []
    assert bench.rows.rows == {}


async def test_without_any_fresh_link_it_fails_but_may_be_asked_for_again(bench: Bench) -> None:
    exhausted = video(link=link(minutes=0), refreshes=MAX_REFRESHES)
    with pytest.raises(Invalid) as invalid:
        await bench.handle(exhausted)
    assert invalid.value.reason == "link-expired"
    assert (bench.outcomes[0].kind, bench.outcomes[0].refused) == (OutcomeKind.FAILED, False)
    await bench.handle(video())
    assert bench.outcomes[1].kind is OutcomeKind.DELIVERED


async def test_an_old_copy_of_a_delivered_command_is_only_reported(bench: Bench) -> None:
    await bench.handle(video())
    for copy in (video(link=None), video(link=link(minutes=0, etag="e2"), refreshes=MAX_REFRESHES)):
        await bench.handle(copy)
    assert [outcome.kind for outcome in bench.outcomes] == [OutcomeKind.DELIVERED] * 3
    assert len(bench.api.drafts) == 1


async def test_an_old_copy_of_a_claimed_command_waits(bench: Bench) -> None:
    bench.rows.rows[video().id] = Claimed(OTHER, NOON + LEASE)
    with pytest.raises(Park):
        await bench.handle(video(link=None))
    assert bench.publisher.published == []


async def test_copies_at_the_same_time_are_sent_once(bench: Bench) -> None:
    results = await asyncio.gather(*(bench.handle(text()) for _ in range(10)), return_exceptions=True)
    assert all(result is None or isinstance(result, RuntimeSignal) for result in results)
    assert len(bench.api.drafts) == 1


async def test_a_busy_chat_does_not_keep_others_waiting_for_ever(bench: Bench) -> None:
    bench.api.free.clear()
    first = asyncio.create_task(bench.handle(text()))
    await bench.api.asked.wait()
    with pytest.raises(Park) as parked:
        await bench.handle(video())
    assert parked.value.reason == "chat-busy"
    bench.api.free.set()
    await first
    await bench.handle(video())
    assert len(bench.outcomes) == 2


async def test_a_chat_hears_one_message_a_second() -> None:
    bench = Bench(chat_rate=1)
    await bench.handle(text())
    await bench.handle(text(id="b"))
    assert bench.clock.slept == [1.0]
    bench.clock.seconds += 0.5
    await bench.handle(text(id="c", chat_id=7))
    assert bench.clock.slept == [1.0]


async def test_a_long_wait_for_the_chat_is_parked() -> None:
    bench = Bench(chat_rate=0.2)
    await bench.handle(text())
    with pytest.raises(Park) as parked:
        await bench.handle(text(id="b"))
    assert (parked.value.reason, parked.value.delay) == ("chat-pace", 5)


async def test_a_long_wait_for_the_pace_is_parked() -> None:
    bench = Bench(rate=0.05)
    await bench.handle(text())
    with pytest.raises(Park) as parked:
        await bench.handle(text(id="b", chat_id=7))
    assert parked.value.reason == "pace"


async def test_a_pause_holds_everything(bench: Bench) -> None:
    bench.switch.on = True
    with pytest.raises(DependencyDown) as down:
        await bench.handle(text())
    assert down.value.dependency == "paused"
    assert bench.api.drafts == []
    bench.switch.on = False
    await bench.handle(text())
    assert len(bench.outcomes) == 1


async def test_before_the_row_was_read_nothing_is_sent(bench: Bench) -> None:
    with pytest.raises(DependencyDown):
        bench.pause.check()


async def test_the_row_is_read_again_and_again_whatever_happens() -> None:
    readings: deque[bool | Exception] = deque(
        [False, DependencyDown("dynamodb"), TypeError("a row that nobody can read"), True, False]
    )
    seen: list[bool] = []

    class Switch:
        async def paused(self) -> bool:
            reading = readings.popleft()
            if isinstance(reading, Exception):
                raise reading
            return reading

    class Looking(FakeClock):
        async def sleep(self, seconds: float) -> None:
            seen.append(_paused(pause))
            if not readings:
                raise asyncio.CancelledError
            await super().sleep(seconds)

    clock = Looking()
    pause = Pause(Switch(), clock, 3)
    with pytest.raises(asyncio.CancelledError):
        await pause.watch()
    assert seen == [False, False, False, True, False]
    assert clock.slept == [3] * 4


def _paused(pause: Pause) -> bool:
    try:
        pause.check()
    except DependencyDown:
        return True
    return False


async def test_what_is_not_ours_is_invalid(bench: Bench) -> None:
    due = StepDue(
        id="d", correlation_id="c", time=NOON, bot="demo", user_id=1, session=1, step="video", attempt=1, wake=0
    )
    for message, reason in ((due, "not-a-command"), (text(bot="other"), "other-bot")):
        with pytest.raises(Invalid) as invalid:
            await bench.handle(message)
        assert invalid.value.reason == reason


async def test_a_text_needs_no_link_and_no_fallback(bench: Bench) -> None:
    await bench.handle(text(content=Text(html="x" * 5000)))
    (draft,) = bench.api.drafts
    assert isinstance(draft, TextDraft)
    assert len(draft.html) == 4096
