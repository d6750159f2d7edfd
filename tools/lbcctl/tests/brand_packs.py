"""Packs for tests: copies of the demo, and files that look like media."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

DEMO = Path(__file__).parents[3] / "brands" / "demo"


def copy_of_demo(folder: Path) -> Path:
    """The demo pack in ``folder``, its keys under the folder's name."""
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("make.py"))
    edit(folder / "brand.yaml", "demo/", f"{folder.name}/", times=-1)
    return folder


def edit(path: Path, old: str, new: str, *, times: int = 1) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, times), encoding="utf-8")


def line_of(path: Path, part: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if part in line)


def box(name: bytes, content: bytes = b"") -> bytes:
    """A box of ISO/IEC 14496-12."""
    return struct.pack(">I4s", 8 + len(content), name) + content


def mp4(
    codec: bytes = b"avc1", *, brand: bytes = b"isom", index_last: bool = False, data: int = 100, large: bool = False
) -> bytes:
    """As much of an MP4 as tells what it is."""
    samples = box(b"stsd", bytes(8) + box(codec, bytes(70)))
    index = box(b"moov", box(b"mvhd", bytes(20)) + box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", samples)))))
    film = struct.pack(">I4sQ", 1, b"mdat", 16 + data) + bytes(data) if large else box(b"mdat", bytes(data))
    return box(b"ftyp", brand + bytes(4)) + (film + index if index_last else index + film)
