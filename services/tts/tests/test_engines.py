"""What every engine must do, on the fake one, on espeak-ng and on Polly's protocol over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from botocore.exceptions import ClientError

from lbc_runtime.clock import SystemClock
from lbc_runtime.errors import DependencyDown
from lbc_testkit.polly import SERVICE_FAILURE, THROTTLED, UNAVAILABLE, Polly, Refusal, polly
from lbc_testkit.ports import free_port
from lbc_tts.adapters.espeak import EspeakEngine
from lbc_tts.adapters.polly import PollyEngine
from lbc_tts.app.speak import Engine
from lbc_tts.domain.speech import SpeechRefusedError

from .conftest import HELLO, FakeClock, FakeEngine, connect, saying


@pytest.fixture
async def server() -> AsyncIterator[Polly]:
    async with polly() as running:
        yield running


@pytest.fixture
async def polly_engine(server: Polly) -> AsyncIterator[PollyEngine]:
    async with connect("polly", server.endpoint) as client:
        yield PollyEngine(client, SystemClock())


@pytest.fixture
def espeak_engine() -> Iterator[EspeakEngine]:
    engine = EspeakEngine()
    yield engine
    engine.close()


@pytest.fixture(params=["fake", "espeak", "polly"])
def engine(request: pytest.FixtureRequest, espeak_engine: EspeakEngine, polly_engine: PollyEngine) -> Engine:
    engines: dict[str, Engine] = {"fake": FakeEngine(), "espeak": espeak_engine, "polly": polly_engine}
    return engines[request.param]


ANOTHER_VOICE = 500
"""Bytes by which the same words differ in length when another language's voice says them."""


def is_mp3(audio: bytes) -> bool:
    """Whether it begins with an MPEG frame or a tag before one."""
    return audio[:3] == b"ID3" or (audio[0] == 0xFF and audio[1] & 0xE0 == 0xE0)


@pytest.mark.parametrize(
    ("words", "language", "voice"),
    [
        ("Welcome! This is your greeting.", "en-US", "Matthew"),
        ("¡Bienvenida! El año que viene: ñandú, 5 €.", "es-ES", "Lucia"),
        ("\u202e<b>&\u200b\U0001f600", "en-US", "Matthew"),
        ("   ", "en-US", "Matthew"),
    ],
)
async def test_words_become_mp3(engine: Engine, words: str, language: str, voice: str) -> None:
    assert is_mp3(await engine.synthesize(saying(words, language, voice)))


async def test_a_language_that_nobody_speaks_is_refused(engine: Engine) -> None:
    with pytest.raises(SpeechRefusedError) as caught:
        await engine.synthesize(saying(language="xx-XX"))
    assert caught.value.reason == "language-unknown"


async def test_many_at_once_do_not_mix(engine: Engine) -> None:
    short, long = "Hi.", "Hello and welcome to this rather long sentence, of which there is more to come."
    audio = await asyncio.gather(*(engine.synthesize(saying(words)) for words in (short, long) * 3))
    shorts, longs = audio[::2], audio[1::2]
    assert max(map(len, shorts)) < min(map(len, longs))


async def test_espeak_follows_the_language(espeak_engine: EspeakEngine) -> None:
    await espeak_engine.probe()
    english = await espeak_engine.synthesize(saying("jalapeno " * 5))
    spanish = await espeak_engine.synthesize(saying("jalapeno " * 5, "es-MX"))
    assert abs(len(english) - len(spanish)) > ANOTHER_VOICE
    assert len(await espeak_engine.synthesize(saying("a\0b", "en"))) > 500


