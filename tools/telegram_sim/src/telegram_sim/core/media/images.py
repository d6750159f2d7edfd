"""Width and height of an image, read from its first bytes."""

import struct
from collections.abc import Callable

Size = tuple[int, int]

_JPEG_STANDALONE = {0x01, *range(0xD0, 0xDA)}
_JPEG_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_VP8X, _VP8L, _VP8 = b"VP8X", b"VP8L", b"VP8 "


def image_size(content: bytes) -> Size | None:
    """Return width and height of a JPEG, PNG, GIF, WebP or BMP, None if it is none of them or is cut short."""
    for magic, reader in _READERS:
        if content.startswith(magic):
            try:
                return reader(content)
            except (struct.error, IndexError):
                return None
    return None


def _png(content: bytes) -> Size:
    width, height = struct.unpack_from(">II", content, 16)
    return width, height


def _gif(content: bytes) -> Size:
    width, height = struct.unpack_from("<HH", content, 6)
    return width, height


def _bmp(content: bytes) -> Size:
    width, height = struct.unpack_from("<ii", content, 18)
    return abs(width), abs(height)


def _jpeg(content: bytes) -> Size | None:
    position = 2
    while content[position] == 0xFF:  # noqa: PLR2004 - every marker begins with it
        marker = content[position + 1]
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", content, position + 5)
            return width, height
        position += 2
        if marker not in _JPEG_STANDALONE:
            position += struct.unpack_from(">H", content, position)[0]
    return None


def _webp(content: bytes) -> Size | None:
    chunk = content[12:16]
    if chunk == _VP8X:
        width, high, height, higher = struct.unpack_from("<HBHB", content, 24)
        return (width | high << 16) + 1, (height | higher << 16) + 1
    if chunk == _VP8L:
        bits = struct.unpack_from("<I", content, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == _VP8:
        width, height = struct.unpack_from("<HH", content, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


_READERS: tuple[tuple[bytes, Callable[[bytes], Size | None]], ...] = (
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"\xff\xd8", _jpeg),
    (b"GIF8", _gif),
    (b"RIFF", _webp),
    (b"BM", _bmp),
)
