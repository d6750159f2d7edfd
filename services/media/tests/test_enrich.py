"""One suite on the fake bucket and on moto's: they behave alike."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from lbc_contracts.messages import MAX_REFRESHES, Link, Outcome, OutcomeKind, Send, Speech, Text
from lbc_contracts.topology import DELIVERY, OUTCOMES
from lbc_runtime.errors import DependencyDown, Invalid

from .conftest import KEY, NOON, Bench, FakeAssets, command, fake_bench


def passed_on(bench: Bench) -> Send:
    ((message, queue),) = bench.publisher.published
    assert queue is DELIVERY
    assert isinstance(message, Send)
    return message


async def test_a_video_is_passed_on_with_a_link_and_nothing_else_changed(bench: Bench) -> None:
    await bench.put(KEY, b"frames", "video/mp4")
    asked = command()
    await bench.handle(asked)
    sent = passed_on(bench)
    assert sent.model_copy(update={"link": None}) == asked
    assert sent.link is not None
    assert sent.link.url.startswith(f"http://s3.test/{bench.assets.name}/{KEY}?X-Amz-Algorithm=")
    assert sent.link.expires_at == NOON + timedelta(hours=24)
    assert (sent.link.object_key, sent.link.content_type, sent.link.size) == (
        f"{bench.assets.name}/{KEY}",
        "video/mp4",
        6,
    )
    assert sent.link.etag
    assert '"' not in sent.link.etag
    assert bench.results == {"signed": 1}


async def test_a_command_that_comes_back_gets_a_fresh_link(bench: Bench) -> None:
    await bench.put(KEY, b"frames", "video/mp4")
    old = Link(
        url="http://old", expires_at=NOON, object_key=f"assets/{KEY}", content_type="video/mp4", size=6, etag="old"
    )
    await bench.handle(command(link=old, refreshes=MAX_REFRESHES))
    sent = passed_on(bench)
    assert sent.link is not None
    assert sent.link.expires_at > NOON
    assert sent.refreshes == MAX_REFRESHES


async def test_a_missing_video_is_told_and_named_and_found_after_a_redrive(bench: Bench) -> None:
    with pytest.raises(Invalid, match=f"{bench.assets.name}/{KEY}") as caught:
        await bench.handle(command())
    assert caught.value.reason == "object-missing"
    ((outcome, queue),) = bench.publisher.published
    assert queue is OUTCOMES
    assert isinstance(outcome, Outcome)
    assert (outcome.kind, outcome.reason, outcome.refused) == (OutcomeKind.FAILED, "object-missing", False)
    assert (outcome.command_id, outcome.correlation_id) == ("demo:42:1:video:1", "demo:update:7")

    bench.publisher.published.clear()
    await bench.put(KEY, b"frames", "video/mp4")
    await bench.clock.sleep(5)
    await bench.handle(command())
    assert passed_on(bench).id == "demo:42:1:video:1"
    assert bench.results == {"object-missing": 1, "signed": 1}


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"", "video/mp4", "object-empty"),
        (b"text", "text/plain", "object-wrong-type"),
        (b"frames", "binary/octet-stream", "object-wrong-type"),
        (bytes(20 * 1024 * 1024 + 1), "video/mp4", "object-too-large"),
    ],
)
async def test_what_telegram_would_not_take_is_not_sent(
    bench: Bench, body: bytes, content_type: str, reason: str
) -> None:
    await bench.put(KEY, body, content_type)
    with pytest.raises(Invalid, match=f"{bench.assets.name}/{KEY}") as caught:
        await bench.handle(command())
    assert caught.value.reason == reason
    ((outcome, _),) = bench.publisher.published
    assert isinstance(outcome, Outcome)
    assert outcome.reason == reason


async def test_an_object_that_is_refused_is_told_and_named_and_holds_up_nobody() -> None:
    bench = fake_bench()
    assert isinstance(bench.assets.bucket, FakeAssets)
    bench.assets.bucket.forbidden = {KEY}
    with pytest.raises(Invalid, match=f"assets/{KEY}") as caught:
        await bench.handle(command())
    assert caught.value.reason == "object-forbidden"
    ((outcome, queue),) = bench.publisher.published
    assert queue is OUTCOMES
    assert isinstance(outcome, Outcome)
    assert (outcome.kind, outcome.reason, outcome.refused) == (OutcomeKind.FAILED, "object-forbidden", False)
    assert bench.results == {"object-forbidden": 1}


async def test_the_bucket_is_asked_once_for_many_people(bench: Bench) -> None:
    await bench.put(KEY, b"frames", "video/mp4")
    await asyncio.gather(*(bench.handle(command(user_id=person)) for person in range(10)))
    assert bench.assets.heads == 1
    await bench.clock.sleep(61)
    await bench.handle(command())
    assert bench.assets.heads == 2


async def test_a_bucket_that_is_away_is_not_the_messages_fault(bench: Bench) -> None:
    await bench.break_down()
    with pytest.raises(DependencyDown) as caught:
        await bench.handle(command())
    assert caught.value.dependency == "s3"
    assert not bench.publisher.published
    assert not bench.results


async def test_no_dead_letter_before_the_person_is_told(bench: Bench) -> None:
    bench.publisher.down = True
    with pytest.raises(DependencyDown) as caught:
        await bench.handle(command())
    assert caught.value.dependency == "rabbitmq"


@pytest.mark.parametrize(
    "content", [Text(html="x"), Speech(words="x", language="en-US", voice="Matthew", title="x", caption="x")]
)
async def test_what_is_no_video_is_invalid(bench: Bench, content: Text | Speech) -> None:
    with pytest.raises(Invalid, match="not-a-video"):
        await bench.handle(command(content=content))
    assert not bench.publisher.published
