"""Polly's SynthesizeSpeech over HTTP, at an address of ours: its protocol, its limits and, on request, its failures.

It lives in the event loop that made it, and answers only while that loop runs.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from lbc_testkit.http import serving
from lbc_testkit.polly import protocol, tone
from lbc_testkit.polly.bucket import TokenBucket
from lbc_testkit.polly.protocol import SERVICE_FAILURE, THROTTLED, UNAVAILABLE, Refusal, RefusedError, SpeechRequest
from lbc_testkit.ports import free_port

__all__ = ["SERVICE_FAILURE", "THROTTLED", "UNAVAILABLE", "Polly", "Refusal", "SpeechRequest", "polly"]

_REMEMBERED = 10_000
_PUBLISHED = {"standard": (80.0, 100.0), "neural": (8.0, 10.0), "long-form": (8.0, 10.0), "generative": (8.0, 8.0)}
_CONTENT_TYPES = {"mp3": "audio/mpeg", "pcm": "audio/pcm"}


class Polly:
    """The endpoint's state, for tests to look at and to change.

    Attributes:
        endpoint: its address.
        throttling: whether the published rates are kept.
        latency: seconds before each answer.
        spoken: the latest requests that were answered with audio.
        refused: names of the latest errors it answered.
    """

    def __init__(self, endpoint: str, *, throttling: bool = True) -> None:
        self.endpoint = endpoint
        self.throttling = throttling
        self.latency = 0.0
        self.spoken: deque[SpeechRequest] = deque(maxlen=_REMEMBERED)
        self.refused: deque[str] = deque(maxlen=_REMEMBERED)
        self._buckets = {engine: TokenBucket(*limits) for engine, limits in _PUBLISHED.items()}
        self._failure: Refusal | None = None
        self._failures_left: int | None = None

    def fail(self, refusal: Refusal = SERVICE_FAILURE, *, times: int | None = None) -> None:
        """Answer the next ``times`` requests with this refusal; None: until `heal`."""
        self._failure = refusal
        self._failures_left = times

    def heal(self) -> None:
        """End what `fail` began."""
        self._failure = None

    async def handle(self, request: web.Request) -> web.Response:
        """POST /v1/speech."""
        if self.latency:
            await asyncio.sleep(self.latency)
        try:
            speech = self._accept(request.headers.get("Authorization"), await request.read())
        except RefusedError as error:
            self.refused.append(error.refusal.type)
            return _answer(error.refusal)
        render = tone.mp3 if speech.output_format == "mp3" else tone.pcm
        audio = await asyncio.to_thread(render, speech.text, speech.sample_rate)
        self.spoken.append(speech)
        return web.Response(
            body=audio,
            content_type=_CONTENT_TYPES[speech.output_format],
            headers={"x-amzn-RequestCharacters": str(speech.billed)},
        )

    def _accept(self, authorization: str | None, body: bytes) -> SpeechRequest:
        protocol.check_signature(authorization)
        self._fail_if_asked()
        try:
            speech = SpeechRequest.parse(json.loads(body))
        except ValueError:
            raise RefusedError(Refusal("SerializationException", 400, "the request is not JSON")) from None
        if self.throttling and not self._buckets[speech.engine].take():
            raise RefusedError(THROTTLED)
        return speech

    def _fail_if_asked(self) -> None:
        failure = self._failure
        if failure is None:
            return
        if self._failures_left is not None:
            self._failures_left -= 1
            if self._failures_left <= 0:
                self._failure = None
        raise RefusedError(failure)


def _answer(refusal: Refusal) -> web.Response:
    return web.json_response(
        {"message": refusal.message}, status=refusal.status, headers={"x-amzn-ErrorType": refusal.type}
    )


@asynccontextmanager
async def polly(*, port: int | None = None, throttling: bool = True) -> AsyncIterator[Polly]:
    """Serve while the block runs.

    Raises:
        OSError: the port is taken.
    """
    number = port or free_port()
    state = Polly(f"http://127.0.0.1:{number}", throttling=throttling)
    app = web.Application()
    app.router.add_post("/v1/speech", state.handle)
    async with serving(app, number):
        yield state
