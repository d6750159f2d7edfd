"""What a media file really is, by its first bytes; for MP4 also what is inside.

Sources: ISO/IEC 14496-12 for the boxes of MP4, RFC 3533 and RFC 7845 for Ogg and Opus, and the formats' own
specifications for the rest. Limits: Bot API 10.3, "Sending files" and sendVideo.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

MAX_BYTES: Final = 20 * 1024 * 1024
"""What Telegram fetches by link at most."""

TYPES: Final = {
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
"""MIME types by extension; other files in a pack's media folder are no media."""

H264: Final = frozenset({"avc1", "avc3"})

_MAX_BOXES: Final = 10_000
_MAX_INDEX: Final = 8 * 1024 * 1024
_HEAD: Final = 64
_CONTAINERS: Final = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl"})
_SAMPLES: Final = b"stsd"
_AUDIO_BRANDS: Final = frozenset({b"M4A ", b"M4B "})
_MAGIC: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"OggS", "audio/ogg"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"ID3", "audio/mpeg"),
)


@dataclass(frozen=True, slots=True)
class Medium:
    """What is in a file.

    Attributes:
        size: bytes.
        mime: by its content; empty when nothing known.
        codecs: sample entries of an MP4, such as ``avc1`` and ``mp4a``.
        index_first: whether an MP4 has its index before the data, so that it plays while it loads.
        has_data: whether an MP4 has any pictures or sound.
        whole: whether all parts of an MP4 are as long as they say.
    """

    size: int
    mime: str
    codecs: frozenset[str] = frozenset()
    index_first: bool = True
    has_data: bool = True
    whole: bool = True


def look(path: Path) -> Medium:
    """Look into a file; only its head and index are read.

    Raises:
        OSError: it cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        mime = _mime(file.read(_HEAD))
        if mime not in {"video/mp4", "video/quicktime", "audio/mp4"}:
            return Medium(size, mime)
        return _film(file, size, mime)


def _mime(head: bytes) -> str:
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return "audio/mp4" if brand in _AUDIO_BRANDS else "video/quicktime" if brand == b"qt  " else "video/mp4"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if found := next((mime for magic, mime in _MAGIC if head.startswith(magic)), ""):
        return found
    # An MPEG audio frame: eleven bits of sync, then a layer that is not the reserved one.
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06:  # noqa: PLR2004 - the format's
        return "audio/mpeg"
    return ""


def _film(file: BinaryIO, size: int, mime: str) -> Medium:
    position, data_seen, index_first, whole = 0, False, True, True
    codecs: frozenset[str] = frozenset()
    for _ in range(_MAX_BOXES):
        file.seek(position)
        box = _announced(file.read(16), size - position)
        if box is None:
            break
        name, head, length = box
        whole = length <= size - position
        if name == b"mdat":
            data_seen = True
        elif name == b"moov" and length <= _MAX_INDEX:
            index_first = not data_seen
            file.seek(position + head)
            codecs = frozenset(_samples(file.read(length - head)))
        position += length
    return Medium(size, mime, codecs, index_first, data_seen, whole)


def _box(head: bytes, left: int) -> tuple[bytes, int, int] | None:
    """As `_announced`, but None as well when less is there than the box says."""
    box = _announced(head, left)
    return box if box and box[2] <= left else None


def _announced(head: bytes, left: int) -> tuple[bytes, int, int] | None:
    """Name, length of the head and whole length of the box that begins here; None when there is none."""
    if len(head) < 8 or left < 8:  # noqa: PLR2004 - length and name
        return None
    length, name = struct.unpack(">I4s", head[:8])
    begins = 8
    if length == 1 and len(head) == 16:  # noqa: PLR2004 - the length is in eight bytes after the name
        length, begins = struct.unpack(">Q", head[8:])[0], 16
    elif length == 0:
        length = left  # to the end of the file
    return (name, begins, length) if begins <= length else None


def _samples(content: bytes) -> Iterator[str]:
    """Names of the sample entries in a movie's index."""
    position = 0
    while box := _box(content[position : position + 16], len(content) - position):
        name, head, length = box
        inner = content[position + head : position + length]
        if name in _CONTAINERS:
            yield from _samples(inner)
        elif name == _SAMPLES and (entry := _box(inner[8:24], len(inner) - 8)):  # version, flags, number of entries
            yield entry[0].decode("latin-1")
        position += length
