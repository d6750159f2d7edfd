"""Fixtures of the end-to-end tests; `make e2e` brings the cluster up before."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

if os.environ.get("E2E") != "1":
    collect_ignore_glob = ["test_*.py"]  # only by `make e2e`: they need the cluster

from kube import CLIENTS, collect, forwarded, kubectl
from people import Simulator

EVIDENCE = Path(".run/e2e")


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    """The simulator's control API, by a port of ours."""
    with forwarded("telegram", 8081) as port:
        running = Simulator(port)
        yield running
        running.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Leave the evidence of a failure in one folder."""
    report: pytest.TestReport = yield  # type: ignore[assignment,misc]  # what a wrapper is given
    if report.failed:
        folder = EVIDENCE / item.name.replace("/", "_")
        shutil.rmtree(folder, ignore_errors=True)
        collect(folder)
        (folder / "failure.txt").write_text(report.longreprtext)  # a run that is ended early prints none
        report.sections.append(("evidence", f"logs, events and describe output: {folder}"))
    return report  # type: ignore[return-value]  # as above


def pytest_sessionfinish() -> None:
    """Remove the clients."""
    if os.environ.get("E2E") == "1":
        kubectl("delete", "namespace", CLIENTS, "--ignore-not-found", "--wait=false")
