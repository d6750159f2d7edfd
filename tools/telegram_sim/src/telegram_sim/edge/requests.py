"""From an HTTP request to the arguments of a call."""

import json
from typing import Any

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from telegram_sim.core.args import Args, Upload
from telegram_sim.core.errors import ApiError, bad_request

MAX_BODY = 60 * 1024 * 1024
MAX_PART = 4 * 1024 * 1024


async def read_args(request: Request) -> Args:
    """Return the arguments (docs, "Making requests": query string, urlencoded, JSON or multipart).

    Raises:
        ApiError: 400 for a body that cannot be read, 413 for one that is too large.
    """
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > MAX_BODY:
        raise ApiError(413, "Request Entity Too Large")
    values: dict[str, Any] = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return Args(values | _json_object(await request.body()))
    if kind not in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        return Args(values)
    uploads: dict[str, Upload] = {}
    try:
        async with request.form(max_part_size=MAX_PART) as form:
            for name, value in form.items():
                if isinstance(value, UploadFile):
                    content_type = value.content_type or "application/octet-stream"
                    uploads[name] = Upload(value.filename or "", content_type, await value.read())
                else:
                    values[name] = value
    except HTTPException as cause:
        raise bad_request(f"can't parse the form: {cause.detail}") from cause
    return Args(values, uploads)


def _json_object(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as cause:
        raise bad_request("can't parse JSON object") from cause
    if not isinstance(value, dict):
        raise bad_request("can't parse JSON object: an object is expected")
    return value
