"""JSON answers that can carry anything that JSON requests can."""

import json
from typing import Any

from starlette.responses import JSONResponse


class JsonAnswer(JSONResponse):
    """JSON in ASCII: names of test people may hold half a surrogate pair, which UTF-8 cannot."""

    def render(self, content: Any) -> bytes:
        """Encode the content."""
        return encoded(content)


def encoded(content: Any) -> bytes:
    """Return JSON in one line of ASCII."""
    return json.dumps(content, separators=(",", ":")).encode()
