"""uvicorn's fastest protocol with the two bounds it lacks: on the head of a request, in bytes and in seconds.

httptools buffers whatever a client calls a header. Without these bounds anyone could fill the memory, or hold
connections open for ever, before the secret is looked at. h11 has a bound on bytes, at several times the CPU.
"""

from __future__ import annotations

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD: Final = 32 * 1024
HEAD_SECONDS: Final = 10.0

_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: application/json\r\ncontent-length: 43\r\nconnection: close\r\n\r\n"
    b'{"error":"Request Header Fields Too Large"}'
)


class BoundedProtocol(HttpToolsProtocol):
    """Closes a connection whose request head is too long or too slow.

    Attributes:
        max_head: bytes from the request line to the empty line, up to one read of the socket more.
        head_seconds: from the opening of the connection, or the first byte of a later request, to the empty line.
    """

    max_head = MAX_HEAD
    head_seconds = HEAD_SECONDS

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        """Start the clock for the first head."""
        super().connection_made(transport)
        self._head = 0
        self._in_body = False
        self._deadline: asyncio.TimerHandle | None = None
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the clock."""
        self._head_read()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes while no body is expected."""
        if not self._in_body:
            if self._deadline is None:
                self._expect_head()
            self._head += len(data)
        super().data_received(data)
        if not self._in_body and self._head > self.max_head and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_headers_complete(self) -> None:
        """The head is whole: what follows is body, which the application bounds."""
        self._head_read()
        self._in_body = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The next byte belongs to another head."""
        self._in_body = False
        super().on_message_complete()

    def _expect_head(self) -> None:
        self._deadline = self.loop.call_later(self.head_seconds, self._too_slow)

    def _head_read(self) -> None:
        self._head = 0
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.close()
