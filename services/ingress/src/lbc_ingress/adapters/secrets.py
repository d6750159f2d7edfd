"""The webhook secret, current and previous, so that it can be rotated without a refused update."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Sequence
from typing import Protocol

_log = logging.getLogger(__name__)


class Secret(Protocol):
    """A secret in a file, read again when the file changes (``lbc_runtime.settings.SecretFile``)."""

    def read(self) -> str:
        """The present value."""
        ...


class WebhookSecrets:
    """Compares in constant time. An empty file matches nothing; one that cannot be read keeps its last value."""

    def __init__(self, files: Sequence[Secret]) -> None:
        self._last = [(file, b"") for file in files]

    def match(self, token: bytes) -> bool:
        """Whether ``token`` is one of the secrets."""
        self._last = [(file, self._read(file, last)) for file, last in self._last]
        found = False
        for _, secret in self._last:  # each one, so that the time does not tell which
            found |= hmac.compare_digest(secret, token) and bool(secret)
        return found

    @staticmethod
    def _read(file: Secret, last: bytes) -> bytes:
        try:
            return file.read().encode()
        except (OSError, UnicodeDecodeError) as error:
            _log.warning("secret file unreadable, its last value stays in use: %s", type(error).__name__)
            return last
