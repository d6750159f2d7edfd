"""How a command ends, as data: the README's table is drawn from it."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every command."""

    OK = 0
    FAILED = 1
    USAGE = 2
    DOWN = 3
    DENIED = 4
    REFUSED = 5
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        """For the README and for scripts."""
        return _MEANINGS[self]


_MEANINGS = {
    Exit.OK: "done; also when there was nothing to do",
    Exit.FAILED: "a problem was found, something was left undone, or what was named does not exist",
    Exit.USAGE: "the command line or a setting is mistaken; nothing was done",
    Exit.DOWN: "a part of the stack is down, unready or does not answer; the message names it and how it was tried",
    Exit.DENIED: "wrong credentials, missing rights, or the wrong region",
    Exit.REFUSED: "not confirmed: the operator said no, or there is no terminal to ask at and `--yes` is missing",
    Exit.INTERRUPTED: "interrupted by Ctrl-C; every command may be run again",
}


class StopError(Exception):
    """Ends a command with a sentence for the operator.

    Attributes:
        text: what is wrong and what to do, without any secret.
        code: what the command ends with.
    """

    def __init__(self, text: str, code: Exit = Exit.FAILED) -> None:
        super().__init__(text)
        self.text = text
        self.code = code


def table() -> str:
    """All exit codes as a Markdown table."""
    rows = ["| code | means |", "| --- | --- |", *(f"| {code.value} | {code.meaning} |" for code in Exit)]
    return "\n".join(rows) + "\n"