async def test_espeak_speaks_by_the_voice_that_is_named_for_it(espeak_engine: EspeakEngine) -> None:
    words = "jalapeno " * 5
    spanish = await espeak_engine.synthesize(saying(words, "es-ES"))
    named = await espeak_engine.synthesize(saying(words, "en-US", espeak="es"))
    assert abs(len(named) - len(spanish)) < ANOTHER_VOICE
    assert is_mp3(await espeak_engine.synthesize(saying(words, "xx-XX", espeak="is")))
    with pytest.raises(SpeechRefusedError, match="no voice tlh") as caught:
        await espeak_engine.synthesize(saying(words, "en-US", espeak="tlh"))
    assert caught.value.reason == "voice-unknown"


def test_a_key_says_what_speaks(espeak_engine: EspeakEngine, polly_engine: PollyEngine) -> None:
    standard = saying(engine="standard", espeak="en-gb")
    assert [polly_engine.name(HELLO), espeak_engine.name(HELLO)] == ["polly-neural", "espeak"]
    assert [polly_engine.name(standard), espeak_engine.name(standard)] == ["polly-standard", "espeak-en-gb"]


async def test_polly_is_asked_for_a_neural_voice_where_no_engine_is_named(
    server: Polly, polly_engine: PollyEngine
) -> None:
    await polly_engine.synthesize(saying("Hola.", "es-ES", "Lucia"))
    (asked,) = server.spoken
    assert (asked.text, asked.text_type, asked.voice, asked.engine) == ("Hola.", "text", "Lucia", "neural")
    assert (asked.language, asked.output_format) == ("es-ES", "mp3")


@pytest.mark.parametrize(
    ("engine", "language", "voice"),
    [
        ("standard", "ru-RU", "Tatyana"),
        ("standard", "is-IS", "Dora"),
        ("standard", "en-US", "Matthew"),
        ("long-form", "en-US", "Ruth"),
        ("generative", "en-US", "Ruth"),
    ],
)
async def test_polly_is_asked_for_the_engine_that_is_named(
    server: Polly, polly_engine: PollyEngine, engine: str, language: str, voice: str
) -> None:
    assert is_mp3(await polly_engine.synthesize(saying("words", language, voice, engine=engine)))
    assert [(asked.engine, asked.voice) for asked in server.spoken] == [(engine, voice)]


@pytest.mark.parametrize(
    ("words", "language", "voice", "reason"),
    [
        ("words", "en-US", "Nobody", "voice-unknown"),
        ("words", "es-ES", "Matthew", "language-unknown"),
        ("words", "xx-XX", "Matthew", "language-unknown"),
        ("x" * 3001, "en-US", "Matthew", "text-too-long"),
        ("", "en-US", "Matthew", "speech-refused"),
    ],
)
async def test_what_polly_refuses_for_good(
    polly_engine: PollyEngine, words: str, language: str, voice: str, reason: str
) -> None:
    with pytest.raises(SpeechRefusedError) as caught:
        await polly_engine.synthesize(saying(words, language, voice))
    assert caught.value.reason == reason
    assert "x" * 100 not in str(caught.value)


@pytest.mark.parametrize(
    ("engine", "language", "voice"),
    [
        ("neural", "es-ES", "Conchita"),
        ("neural", "ru-RU", "Tatyana"),
        ("standard", "es-ES", "Sergio"),
        ("generative", "es-ES", "Conchita"),
        ("steam", "es-ES", "Lucia"),
    ],
)
async def test_an_engine_that_the_voice_lacks_is_refused_for_good_and_named(
    polly_engine: PollyEngine, engine: str, language: str, voice: str
) -> None:
    with pytest.raises(SpeechRefusedError, match=f"voice {voice}, engine {engine}, language {language}") as caught:
        await polly_engine.synthesize(saying("words", language, voice, engine=engine))
    assert caught.value.reason == "engine-not-supported"


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal("EngineNotSupportedException", 400, "not compatible"),
        Refusal("ValidationException", 400, "The selected engine is not supported in this region"),
    ],
    ids=lambda refusal: refusal.type,
)
async def test_other_words_for_an_engine_that_is_not_to_be_had(
    server: Polly, polly_engine: PollyEngine, refusal: Refusal
) -> None:
    server.fail(refusal, times=1)
    with pytest.raises(SpeechRefusedError) as caught:
        await polly_engine.synthesize(saying())
    assert caught.value.reason == "engine-not-supported"


