"""Becomes the given program, after asking Linux to kill it when its parent dies.

Run as a file of its own (``python -I -S _orphan_guard.py PARENT_PID PROGRAM ARGS...``): doing this between fork and
exec inside a process with threads could deadlock.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_NOT_EXECUTED = 127


def main(arguments: list[str]) -> int:
    """Take the parent's pid and the program; only returns if there is nothing to become."""
    parent, program = int(arguments[0]), arguments[1:]
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above
        return _NOT_EXECUTED
    try:
        os.execvp(program[0], program)  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.stderr.write(f"{program[0]}: {error.strerror}\n")
    return _NOT_EXECUTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
