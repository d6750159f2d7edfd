"""QR codes of links."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import segno

_SCALE = {"png": 12, "svg": 4}  # pixels, or units, for each module: about 6 cm in print at 200 dpi
_BORDER = 4  # modules of quiet zone, as ISO/IEC 18004 asks


class Picture(StrEnum):
    """Kinds of files."""

    PNG = "png"
    SVG = "svg"


def draw(url: str, folder: Path, name: str, kind: Picture) -> Path:
    """Write the QR code of ``url`` into a folder, made if need be, and say where; a file of that name is replaced.

    Level M: about a seventh of it may be dirty or torn.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.{kind}"
    segno.make_qr(url, error="m").save(str(path), kind=kind.value, scale=_SCALE[kind], border=_BORDER)
    return path
