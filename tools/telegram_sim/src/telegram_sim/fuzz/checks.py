"""What every answer of a Bot API looks like (docs, "Making requests" and ResponseParameters)."""

import json
import re
from typing import Any

from telegram_sim.fuzz.shapes import fault_of_result

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
_TOO_MANY = 429
_WORDS = re.compile(r"(: \S.*)?", re.DOTALL)


def fault_of(method: str, status: int, content_type: str, content: bytes) -> str:
    """Return what is wrong with an answer, "" if it is one that Telegram could give to a call of that method."""
    if content_type != "application/json":
        return f"it is {content_type}"
    try:
        body = json.loads(content)
    except ValueError as cause:
        return f"it is no JSON: {cause}"
    if not isinstance(body, dict) or not isinstance(body.get("ok"), bool):
        return 'it has no "ok"'
    return _fault_of_success(method, status, body) if body["ok"] else _fault_of_refusal(status, body)


def _fault_of_success(method: str, status: int, body: dict[str, Any]) -> str:
    if status != _OK:
        return f"ok, and the status is {status}"
    if "result" not in body or set(body) - {"ok", "result", "description"}:
        return f"it has {', '.join(sorted(body))}"
    return fault_of_result(method, body["result"])


def _fault_of_refusal(status: int, body: dict[str, Any]) -> str:
    if body.get("error_code") != status:
        return f"error_code is not the status {status}"
    if unknown := set(body) - {"ok", "error_code", "description", "parameters"}:
        return f"it has {unknown.pop()}"
    words = body.get("description")
    if status not in OPENINGS:
        return f"status {status}"
    if not isinstance(words, str) or not _WORDS.fullmatch(words.removeprefix(OPENINGS[status])):
        return f"the description is not {OPENINGS[status]} with a cause: {words}"
    waits = {"retry_after"} if status == _TOO_MANY else set()
    parameters = body.get("parameters", {})
    if not isinstance(parameters, dict) or set(parameters) != waits:
        return "parameters are not those of the status"
    return ""
