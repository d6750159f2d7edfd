from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lbc_runtime.crash import POINTS, armed_by, crash_point

_PROGRAM = """
from lbc_runtime.crash import crash_point
for turn in range(3):
    crash_point("worker.after_ack")
    print(turn, flush=True)
"""


def test_unarmed_nothing_happens() -> None:
    for point in POINTS:
        crash_point(point)


def test_each_name_is_there_once() -> None:
    assert len(set(POINTS)) == len(POINTS)


def test_a_name_that_is_no_point_is_refused() -> None:
    with pytest.raises(KeyError, match=r"delivery\.after_lunch"):
        armed_by({"LBC_CRASH_AT": "delivery.after_lunch"})


@pytest.mark.parametrize(("at", "printed"), [("worker.after_ack", ""), ("worker.after_ack:3", "0\n1\n")])
def test_armed_it_kills_at_that_pass_and_says_so(tmp_path: Path, at: str, printed: str) -> None:
    log = tmp_path / "fired"
    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", _PROGRAM],
        env={**os.environ, "LBC_CRASH_AT": at, "LBC_CRASH_LOG": str(log)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL
    assert ended.stdout == printed
    assert log.read_text() == "worker.after_ack\n"
