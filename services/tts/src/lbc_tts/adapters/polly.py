"""Amazon Polly, at a rate that stays below its quota."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import aiohttp
from botocore.exceptions import BotoCoreError, ClientError

from lbc_contracts.messages import Speech
from lbc_runtime.aws import translate
from lbc_runtime.clock import Clock
from lbc_runtime.errors import DependencyDown
from lbc_tts.domain.rate import Turns
from lbc_tts.domain.speech import SpeechRefusedError

DEPENDENCY: Final = "polly"
MAX_AUDIO: Final = 10 * 1024 * 1024
"""Bytes. The longest text that a command can carry makes about two."""

_CALL_SECONDS: Final = 20.0
_PATIENCE: Final = 10.0
_CHUNK: Final = 64 * 1024
_SAID: Final = 300
"""Characters of Polly's own words that are kept."""

_REFUSALS: Final = {
    "EngineNotSupportedException": "engine-not-supported",
    "InvalidSampleRateException": "speech-refused",
    "InvalidSsmlException": "speech-refused",
    "LanguageNotSupportedException": "language-unknown",
    "LexiconNotFoundException": "speech-refused",
    "MarksNotSupportedForFormatException": "speech-refused",
    "SsmlMarksNotSupportedForTextTypeException": "speech-refused",
    "TextLengthExceededException": "text-too-long",
}
"""What concerns these words or this voice, by error code."""
_INVALID: Final = "ValidationException"
_INVALID_FOR: Final = {
    "voiceid": "voice-unknown",
    "languagecode": "language-unknown",
    "'engine'": "engine-not-supported",
    "selected engine": "engine-not-supported",
}
"""By a part of the message: a voice or language that Polly does not know, and an engine that the voice or the region
lacks, fail its validation, though the service model has an exception for the last."""

_SPEAK: Final = "SynthesizeSpeech"
_LIST: Final = "DescribeVoices"
_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException"})


class PollyEngine:
    """Speaks by an aiobotocore client.

    Args:
        per_second: requests, of all of Polly's engines together.
    """

    def __init__(self, client: Any, clock: Clock, *, per_second: float = 8.0) -> None:
        self._client = client
        self._clock = clock
        self._turns = Turns(per_second, burst=max(1, int(per_second)))

    def name(self, speech: Speech) -> str:
        """``polly-neural``, ``polly-standard`` and so on."""
        return f"polly-{speech.engine}"

    async def synthesize(self, speech: Speech) -> bytes:
        """Speak, as mp3.

        Raises:
            SpeechRefusedError: Polly will not take these words, this language, this voice or this engine for it.
            DependencyDown: throttled, failing, unreachable, or our own rate is used up.
        """
        wait = self._turns.take(self._clock.monotonic(), _PATIENCE)
        if wait is None:
            raise DependencyDown(DEPENDENCY, "more is asked for than our own rate allows")
        if wait:
            await self._clock.sleep(wait)
        try:
            async with asyncio.timeout(_CALL_SECONDS):
                answer = await self._client.synthesize_speech(
                    Engine=speech.engine,
                    LanguageCode=speech.language,
                    OutputFormat="mp3",
                    Text=speech.words,
                    VoiceId=speech.voice,
                )
                async with answer["AudioStream"] as stream:
                    audio = await _read(stream)
        except ClientError as error:
            raise _translate(error, speech) from error
        except RuntimeError as error:
            # Credentials that ended again; anything else of this kind is a bug.
            if down := translate(error, DEPENDENCY):
                raise down from error
            raise
        except (BotoCoreError, aiohttp.ClientError, TimeoutError, OSError) as error:
            # aiohttp's own comes through when the audio breaks off.
            raise DependencyDown(DEPENDENCY, type(error).__name__) from error
        if not audio:
            raise DependencyDown(DEPENDENCY, "an answer without audio")
        return audio

    async def probe(self) -> None:
        """Return when Polly answers, by a call that is not billed.

        An answer is an answer: a role that may speak but not list voices must not wait for ever. Credentials that are
        amiss get no answer, neither of Polly nor of STS.

        Raises:
            DependencyDown: it does not.
        """
        try:
            async with asyncio.timeout(_CALL_SECONDS):
                await self._client.describe_voices(Engine="neural", LanguageCode="en-US")
        except ClientError as error:
            if not _may_not_list(error) and (down := _down(error)):
                raise down from error
        except (BotoCoreError, RuntimeError, TimeoutError, OSError) as error:
            raise (translate(error, DEPENDENCY) or DependencyDown(DEPENDENCY, type(error).__name__)) from error


async def _read(stream: Any) -> bytes:
    audio = bytearray()
    while chunk := await stream.read(_CHUNK):
        audio += chunk
        if len(audio) > MAX_AUDIO:
            raise SpeechRefusedError("audio-too-large", f"more than {MAX_AUDIO} bytes")
    return bytes(audio)


def _translate(error: ClientError, speech: Speech) -> Exception:
    code, said = _code(error), str(error.response.get("Error", {}).get("Message", ""))
    if error.operation_name == _SPEAK and code == _INVALID:
        reasons = (reason for word, reason in _INVALID_FOR.items() if word in said.lower())
        return _refused(next(reasons, "speech-refused"), said or code, speech)
    if error.operation_name == _SPEAK and code in _REFUSALS:
        return _refused(_REFUSALS[code], code, speech)
    return _down(error) or error


def _refused(reason: str, said: str, speech: Speech) -> SpeechRefusedError:
    asked = f"voice {speech.voice}, engine {speech.engine}, language {speech.language}"
    return SpeechRefusedError(reason, f"Polly answers to {asked}: {said[:_SAID]}")


def _down(error: ClientError) -> Exception | None:
    """Not the words' fault, as far as is known; whatever STS says on the way never is."""
    if error.operation_name not in {_SPEAK, _LIST}:
        return DependencyDown(DEPENDENCY, f"{error.operation_name}: {_code(error)}")
    return translate(error, DEPENDENCY)


def _may_not_list(error: ClientError) -> bool:
    return error.operation_name == _LIST and _code(error) in _DENIED


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
