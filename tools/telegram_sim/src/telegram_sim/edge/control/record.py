"""The record: asked for, waited for, streamed, downloaded."""

from collections.abc import AsyncIterator, Iterable

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from telegram_sim.core.record import ENTRY_KINDS, Filter
from telegram_sim.core.types import Json
from telegram_sim.edge.answers import JsonAnswer, encoded
from telegram_sim.edge.control.asking import Table, bad, integer_of, integers_of, number_of, query_of
from telegram_sim.edge.stream import event_stream
from telegram_sim.simulator import Simulator

MAX_ENTRIES = 1000
"""Entries in one answer; a download has no such limit."""
FILE_NAME = "telegram-sim-record.jsonl"
MISSED = "Telegram-Sim-Missed"
"""The header of a download that tells how many entries it would have begun with, had they not been forgotten."""
_CHUNK = 1 << 16
"""Bytes that are sent at once, about."""
_FILTERS = ("kinds", "chat_id", "method", "update_id")


class RecordRoutes:
    """Endpoints /record and /events."""

    def __init__(self, simulator: Simulator) -> None:
        self._sim = simulator

    def table(self) -> Table:
        """Return methods, paths and endpoints."""
        return [
            ("GET", "/record", self.read),
            ("GET", "/events", self.events),
        ]

    async def read(self, request: Request) -> Response:
        """Give entries after `since`; with `wait`, as soon as there are any; with `format=jsonl`, all as a file."""
        query_of(request, "since", "wait", "limit", "format", *_FILTERS)
        wanted, cursor = _filter(request), self._since(request)
        form = request.query_params.get("format", "json")
        if form == "jsonl":
            return self._download(cursor, wanted)
        if form != "json":
            raise bad("format: json or jsonl is expected")
        limit = min(max(int(number_of(request, "limit", MAX_ENTRIES)), 1), MAX_ENTRIES)
        wait = number_of(request, "wait", 0.0)
        missed = self._sim.record.missed(cursor)
        entries, cursor = await self._sim.waiting.entries(cursor, wanted, limit, wait)
        return JsonAnswer({"entries": entries, "next": cursor, "missed": missed})

    async def events(self, request: Request) -> Response:
        """Stream the same entries as server-sent events, for a browser that connects again from where it was."""
        query_of(request, "since", *_FILTERS)
        # A browser that connects again names the last event it got; any other header is as good as none.
        seen = request.headers.get("last-event-id", "")
        named = seen.isascii() and seen.isdecimal()
        return event_stream(self._sim.waiting, int(seen[:16]) if named else self._begin(request), _filter(request))

    def _download(self, cursor: int, wanted: Filter) -> Response:
        record = self._sim.record
        headers = {
            "Content-Disposition": f'attachment; filename="{FILE_NAME}"',
            "Cache-Control": "no-store",
            MISSED: str(record.missed(cursor)),
        }
        # What is added or forgotten meanwhile changes nothing: the file is the record as it was asked for.
        content = _lines(record.all(cursor, wanted))
        return StreamingResponse(content, media_type="application/x-ndjson", headers=headers)

    def _begin(self, request: Request) -> int:
        last = self._sim.record.last
        now = request.query_params.get("since") == "now"
        return last if now else max(int(number_of(request, "since", 0)), 0)

    def _since(self, request: Request) -> int:
        cursor, last = self._begin(request), self._sim.record.last
        if cursor > last:
            words = f"since: the last entry is {last}, so {cursor} is of an earlier run of the simulator: begin with 0"
            raise bad(words)
        return cursor


async def _lines(entries: Iterable[Json]) -> AsyncIterator[bytes]:
    chunk = bytearray()
    for entry in entries:
        chunk += encoded(entry) + b"\n"
        if len(chunk) >= _CHUNK:
            yield bytes(chunk)
            chunk.clear()
    yield bytes(chunk)


def _filter(request: Request) -> Filter:
    kinds = frozenset(filter(None, request.query_params.get("kinds", "").split(",")))
    if unknown := sorted(kinds - set(ENTRY_KINDS)):
        raise bad(f"kinds: there is no {', '.join(unknown)}; there are {', '.join(ENTRY_KINDS)}")
    return Filter(
        kinds, integers_of(request, "chat_id"), request.query_params.get("method", ""), integer_of(request, "update_id")
    )
