"""Whether Telegram will take an object as a video by its address."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

MAX_VIDEO_BYTES: Final = 20 * 1024 * 1024
"""What Telegram fetches by URL at most."""


class Unfit(StrEnum):
    """Why an object cannot be sent; told to onboarding and counted."""

    MISSING = "object-missing"
    FORBIDDEN = "object-forbidden"
    EMPTY = "object-empty"
    TOO_LARGE = "object-too-large"
    WRONG_TYPE = "object-wrong-type"


def unfit_video(size: int, content_type: str) -> Unfit | None:
    """Why an object of ``size`` bytes and ``content_type`` is no video for Telegram; None when it is one."""
    if not size:
        return Unfit.EMPTY
    if size > MAX_VIDEO_BYTES:
        return Unfit.TOO_LARGE
    if not content_type.lower().startswith("video/"):
        return Unfit.WRONG_TYPE
    return None
