"""Calls of the Bot API and of the control API in tests that are not async."""

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from telegram_sim.testing import SyncTelegram


def called(telegram: SyncTelegram, method: str, **arguments: Any) -> Any:
    """Return the result of a call, the refusal if it is one."""
    url = f"{telegram.url}/bot{telegram.token}/{method}"
    asked = urllib.request.Request(url, json.dumps(arguments).encode(), {"Content-Type": "application/json"})  # noqa: S310 - http, of the test
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 - as above
            return json.load(answer)["result"]
    except urllib.error.HTTPError as refused:
        with refused:
            return json.load(refused)


def read(telegram: SyncTelegram, path: str, **query: Any) -> str:
    """Return what the control API gives."""
    with urllib.request.urlopen(f"{telegram.url}/sim{path}?{urllib.parse.urlencode(query)}", timeout=10) as answer:  # noqa: S310 - as above
        return str(answer.read().decode())
