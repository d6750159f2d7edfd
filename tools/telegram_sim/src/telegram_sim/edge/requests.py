"""From an HTTP request to the arguments of a call, worded as the server's reader does (td, HttpReader.cpp)."""

import json
from collections.abc import AsyncGenerator
from typing import Any

from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import Request

from telegram_sim.core.args import Args, Upload
from telegram_sim.core.errors import ApiError, bad_request

MAX_BODY = 60 * 1024 * 1024
MAX_PARAMETERS = 1 << 20
"""Bytes of all arguments that are no files (td, HttpReader.h, MAX_TOTAL_PARAMETERS_LENGTH)."""

_JSON = "application/json"
_MULTIPART = "multipart/form-data"
_FORM = "application/x-www-form-urlencoded"


async def read_args(request: Request) -> Args:
    """Return the arguments (docs, "Making requests": query string, urlencoded, JSON or multipart).

    Raises:
        ApiError: 400 for a body that cannot be read, 413 for one that is too large.
    """
    body = await bounded_body(request, MAX_BODY)
    if body is None:
        raise ApiError(413, "Request Entity Too Large")
    values: dict[str, Any] = dict(request.query_params)
    content_type = request.headers.get("content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    if kind == _JSON:
        _check_length(len(body))
        return Args(values | _json_object(body))
    if kind not in {_MULTIPART, _FORM}:
        return Args(values)
    if kind == _MULTIPART:
        _check_boundary(content_type, body)
    uploads: dict[str, Upload] = {}
    form = await _parsed(kind, request.headers, body)
    for name, value in form.items():
        if isinstance(value, UploadFile):
            sent_as = value.content_type or "application/octet-stream"
            uploads[name] = Upload(value.filename or "", sent_as, await value.read())
        else:
            values[name] = value
    await form.close()
    _check_length(sum(len(name) + len(value) for name, value in values.items()))
    return Args(values, uploads)


async def bounded_body(request: Request, limit: int) -> bytes | None:
    """Return the body, None if it has more than `limit` bytes."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)


def _check_length(parameters: int) -> None:
    if parameters > MAX_PARAMETERS:
        raise ApiError(413, "Request Entity Too Large: too many parameters")


def _check_boundary(content_type: str, body: bytes) -> None:
    _, found, boundary = content_type.partition("boundary=")
    if not found:
        raise bad_request("boundary not found")
    last = f"--{boundary.partition(';')[0].strip().strip(chr(34))}--".encode("latin-1", "replace")
    if last not in body[-len(last) - 4 :]:  # two line ends may follow
        raise bad_request("unexpected end of request content")


async def _parsed(kind: str, headers: Headers, body: bytes) -> FormData:
    parser: MultiPartParser | FormParser
    if kind == _MULTIPART:
        parser = MultiPartParser(headers, _once(body), max_part_size=MAX_BODY)
    else:
        parser = FormParser(headers, _once(body), max_part_size=MAX_BODY)
    try:
        return await parser.parse()
    except MultiPartException as cause:
        raise bad_request("can't parse form data headers") from cause


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body
    yield b""


def _json_object(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    if not body.lstrip().startswith(b"{"):
        raise bad_request("JSON object expected")
    try:
        value: dict[str, Any] = json.loads(body)
    except (ValueError, RecursionError) as cause:
        raise bad_request("expected next field or object end") from cause  # one of several words there
    return value