@pytest.mark.parametrize(
    "refusal",
    [
        THROTTLED,
        SERVICE_FAILURE,
        UNAVAILABLE,
        Refusal("AccessDeniedException", 403, "not authorized"),
        Refusal("InvalidSignatureException", 403, "Signature expired"),
        Refusal("IncompleteSignatureException", 400, "no signature"),
        Refusal("UnrecognizedClientException", 400, "the security token is invalid"),
    ],
    ids=lambda refusal: refusal.type,
)
async def test_what_is_not_the_words_fault(server: Polly, polly_engine: PollyEngine, refusal: Refusal) -> None:
    server.fail(refusal, times=1)
    with pytest.raises(DependencyDown, match=refusal.type) as caught:
        await polly_engine.synthesize(saying())
    assert caught.value.dependency == "polly"
    assert is_mp3(await polly_engine.synthesize(saying()))


async def test_an_answer_that_nobody_foresaw_is_a_bug(server: Polly, polly_engine: PollyEngine) -> None:
    server.fail(Refusal("SurprisingException", 400, "surprise"), times=1)
    with pytest.raises(Exception, match="SurprisingException") as caught:
        await polly_engine.synthesize(saying())
    assert not isinstance(caught.value, DependencyDown | SpeechRefusedError)


async def test_polly_away_is_down_and_so_says_the_probe() -> None:
    async with connect("polly", f"http://127.0.0.1:{free_port()}") as client:
        engine = PollyEngine(client, SystemClock())
        with pytest.raises(DependencyDown):
            await engine.synthesize(saying())
        with pytest.raises(DependencyDown):
            await engine.probe()


def denied(operation: str, code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 400}}, operation)


class FailingClient:
    """Of Polly; every call ends in ``error``."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def synthesize_speech(self, **_: str) -> None:
        raise self.error

    async def describe_voices(self, **_: str) -> None:
        raise self.error


@pytest.mark.parametrize(
    "error",
    [
        denied("AssumeRoleWithWebIdentity", "InvalidIdentityToken"),
        denied("AssumeRoleWithWebIdentity", "AccessDenied"),
        denied("AssumeRole", "ValidationException"),
        RuntimeError("Credentials were refreshed, but the refreshed credentials are still expired."),
    ],
)
async def test_credentials_that_nobody_gives_are_not_the_words_fault(error: Exception) -> None:
    engine = PollyEngine(FailingClient(error), FakeClock())
    with pytest.raises(DependencyDown):
        await engine.synthesize(saying())
    with pytest.raises(DependencyDown):
        await engine.probe()


async def test_another_runtime_error_is_a_bug() -> None:
    with pytest.raises(RuntimeError, match="closed"):
        await PollyEngine(FailingClient(RuntimeError("closed")), FakeClock()).synthesize(saying())


async def test_a_role_that_may_not_list_voices_has_an_answer() -> None:
    await PollyEngine(FailingClient(denied("DescribeVoices", "AccessDeniedException")), FakeClock()).probe()


async def test_the_probe_takes_any_answer(polly_engine: PollyEngine) -> None:
    await polly_engine.probe()


async def test_our_own_rate_stays_below_pollys(server: Polly) -> None:
    clock = FakeClock()
    server.throttling = False
    async with connect("polly", server.endpoint) as client:
        engine = PollyEngine(client, clock, per_second=2.0)
        for _ in range(6):
            await engine.synthesize(saying())
        assert clock.seconds == 2.0
        clock.stopped = True
        with pytest.raises(DependencyDown, match="our own rate"):
            await asyncio.gather(*(engine.synthesize(saying()) for _ in range(30)))
