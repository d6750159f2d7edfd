"""What the pytest plugin needs once a test uses it."""

import contextlib
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import aiohttp
import pytest

from telegram_sim.client import ExpectationError, SimError
from telegram_sim.settings import SettingsError
from telegram_sim.testing.background import Background, settings_of
from telegram_sim.testing.telegram import SyncTelegram, Telegram

__all__ = ["Background", "SyncTelegram", "Telegram", "running", "section"]


@contextlib.contextmanager
def running(test: str, settings: Mapping[str, Any]) -> Iterator[Background]:
    """Give a simulator for the test of that name.

    The name is its seed: what is random is the same when the test is run again, alone or in another order.

    Raises:
        UsageError: a setting that does not exist, or is out of its range.
    """
    try:
        checked = settings_of({"seed": zlib.crc32(test.encode()) or 1, **settings})
    except SettingsError as mistakes:
        raise pytest.UsageError(str(mistakes)) from None
    with Background(checked) as background:
        yield background


def section(telegram: Telegram | SyncTelegram, failure: pytest.ExceptionInfo[BaseException]) -> tuple[str, str] | None:
    """Return what happened in the chats, for the report of a test; None if its error tells that already."""
    if failure.errisinstance(ExpectationError):
        return None
    try:
        story = telegram.story()
    except (ExpectationError, SimError, aiohttp.ClientError, OSError) as cause:  # else it would end the whole run
        story = f"  (not to be had: {cause})"
    return "Telegram", story
