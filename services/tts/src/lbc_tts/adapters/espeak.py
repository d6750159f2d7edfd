"""espeak-ng, for machines without AWS: a C library from a wheel, driven by ctypes, and LAME for mp3.

It is under the GPL, so it is an optional extra (``lbc-tts[espeak]``) that production images leave out. The library has
one global state and is not safe for threads, so all of it runs on one thread of its own.
"""

from __future__ import annotations

import asyncio
import ctypes
import functools
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import espeakng_loader
import lameenc

from lbc_contracts.messages import Speech
from lbc_tts.domain.speech import SpeechRefusedError

_SYNCHRONOUS: Final = 2  # espeak_AUDIO_OUTPUT: AUDIO_OUTPUT_SYNCHRONOUS
_DONT_EXIT: Final = 0x8000  # espeakINITIALIZE_DONT_EXIT: report, instead of ending the process
_BY_CHARACTER: Final = 1  # espeak_POSITION_TYPE: POS_CHARACTER
_UTF8: Final = 1  # espeakCHARS_UTF8
_END_PAUSE: Final = 0x1000  # espeakENDPAUSE

_MAX_SAMPLES: Final = 22_050 * 60 * 15
_KILOBITS: Final = 48
_QUALITY: Final = 5  # LAME's own middle: 0 is best, 9 is fastest

_Callback: Final = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class EspeakEngine:
    """Speaks with espeak-ng: by the voice that is named for it, else by that of the language; Polly's it knows not."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="espeak")

    def name(self, speech: Speech) -> str:
        """``espeak``, and its voice where one is named."""
        return f"espeak-{speech.espeak}" if speech.espeak is not None else "espeak"

    async def synthesize(self, speech: Speech) -> bytes:
        """Speak, as mono mp3.

        Raises:
            SpeechRefusedError: there is no such voice, or it would be more than a quarter of an hour of speech.
        """
        voice, reason = speech.language.lower(), "language-unknown"
        if speech.espeak is not None:
            voice, reason = speech.espeak, "voice-unknown"
        return await asyncio.get_running_loop().run_in_executor(self._thread, _speak, speech.words, voice, reason)

    async def probe(self) -> None:
        """Return when the library is loaded."""
        await asyncio.get_running_loop().run_in_executor(self._thread, _library)

    def close(self) -> None:
        """Let the thread end after what it is doing."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def _speak(words: str, voice: str, reason: str) -> bytes:
    library, rate = _library()
    if all(library.espeak_SetVoiceByName(name.encode()) for name in dict.fromkeys((voice, voice.split("-", 1)[0]))):
        raise SpeechRefusedError(reason, f"espeak-ng has no voice {voice}")
    samples = bytearray()

    @_Callback  # type: ignore[untyped-decorator]  # made by ctypes
    def collect(wave: Any, count: int, _events: int | None) -> int:
        if wave and count:
            samples.extend(ctypes.string_at(wave, count * ctypes.sizeof(ctypes.c_short)))
        return int(len(samples) > _MAX_SAMPLES * ctypes.sizeof(ctypes.c_short))

    library.espeak_SetSynthCallback(collect)
    text = words.replace("\0", " ").encode()
    status = library.espeak_Synth(text, len(text) + 1, 0, _BY_CHARACTER, 0, _UTF8 | _END_PAUSE, None, None)
    if status:
        raise RuntimeError(f"espeak_Synth failed with status {status}")
    library.espeak_Synchronize()
    if len(samples) > _MAX_SAMPLES * ctypes.sizeof(ctypes.c_short):
        raise SpeechRefusedError("audio-too-large", "more than a quarter of an hour of speech")
    return _mp3(bytes(samples), rate)


def _mp3(samples: bytes, rate: int) -> bytes:
    encoder = lameenc.Encoder()
    encoder.set_channels(1)
    encoder.set_in_sample_rate(rate)
    encoder.set_bit_rate(_KILOBITS)
    encoder.set_quality(_QUALITY)
    encoder.silence()
    return bytes(encoder.encode(samples)) + bytes(encoder.flush())


@functools.cache
def _library() -> tuple[Any, int]:
    """The library, initialised once in a process, and its sample rate in Hz."""
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    library.espeak_Synth.argtypes = [
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_uint,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_uint,
        ctypes.c_void_p,
        ctypes.c_void_p,
    ]
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), _DONT_EXIT)
    if rate <= 0:
        raise RuntimeError("espeak-ng does not start: its data is missing")
    return library, int(rate)
