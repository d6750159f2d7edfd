"""The keys that start tokens are verified with, read again whenever their files change."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import Protocol

from lbc_contracts.tokens import MAX_KEYS, Key, parse_keys
from lbc_runtime.metrics import Catalogue

log = logging.getLogger(__name__)


class KeyFile(Protocol):
    """A file with keys (`lbc_runtime.secretfile.SecretFile`)."""

    def read(self) -> str:
        """What the file has now."""
        ...


class KeyRing:
    """All keys of some files. A file that cannot be read, or holds something else, keeps the keys that it had.

    Args:
        files: the current keys and those before them.
    """

    def __init__(self, files: Sequence[KeyFile]) -> None:
        self._files = files
        self._texts: list[str | None] = [None] * len(files)
        self._keys: list[tuple[Key, ...]] = [()] * len(files)

    def read(self) -> tuple[Key, ...]:
        """The keys that count now."""
        for number, file in enumerate(self._files):
            self._look(number, file)
        return tuple(dict.fromkeys(key for keys in self._keys for key in keys))

    def knows(self, identity: int) -> bool:
        """Whether a key of that id counts now."""
        return any(key.id == identity for key in self.read())

    def _look(self, number: int, file: KeyFile) -> None:
        try:
            text = file.read()
            if text != self._texts[number]:
                self._texts[number] = text
                self._keys[number] = parse_keys(text)
                log.info("signing keys read", extra={"ids": [key.id for key in self._keys[number]]})
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            if isinstance(error, UnicodeDecodeError):
                why = "not UTF-8"  # its own words would quote a byte
            log.warning("a file of signing keys is not usable, its last keys stay: %s", why)


def show(ring: KeyRing, catalogue: Catalogue) -> None:
    """Show which key ids are known, as of each look at the metrics."""
    gauge = catalogue.gauge("lbc_signing_key_known")
    for number in range(MAX_KEYS):
        gauge.labels(str(number)).set_function(partial(ring.knows, number))
