"""The way of a command through all its ends, over the tables in memory."""

from __future__ import annotations

import pytest
from delivery_world.bench import Bench
from delivery_world.commands import BAD_FILE, BLOCKED, NOON, NOT_FETCHED, link, refused, speech, text, video

from lbc_contracts.messages import MAX_REFRESHES, OutcomeKind, Send, StepDue, Text
from lbc_contracts.topology import MEDIA, TTS
from lbc_delivery.app.ports import ChatAction, FateUnknownError, NotSentError, Receipt
from lbc_delivery.domain.claims import Refused, Sent
from lbc_delivery.domain.drafts import TextDraft, VideoDraft
from lbc_delivery.domain.sources import FileId, Url, file_key
from lbc_runtime.errors import DependencyDown, Invalid

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
