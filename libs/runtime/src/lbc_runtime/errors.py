"""How a handler says why it could not do its work; anything else that it raises is a bug.

Reasons are short codes, safe to log and to count; details may be longer and are masked before they leave the process.
"""

from __future__ import annotations


class RuntimeSignal(Exception):  # noqa: N818 - not all of these are errors: to park is a decision
    """What a handler raises to steer the runtime.

    Attributes:
        reason: a short code of a bounded set, such as ``unknown-object``.
        detail: more for the person who reads the dead letter.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class Invalid(RuntimeSignal):
    """The message cannot be understood or served, now or later: quarantine or dead letter, at once."""


class Transient(RuntimeSignal):
    """This one item failed in a way that may pass, such as a conflict: a delayed retry, which spends an attempt."""


class DependencyDown(RuntimeSignal):
    """Not the message's fault: the worker stops consuming, keeps the message and goes on when the dependency answers.

    Attributes:
        dependency: its name, as in the worker's probes.
    """

    def __init__(self, dependency: str, detail: str = "") -> None:
        super().__init__(f"{dependency}-down", detail)
        self.dependency = dependency


class Park(RuntimeSignal):
    """Not now: the message comes back no earlier than ``delay`` seconds from now, and no attempt is spent."""

    def __init__(self, delay: float, reason: str) -> None:
        super().__init__(reason, f"parked for {delay:.1f} s")
        self.delay = delay


class SettingsError(Exception):
    """Every mistake in the settings, one a line, without the value of any secret.

    Attributes:
        mistakes: what to correct, each beginning with the name of its environment variable.
    """

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes
