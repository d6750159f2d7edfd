"""Whether the worker takes new messages."""

from __future__ import annotations

import asyncio


class Intake:
    """Open until somebody has a reason to close it, and open again when no reason is left."""

    def __init__(self) -> None:
        self._reasons: set[str] = set()
        self.changed = asyncio.Event()

    @property
    def is_open(self) -> bool:
        """Whether new messages are wanted."""
        return not self._reasons

    def close(self, reason: str) -> None:
        """Take no new messages as long as ``reason`` holds."""
        if reason not in self._reasons:
            self._reasons.add(reason)
            self.changed.set()

    def reopen(self, reason: str) -> None:
        """``reason`` holds no more."""
        if reason in self._reasons:
            self._reasons.discard(reason)
            self.changed.set()
