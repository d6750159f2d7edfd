"""Named places between two effects, where a test may kill the process to see that nobody is lost.

``LBC_CRASH_AT="delivery.after_send:2"`` kills at the second pass; the name is first appended to ``LBC_CRASH_LOG``, so
that the test can show that it fired. Unarmed, a crash point costs one comparison.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass

POINTS: tuple[str, ...] = (
    "ingress.before_publish",
    "ingress.after_confirm",
    "onboarding.after_read",
    "onboarding.after_transaction",
    "onboarding.between_publishes",
    "onboarding.after_publish",
    "worker.before_handle",
    "worker.after_handle",
    "worker.after_ack",
    "worker.after_retry_publish",
    "worker.after_dead_publish",
    "worker.after_park_publish",
    "media.after_sign",
    "media.after_publish",
    "media.after_failed_outcome",
    "tts.after_synthesize",
    "tts.after_put",
    "tts.after_publish",
    "tts.after_failed_outcome",
    "delivery.after_claim",
    "delivery.after_chat_action",
    "delivery.after_send",
    "delivery.after_mark",
    "delivery.after_file_id",
    "delivery.after_outcome",
    "delivery.after_refresh_publish",
    "sweeper.after_publish",
)
"""All of them; a test kills the process at each."""


@dataclass(slots=True)
class Armed:
    """A crash that waits to happen.

    Attributes:
        name: the point, or empty for none.
        passes_left: how often the point is still to be passed before the crash.
        log: the file that shall name the point.
    """

    name: str = ""
    passes_left: int = 0
    log: str = ""


def armed_by(environ: Mapping[str, str]) -> Armed:
    """Read what to kill from the environment.

    Raises:
        KeyError: no point of that name, so the test would show nothing.
    """
    wanted = environ.get("LBC_CRASH_AT", "")
    if not wanted:
        return Armed()
    name, _, nth = wanted.partition(":")
    if name not in POINTS:
        raise KeyError(f"LBC_CRASH_AT: no crash point is named {name!r}")
    return Armed(name, int(nth or 1), environ.get("LBC_CRASH_LOG", ""))


_armed = armed_by(os.environ)


def crash_point(name: str) -> None:
    """Die here, by SIGKILL, if a test armed this point."""
    if name != _armed.name:
        return
    _armed.passes_left -= 1
    if _armed.passes_left:
        return
    if _armed.log:
        with open(_armed.log, "a", encoding="utf-8") as log:  # noqa: PTH123 - nothing but a write, an fsync and the end
            log.write(f"{name}\n")
            log.flush()
            os.fsync(log.fileno())
    os.kill(os.getpid(), signal.SIGKILL)
