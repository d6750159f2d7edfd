"""QR codes of links."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

import segno

_SCALE = {"png": 12, "svg": 4}  # pixels, or units, for each module: about 6 cm in print at 200 dpi
_BORDER = 4  # modules of quiet zone, as ISO/IEC 18004 asks


class Picture(StrEnum):
    """Kinds of files."""

    PNG = "png"
    SVG = "svg"


def place_of(folder: Path, name: str, kind: Picture) -> Path:
    """Where the QR code of that name is drawn."""
    return folder / f"{name}.{kind}"


def taken(folder: Path, name: str, kinds: Iterable[Picture]) -> str:
    """What to tell somebody who would draw over a picture; "" when none is there."""
    there = next((place for kind in kinds if (place := place_of(folder, name, kind)).exists()), None)
    return f"{there} is there already; choose another name or another --out" if there else ""


def draw(url: str, folder: Path, name: str, kind: Picture) -> Path:
    """Write the QR code of ``url`` into a folder, made if need be, and say where.

    Level M: about a seventh of it may be dirty or torn.

    Raises:
        FileExistsError: there is one of that name, perhaps in print; it is left alone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = place_of(folder, name, kind)
    with path.open("xb") as file:
        segno.make_qr(url, error="m").save(file, kind=kind.value, scale=_SCALE[kind], border=_BORDER)
    return path
