import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from botocore.exceptions import ClientError

from lbc_testkit.polly import SERVICE_FAILURE, UNAVAILABLE, Polly, polly
from lbc_testkit.polly.bucket import TokenBucket
from lbc_testkit.ports import accepts, free_port
from lbc_testkit.process import Launch, running

_SPEECH = {"OutputFormat": "mp3", "Text": "Welcome, Ana.", "VoiceId": "Matthew", "Engine": "neural"}


@pytest_asyncio.fixture
async def endpoint() -> AsyncIterator[Polly]:
    async with polly(throttling=False) as serving:
        yield serving


async def _say(speaker: Any, **changes: str) -> bytes:
    answer = await speaker.synthesize_speech(**{**_SPEECH, **changes})
    return bytes(await answer["AudioStream"].read())


async def _refusal(speaker: Any, **changes: str) -> str:
    with pytest.raises(ClientError) as refused:
        await _say(speaker, **changes)
    return str(refused.value.response["Error"]["Code"])


async def test_a_real_client_gets_an_mp3_as_long_as_its_text(endpoint: Polly, client: Any) -> None:
    async with client("polly", endpoint.endpoint) as speaker:
        answer = await speaker.synthesize_speech(**_SPEECH)
        audio = await answer["AudioStream"].read()
        assert answer["ContentType"] == "audio/mpeg"
        assert answer["RequestCharacters"] == len(_SPEECH["Text"])
        assert audio[0] == 0xFF
        assert audio[1] & 0xE0 == 0xE0
        assert len(await _say(speaker, Text="a much longer text " * 10)) > 2 * len(audio)
        assert await _say(speaker) == audio
        assert await _say(speaker, Text="Welcome, Eva.") != audio
    assert endpoint.spoken[0].voice == "Matthew"
    assert endpoint.spoken[0].language == "en-US"


async def test_ssml_is_read_and_its_tags_are_not_billed(endpoint: Polly, client: Any) -> None:
    async with client("polly", endpoint.endpoint) as speaker:
        answer = await speaker.synthesize_speech(
            **{**_SPEECH, "TextType": "ssml", "Text": "<speak>Hi <break time='1s'/>you</speak>"}
        )
        answer["AudioStream"].close()
        assert answer["RequestCharacters"] == len("Hi you")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"TextType": "ssml", "Text": "<speak>open"}, "InvalidSsmlException"),
        ({"TextType": "ssml", "Text": "<other/>"}, "InvalidSsmlException"),
        ({"Text": "a" * 3001}, "TextLengthExceededException"),
        ({"VoiceId": "Conchita"}, "ValidationException"),
        ({"Engine": "steam"}, "ValidationException"),
        ({"VoiceId": "Sergio", "Engine": "standard"}, "ValidationException"),
        ({"LanguageCode": "xx-XX"}, "ValidationException"),
        ({"LanguageCode": "es-ES"}, "LanguageNotSupportedException"),
        ({"SampleRate": "11025"}, "InvalidSampleRateException"),
        ({"VoiceId": "Nobody"}, "ValidationException"),
        ({"OutputFormat": "ogg_vorbis"}, "ValidationException"),
    ],
)
async def test_refuses_what_polly_refuses(endpoint: Polly, client: Any, changes: dict[str, str], code: str) -> None:
    async with client("polly", endpoint.endpoint) as speaker:
        assert await _refusal(speaker, **changes) == code
    assert list(endpoint.refused) == [code]


async def test_the_published_rate_is_kept(client: Any) -> None:
    async with polly() as endpoint, client("polly", endpoint.endpoint) as speaker:
        outcomes = await asyncio.gather(*(_say(speaker) for _ in range(40)), return_exceptions=True)
        refused = [outcome for outcome in outcomes if isinstance(outcome, ClientError)]
        assert len(endpoint.spoken) >= 10
        assert {error.response["Error"]["Code"] for error in refused} == {"ThrottlingException"}
        assert {error.response["ResponseMetadata"]["HTTPStatusCode"] for error in refused} == {400}
        endpoint.throttling = False
        await _say(speaker)


def test_a_bucket_refills_at_its_rate() -> None:
    now = 0.0
    bucket = TokenBucket(8, 10, clock=lambda: now)
    assert [bucket.take() for _ in range(11)] == [True] * 10 + [False]
    now = 0.25
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    now = 60.0
    assert sum(bucket.take() for _ in range(20)) == 10


async def test_fails_as_often_as_told_and_heals(endpoint: Polly, client: Any) -> None:
    async with client("polly", endpoint.endpoint) as speaker:
        endpoint.fail(SERVICE_FAILURE, times=2)
        codes = [await _refusal(speaker), await _refusal(speaker)]
        assert codes == ["ServiceFailureException"] * 2
        await _say(speaker)
        endpoint.fail(UNAVAILABLE)
        assert await _refusal(speaker) == "ServiceUnavailableException"
        endpoint.heal()
        await _say(speaker)


async def test_unsigned_and_misdirected_requests_are_refused(endpoint: Polly) -> None:
    other = "AWS4-HMAC-SHA256 Credential=AK/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0"
    async with aiohttp.ClientSession() as session:
        for headers in ({}, {"Authorization": other}):
            async with session.post(f"{endpoint.endpoint}/v1/speech", json=_SPEECH, headers=headers) as answer:
                assert answer.status == 403
    assert list(endpoint.refused) == ["MissingAuthenticationTokenException", "InvalidSignatureException"]


async def test_serves_in_a_process_of_its_own(tmp_path: Path, client: Any) -> None:
    port = free_port()

    async def ready() -> bool:
        return accepts(port)

    argv = [sys.executable, "-m", "lbc_testkit.polly", "--port", str(port)]
    async with running(Launch("polly", argv, tmp_path, ready=ready)) as process:
        async with client("polly", f"http://127.0.0.1:{port}") as speaker:
            assert await _say(speaker)
        assert await process.stop() == 0
