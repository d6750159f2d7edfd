"""The record: asked for, waited for, streamed, downloaded."""

from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from telegram_sim.core.record import Filter
from telegram_sim.edge.answers import JsonAnswer, encoded
from telegram_sim.edge.control.asking import Table, bad, integer_of, integers_of, number_of
from telegram_sim.edge.stream import event_stream
from telegram_sim.simulator import Simulator

MAX_ENTRIES = 1000
"""Entries in one answer; a download has no such limit."""
FILE_NAME = "telegram-sim-record.jsonl"
_BATCH = 500


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
        wanted, cursor = _filter(request), self._cursor(request)
        form = request.query_params.get("format", "json")
        if form == "jsonl":
            return self._download(cursor, wanted)
        if form != "json":
            raise bad("format: json or jsonl is expected")
        limit = min(max(int(number_of(request, "limit", MAX_ENTRIES)), 1), MAX_ENTRIES)
        wait = number_of(request, "wait", 0.0)
        entries, cursor = await self._sim.waiting.entries(cursor, wanted, limit, wait)
        return JsonAnswer({"entries": entries, "next": cursor})

    async def events(self, request: Request) -> Response:
        """Stream the same entries as server-sent events."""
        return event_stream(self._sim.waiting, self._cursor(request), _filter(request))

    def _download(self, cursor: int, wanted: Filter) -> Response:
        headers = {
            "Content-Disposition": 'attachment; filename="telegram-sim-record.jsonl"',
            "Cache-Control": "no-store",
        }
        return StreamingResponse(self._lines(cursor, wanted), media_type="application/x-ndjson", headers=headers)

    async def _lines(self, cursor: int, wanted: Filter) -> AsyncIterator[bytes]:
        last = self._sim.record.last  # what is added meanwhile would keep a download from ending
        while cursor < last:
            entries, cursor = self._sim.record.since(cursor, wanted, _BATCH)
            yield b"".join(encoded(entry) + b"\n" for entry in entries if entry["seq"] <= last)

    def _cursor(self, request: Request) -> int:
        # A browser that connects again names the last event it got; any other header is as good as none.
        seen = request.headers.get("last-event-id", "")
        if seen.isascii() and seen.isdecimal():
            return int(seen[:16])
        if request.query_params.get("since") == "now":
            return self._sim.record.last
        return max(int(number_of(request, "since", 0)), 0)


def _filter(request: Request) -> Filter:
    kinds = frozenset(filter(None, request.query_params.get("kinds", "").split(",")))
    return Filter(
        kinds, integers_of(request, "chat_id"), request.query_params.get("method", ""), integer_of(request, "update_id")
    )
