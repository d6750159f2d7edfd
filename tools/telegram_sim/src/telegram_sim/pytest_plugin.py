"""The pytest plugin: fixtures `telegram` and `telegram_sync`, and what happened in the chats when a test fails.

Every run of pytest loads it in an environment that has the package, so it imports nothing until it is used.
"""

import importlib
import sys
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from telegram_sim.testing.for_pytest import Background, SyncTelegram, Telegram

_RUNNING = pytest.StashKey["Background"]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers", "telegram(**settings): settings of the simulated Telegram for one test, as time_scale=0.01"
    )


@pytest.fixture
def telegram_settings() -> dict[str, Any]:
    """Give settings for all tests that see this fixture; override it to change them."""
    return {}


@pytest.fixture
def telegram(_telegram_in_background: "Background") -> "Telegram":
    """Give a Telegram of its own to one test; waits are awaited."""
    made: Telegram = _lazy().Telegram(_telegram_in_background)
    return made


@pytest.fixture
def telegram_sync(_telegram_in_background: "Background") -> "SyncTelegram":
    """Give the same to a test that is not async; waits block."""
    made: SyncTelegram = _lazy().SyncTelegram(_telegram_in_background)
    return made


@pytest.fixture
def _telegram_in_background(
    request: pytest.FixtureRequest, telegram_settings: dict[str, Any]
) -> "Iterator[Background]":
    settings = dict(telegram_settings)
    for marker in reversed(list(request.node.iter_markers("telegram"))):
        settings |= marker.kwargs
    with _lazy().running(request.node.nodeid, settings) as background:
        request.node.stash[_RUNNING] = background
        yield background
        del request.node.stash[_RUNNING]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what happened in the chats to the report of a test that failed."""
    report = yield
    if report.failed and call.excinfo is not None and (telegram := _telegram_of(item)) is not None:
        section = _lazy().section(telegram, call.excinfo)
        if section is not None:
            report.sections.append(section)
    return report


def _telegram_of(item: pytest.Item) -> "Telegram | SyncTelegram | None":
    """Return the simulator of a test: its own, or one that a fixture of a wider scope has started."""
    if _RUNNING in item.stash:
        made: SyncTelegram = _lazy().SyncTelegram(item.stash[_RUNNING])
        return made
    if "telegram_sim.testing" not in sys.modules:  # nothing is imported for nothing
        return None
    kinds = (_lazy().Telegram, _lazy().SyncTelegram)
    found = (value for value in getattr(item, "funcargs", {}).values() if isinstance(value, kinds))
    return next(found, None)


def _lazy() -> Any:
    return importlib.import_module("telegram_sim.testing.for_pytest")
