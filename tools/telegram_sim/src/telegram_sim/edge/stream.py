"""Server-sent events: the record, live."""

from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse

from telegram_sim.core.record import Filter
from telegram_sim.edge.answers import encoded
from telegram_sim.edge.waiting import Waiting

HEARTBEAT = 15.0
BATCH = 200
RETRY = 1000
"""Milliseconds until a browser that lost the stream connects again."""


def event_stream(waiting: Waiting, cursor: int, wanted: Filter) -> StreamingResponse:
    """Return a response that goes on until the reader leaves or the simulator stops."""
    return StreamingResponse(
        _events(waiting, cursor, wanted),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(waiting: Waiting, cursor: int, wanted: Filter) -> AsyncIterator[bytes]:
    yield b"retry: %d\n\n" % RETRY
    while not waiting.stopping:
        missed = waiting.missed(cursor)
        if missed is None:
            cursor = 0
        if missed != 0:
            yield b"event: gap\ndata: %s\n\n" % encoded({"since": cursor, "missed": missed})
        entries, cursor = await waiting.entries(cursor, wanted, BATCH, HEARTBEAT)
        for entry in entries:
            yield b"id: %d\ndata: %s\n\n" % (entry["seq"], encoded(entry))
        if not entries:
            yield b": still here\n\n"
