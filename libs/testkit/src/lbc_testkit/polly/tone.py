"""A tone instead of a voice: as long as the speech would be, and another pitch for another text."""

import math
import struct
import zlib

import lameenc

_CHARACTERS_A_SECOND = 15
_LONGEST = 60
_LOUDNESS = 6000
_LOWEST, _PITCHES = 200, 400
_KBITS = 48  # as Polly's mp3


def pcm(text: str, rate: int) -> bytes:
    """16 bit, one channel, little-endian."""
    pitch = _LOWEST + zlib.crc32(text.encode()) % _PITCHES
    samples = [round(_LOUDNESS * math.sin(2 * math.pi * pitch * i / rate)) for i in range(rate)]
    second = struct.pack(f"<{rate}h", *samples)  # whole periods, so seconds join without a click
    seconds = min(max(len(text) / _CHARACTERS_A_SECOND, 0.5), _LONGEST)
    whole = second * math.ceil(seconds)
    return whole[: 2 * round(seconds * rate)]


def mp3(text: str, rate: int) -> bytes:
    """The same as mp3."""
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(_KBITS)
    encoder.set_in_sample_rate(rate)
    encoder.set_channels(1)
    encoder.set_quality(7)
    encoder.silence()
    return bytes(encoder.encode(pcm(text, rate))) + bytes(encoder.flush())
