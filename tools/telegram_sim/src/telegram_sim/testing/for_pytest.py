"""What the pytest plugin needs once a test uses it."""

import contextlib
import dataclasses
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from telegram_sim.client import ExpectationError
from telegram_sim.settings import Settings, SettingsError, load
from telegram_sim.testing.background import Background
from telegram_sim.testing.telegram import SyncTelegram, Telegram

TOKEN = "123456789:a-token-that-only-the-simulator-knows"  # noqa: S105 - it opens nothing
_NOT_OURS = {"host", "port", "token_file"}

__all__ = ["Background", "SyncTelegram", "Telegram", "running", "section"]


@contextlib.contextmanager
def running(test: str, settings: Mapping[str, Any]) -> Iterator[Background]:
    """Give a simulator for the test of that name.

    The name is its seed: what is random is the same when the test is run again, alone or in another order.

    Raises:
        UsageError: a setting that does not exist, or is out of its range.
    """
    wanted = {"token": TOKEN, "seed": zlib.crc32(test.encode()) or 1, **settings}
    names = {field.name for field in dataclasses.fields(Settings)} - _NOT_OURS
    if unknown := set(wanted) - names:
        raise pytest.UsageError(
            f"telegram has no setting {', '.join(sorted(unknown))}; there are {', '.join(sorted(names))}"
        )
    try:
        checked = load({"TELEGRAM_SIM_TOKEN": wanted.pop("token")}, wanted)
    except SettingsError as mistakes:
        raise pytest.UsageError(f"settings of telegram:\n{mistakes}") from None
    with Background(checked) as background:
        yield background


def section(background: Background, failure: pytest.ExceptionInfo[BaseException]) -> tuple[str, str] | None:
    """Return what happened in the chats, for the report of a test; None if its error tells that already."""
    if failure.errisinstance(ExpectationError):
        return None
    return "Telegram", background.do(background.sim.story())
