"""From an HTTP request to the arguments of a call, worded as the server's reader does (td, HttpReader.cpp)."""

from collections.abc import AsyncGenerator, Iterable
from typing import Any
from urllib.parse import parse_qsl, unquote

from python_multipart.exceptions import FormParserError
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from telegram_sim.core.args import Args, Upload
from telegram_sim.core.errors import ApiError, bad_request
from telegram_sim.edge.json_arguments import json_arguments

MAX_BODY = 60 * 1024 * 1024
MAX_PARAMETERS = 1 << 20
"""Bytes of all arguments that are no files (td, HttpReader.h, MAX_TOTAL_PARAMETERS_LENGTH)."""

_JSON = "application/json"
_MULTIPART = "multipart/form-data"
_FORM = "application/x-www-form-urlencoded"


async def read_args(request: Request) -> Args:
    """Return the arguments (docs, "Making requests": query string, urlencoded, JSON or multipart).

    Of an argument that is given twice the first one counts, the query string before the body (server, Query.h, arg).

    Raises:
        ApiError: 400 for a body that cannot be read, 413 for one that is too large.
    """
    body = await bounded_body(request, MAX_BODY)
    if body is None:
        raise ApiError(413, "Request Entity Too Large")
    values = _first(_pairs(request.url.query))
    content_type = request.headers.get("content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    if kind == _JSON:
        _check_length(len(body))
        return Args(json_arguments(body) | values)
    if kind == _FORM:
        _check_length(len(body))
        return Args(_first(_pairs(body.decode(errors="surrogateescape"))) | values)
    if kind != _MULTIPART or not body:
        return Args(values)
    _check_boundary(content_type, body)
    uploads: dict[str, Upload] = {}
    form = await _parsed(request.headers, body)
    for quoted, value in form.multi_items():
        name = unquote(quoted, errors="surrogateescape")  # as td does, so that aiohttp's way of quoting works
        if not isinstance(value, UploadFile):
            values.setdefault(name, value)
        elif name not in uploads:
            sent_as = value.content_type or "application/octet-stream"
            uploads[name] = Upload(unquote(value.filename or ""), sent_as, await value.read())
    await form.close()
    _check_length(sum(len(name) + len(value) for name, value in values.items()))
    return Args(values, uploads)


def _pairs(source: str) -> list[tuple[str, str]]:
    return parse_qsl(source, keep_blank_values=True, errors="surrogateescape")


def _first(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        found.setdefault(name, value)
    return found


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


async def _parsed(headers: Headers, body: bytes) -> FormData:
    try:
        return await MultiPartParser(headers, _once(body), max_part_size=MAX_BODY).parse()
    except (MultiPartException, FormParserError) as cause:  # older Starlettes let the latter through
        nameless = '"name" must be provided' in str(getattr(cause, "message", ""))
        words = "field name in multipart/form-data not found" if nameless else "can't parse form data headers"
        raise bad_request(words) from cause


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body
    yield b""
