from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbc_contracts.messages import Outcome, OutcomeKind, Send, Speech, Text, Video
from lbc_contracts.topology import DELIVERY, OUTCOMES
from lbc_runtime.errors import DependencyDown, Invalid
from lbc_runtime.objects import Bucket
from lbc_tts.domain.speech import SpeechRefusedError, speech_key

from .conftest import HELLO, NOON, Bench, command


def passed_on(bench: Bench) -> list[Send]:
    assert all(queue is DELIVERY for _, queue in bench.publisher.published)
    return [message for message, _ in bench.publisher.published if isinstance(message, Send)]


async def test_speech_is_made_stored_and_passed_on(bench: Bench) -> None:
    asked = command()
    await bench.handle(asked)
    (sent,) = passed_on(bench)
    assert sent.model_copy(update={"link": None}) == asked
    assert sent.link is not None
    key = speech_key("demo", "fake-neural", HELLO)
    assert sent.link.url.startswith(f"http://s3.test/tts/{key}?")
    assert sent.link.expires_at == NOON + timedelta(hours=24)
    assert (sent.link.object_key, sent.link.content_type, sent.link.size) == (f"tts/{key}", "audio/mpeg", 14)
    assert bench.engine.spoken == [("Hello there.", "en-US", "Matthew")]
    assert bench.results == {"made": 1}


async def test_equal_greetings_are_made_once(bench: Bench) -> None:
    for person in range(3):
        await bench.handle(command(user_id=person))
    assert len(bench.engine.spoken) == 1
    assert len(passed_on(bench)) == 3
    assert bench.results == {"made": 1, "cached": 2}


async def test_equal_greetings_at_once_are_made_once(bench: Bench) -> None:
    await asyncio.gather(*(bench.handle(command(user_id=person)) for person in range(10)))
    assert len(bench.engine.spoken) == 1
    assert len({sent.user_id for sent in passed_on(bench)}) == 10
    assert bench.results == {"made": 1, "cached": 9}


async def test_stored_speech_that_is_refused_is_told_and_named(bench: Bench) -> None:
    bench.store.forbidden = True
    with pytest.raises(Invalid, match="tts/") as caught:
        await bench.handle(command())
    assert caught.value.reason == "object-forbidden"
    ((outcome, queue),) = bench.publisher.published
    assert queue is OUTCOMES
    assert isinstance(outcome, Outcome)
    assert (outcome.kind, outcome.reason) == (OutcomeKind.FAILED, "object-forbidden")


async def test_another_process_finds_what_was_made(bench: Bench) -> None:
    await bench.handle(command())
    bench.speaker = bench.new_process(bench.engine)
    await bench.handle(command())
    assert len(bench.engine.spoken) == 1
    assert bench.results == {"made": 1, "cached": 1}


async def test_whatever_changes_the_sound_is_made_anew(bench: Bench) -> None:
    for change in ({}, {"words": "Hello"}, {"language": "es-ES"}, {"voice": "Joanna"}, {"engine": "standard"}):
        await bench.handle(command(HELLO.model_copy(update=change)))
    await bench.handle(command(bot="other"))
    assert len(bench.engine.spoken) == 6


async def test_what_does_not_change_the_sound_is_not(bench: Bench) -> None:
    await bench.handle(command())
    await bench.handle(command(HELLO.model_copy(update={"title": "Other", "caption": "other"})))
    assert len(bench.engine.spoken) == 1


async def test_speech_refused_for_good_is_told_and_named(bench: Bench) -> None:
    bench.engine.error = SpeechRefusedError("voice-unknown", "voice Matthew")
    with pytest.raises(
        Invalid, match=r"voice Matthew \(tts/demo/en-US/Matthew/fake-neural/[0-9a-f]{64}\.mp3\)"
    ) as caught:
        await bench.handle(command())
    assert caught.value.reason == "voice-unknown"
    ((outcome, queue),) = bench.publisher.published
    assert queue is OUTCOMES
    assert isinstance(outcome, Outcome)
    assert (outcome.kind, outcome.reason, outcome.refused) == (OutcomeKind.FAILED, "voice-unknown", False)
    assert bench.results == {"failed": 1}

    bench.publisher.published.clear()
    bench.engine.error = None
    await bench.handle(command())
    assert [sent.id for sent in passed_on(bench)] == ["demo:42:1:greeting:1"]


@pytest.mark.parametrize(
    "change",
    [{"voice": "../../secrets"}, {"language": ""}, {"voice": "x" * 65}, {"voice": "a b"}, {"engine": "../secrets"}],
)
async def test_a_name_that_is_none_makes_no_key(bench: Bench, change: dict[str, str]) -> None:
    with pytest.raises(Invalid, match="unknown"):
        await bench.handle(command(HELLO.model_copy(update=change)))
    ((outcome, queue),) = bench.publisher.published
    assert queue is OUTCOMES
    assert isinstance(outcome, Outcome)
    assert not bench.engine.spoken


async def test_an_engine_that_is_down_is_not_the_messages_fault(bench: Bench) -> None:
    bench.engine.error = DependencyDown("polly")
    with pytest.raises(DependencyDown):
        await bench.handle(command())
    assert not bench.publisher.published
    bench.engine.error = None
    await bench.handle(command())
    assert bench.results == {"made": 1}


async def test_a_store_that_is_down_is_not_the_messages_fault(bench: Bench) -> None:
    bench.store.down = True
    with pytest.raises(DependencyDown, match="s3"):
        await bench.handle(command())
    assert not bench.publisher.published


async def test_no_dead_letter_before_the_person_is_told(bench: Bench) -> None:
    bench.engine.error = SpeechRefusedError("voice-unknown", "voice Matthew")
    bench.publisher.down = True
    with pytest.raises(DependencyDown, match="rabbitmq"):
        await bench.handle(command())


@pytest.mark.parametrize("content", [Text(html="x"), Video(object_key="x", caption="x")])
async def test_what_is_no_speech_is_invalid(bench: Bench, content: Text | Video) -> None:
    with pytest.raises(Invalid, match="not-speech"):
        await bench.handle(command(content))
    assert not bench.publisher.published


async def test_on_a_real_bucket(bench: Bench, bucket: Bucket) -> None:
    bench.speaker = bench.new_process(bench.engine, bucket)
    await bench.handle(command())
    bench.speaker = bench.new_process(bench.engine, bucket)
    await bench.handle(command())
    first, second = passed_on(bench)
    assert first.link == second.link
    assert len(bench.engine.spoken) == 1


NAMES = st.text(st.sampled_from("abAB09-"), min_size=1, max_size=8)
SPEECHES = st.builds(
    Speech,
    words=st.text(min_size=1, max_size=20),
    language=NAMES,
    voice=NAMES,
    title=st.just("t"),
    caption=st.just("c"),
)


@given(SPEECHES, SPEECHES, NAMES, NAMES)
def test_keys_are_equal_only_for_equal_sounds(one: Speech, other: Speech, by: str, by_other: str) -> None:
    same = (one.words, one.language, one.voice, by) == (other.words, other.language, other.voice, by_other)
    assert (speech_key("demo", by, one) == speech_key("demo", by_other, other)) == same
    assert speech_key("demo", by, one).startswith("demo/")
