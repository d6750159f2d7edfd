"""What every answer of a Bot API looks like (docs, "Making requests" and ResponseParameters)."""

import json
from typing import Any

OPENINGS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
}
"""How a refusal begins, by status (server, Client.cpp, fail_query_with_error); no others are to be seen."""
_OK = 200


def fault_of(status: int, content_type: str, content: bytes) -> str:
    """Return what is wrong with an answer, "" if it is one that Telegram could give."""
    if content_type != "application/json":
        return f"it is {content_type}"
    try:
        body = json.loads(content)
    except ValueError as cause:
        return f"it is no JSON: {cause}"
    if not isinstance(body, dict) or not isinstance(body.get("ok"), bool):
        return 'it has no "ok"'
    return _fault_of_success(status, body) if body["ok"] else _fault_of_refusal(status, body)


def _fault_of_success(status: int, body: dict[str, Any]) -> str:
    if status != _OK:
        return f"ok, and the status is {status}"
    return "" if "result" in body else "it has no result"


def _fault_of_refusal(status: int, body: dict[str, Any]) -> str:
    if body.get("error_code") != status:
        return f"error_code is not the status {status}"
    words = body.get("description")
    if status not in OPENINGS:
        return f"status {status}"
    if not isinstance(words, str) or not words.startswith(OPENINGS[status]):
        return f"the description does not begin with {OPENINGS[status]}"
    if not isinstance(body.get("parameters", {}), dict):
        return "parameters is no object"
    return ""
