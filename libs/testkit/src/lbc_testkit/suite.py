"""`make test`: all tests in one run, with coverage over the services' processes too, and what each part took."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

LEAST_COVERAGE = 92
"""Percent of lines and branches that unit and integration tests reach together."""

EVERYTHING = ["libs", "services", "tools", "tests"]


def main(arguments: list[str]) -> int:
    """Run the tests; arguments go to pytest instead of the whole suite, which then is not measured.

    Returns:
        pytest's exit status, or 2 when it was green and coverage fell short.
    """
    for stale in Path().glob(".coverage*"):
        stale.unlink()
    began = time.monotonic()
    paths = arguments or [path for path in EVERYTHING if Path(path).is_dir()]
    ignored = [f"--ignore={path}" for path in ("tests/e2e", "tests/chart")] if not arguments else []
    # Most tests wait for something: a few processes, each with parts of its own, share the time.
    shared = ["-n", os.environ.get("TEST_PROCESSES", "3"), "--dist", "loadfile"] if not arguments else []
    pytest = ["-m", "pytest", "-q", "--durations=15", *shared]
    measured = [] if arguments else ["-m", "coverage", "run"]
    command = [sys.executable, *measured, *pytest, *ignored, *paths]
    status = subprocess.run(command, check=False).returncode  # noqa: S603 - our own interpreter on our own tests
    _say(f"tests took {time.monotonic() - began:.0f} s")
    if arguments or status != 0:
        return status
    return _coverage()


def _coverage() -> int:
    for step in (["combine", "--quiet"], ["report", f"--fail-under={LEAST_COVERAGE}"]):
        status = subprocess.run([sys.executable, "-m", "coverage", *step], check=False).returncode  # noqa: S603 - as above
        if status != 0:
            return status
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"\n{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main(sys.argv[1:]))
