"""Whose AWS keys were used for what, as the stand-ins see it: GET /-/identities of each."""

import json
import re

PATH = "/-/identities"
_CREDENTIAL = re.compile(r"(?:Credential=|X-Amz-Credential=)([^/%&,]+)(?:/|%2F)", re.IGNORECASE)
_MOST = 1000


class Identities:
    """Access keys and the methods that they were used with; bounded."""

    def __init__(self) -> None:
        self._seen: dict[str, set[str]] = {}

    def note(self, method: str, authorization: str, query: str) -> None:
        """Remember a request by its signature, in the header or in the link."""
        found = _CREDENTIAL.search(authorization) or _CREDENTIAL.search(query)
        if found and (found[1] in self._seen or len(self._seen) < _MOST):
            self._seen.setdefault(found[1], set()).add(method)

    def as_json(self) -> bytes:
        """``{access key: [methods]}``."""
        return json.dumps({key: sorted(methods) for key, methods in self._seen.items()}).encode()
