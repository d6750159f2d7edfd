"""The client against a server that misbehaves byte by byte: what was surely not sent, and what may have been."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from delivery_world.server import MESSAGE, Respond, Server, answer, drop, garbage, half, silence
from opentelemetry.instrumentation.aiohttp_client import AioHttpClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry

from lbc_contracts.messages import Button
from lbc_delivery.adapters.bot_api import TelegramBotApi
from lbc_delivery.adapters.meter import CatalogueMeter
from lbc_delivery.adapters.transport import Transport, session
from lbc_delivery.app.ports import BotApiError, ChatAction, FateUnknownError, NotSentError, Receipt, RefusedError
from lbc_delivery.domain.drafts import AudioDraft, TextDraft, VideoDraft
from lbc_delivery.domain.refusals import Answer
from lbc_delivery.domain.sources import FileId, Url
from lbc_runtime.metrics import Catalogue
from lbc_runtime.secretfile import SecretFile
from lbc_testkit.ports import free_port

TOKEN = "123456789:token-of-the-tests-and-of-nothing-else"
OTHER_TOKEN = "123456789:BBtesttokentesttokentesttokentest_-2"
DRAFT = TextDraft(42, "Hello")


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        await made.serve(reader, writer)

    running = await asyncio.start_server(serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}"
    yield made
    running.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def token(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    return file


@asynccontextmanager
async def client(
    url: str, token: Path, *, meter: CatalogueMeter | None = None, **timeouts: float
) -> AsyncIterator[TelegramBotApi]:
    meter = meter or CatalogueMeter(Catalogue(CollectorRegistry()))
    async with session(**({"connect_timeout": 1.0, "request_timeout": 5.0} | timeouts)) as http:
        yield TelegramBotApi(Transport(http, url, SecretFile(token), meter.called))


async def failure(api: TelegramBotApi) -> BotApiError:
    with pytest.raises(BotApiError) as caught:
        await api.send(DRAFT)
    return caught.value


async def test_a_text_goes_out_as_html_with_its_buttons(server: Server, token: Path) -> None:
    buttons = ((Button(label="Tap", data="continue:1:v"), Button(label="Open", url="https://x.test/")),)
    async with client(server.url, token) as api:
        receipt = await api.send(TextDraft(42, "<b>Hi</b>", buttons))
    assert (receipt.message_id, receipt.file_id) == (7, None)
    ((path, fields),) = server.requests
    assert path == f"/bot{TOKEN}/sendMessage"
    assert (fields["chat_id"], fields["text"], fields["parse_mode"]) == ("42", "<b>Hi</b>", "HTML")
    assert json.loads(fields["reply_markup"]) == {
        "inline_keyboard": [
            [{"text": "Tap", "callback_data": "continue:1:v"}, {"text": "Open", "url": "https://x.test/"}]
        ]
    }


async def test_a_video_goes_out_by_its_source(server: Server, token: Path) -> None:
    medium = {"file_id": "F1", "file_unique_id": "u", "width": 1, "height": 1, "duration": 1}
    server.respond = answer(200, {"ok": True, "result": MESSAGE | {"video": medium}})
    async with client(server.url, token) as api:
        receipt = await api.send(VideoDraft(42, Url("https://s3.test/v.mp4?a=1&b=2"), "<i>c</i>"))
        await api.send(VideoDraft(42, FileId("F1"), ""))
    assert receipt.file_id == "F1"
    (path, first), (_, second) = server.requests
    assert path.endswith("/sendVideo")
    assert (first["video"], first["caption"]) == ("https://s3.test/v.mp4?a=1&b=2", "<i>c</i>")
    assert (first["supports_streaming"], first["parse_mode"]) == ("true", "HTML")
    assert second["video"] == "F1"
    assert server.connections == 1


async def test_an_audio_goes_out_with_its_title(server: Server, token: Path) -> None:
    medium = {"file_id": "A1", "file_unique_id": "u", "duration": 1}
    server.respond = answer(200, {"ok": True, "result": MESSAGE | {"audio": medium}})
    async with client(server.url, token) as api:
        receipt = await api.send(AudioDraft(42, Url("https://s3.test/a.mp3"), "A greeting", "Hello"))
    assert receipt.file_id == "A1"
    ((path, fields),) = server.requests
    assert path.endswith("/sendAudio")
    assert (fields["audio"], fields["title"], fields["caption"]) == ("https://s3.test/a.mp3", "A greeting", "Hello")


@pytest.mark.parametrize(
    ("changed", "file_id"),
    [
        ({"chat": "what was an object"}, None),
        ({"video": {"file_id": "V1"}}, "V1"),
        ({"video": {"file_id": "V1", "thumbnail": 7}, "entities": "none", "date": None}, "V1"),
        ({"audio": {"file_id": "A1", "duration": {}}}, "A1"),
        ({"document": {"file_id": "D1", "file_size": []}}, "D1"),
        ({"animation": {"file_id": "N1"}}, "N1"),
        ({"video": {"file_id": 1}}, None),
        ({"video": "none"}, None),
    ],
)
async def test_a_result_that_has_changed_is_a_message_all_the_same(
    server: Server, token: Path, changed: dict[str, Any], file_id: str | None
) -> None:
    server.respond = answer(200, {"ok": True, "result": MESSAGE | changed})
    async with client(server.url, token) as api:
        assert await api.send(DRAFT) == Receipt(7, file_id)


async def test_who_answers_is_up_whatever_the_words(server: Server, token: Path) -> None:
    results: list[object] = [None, [], {"id": 1}, "B"]
    for result in results:
        server.respond = answer(200, {"ok": True, "result": result})
        async with client(server.url, token) as api:
            await api.act(42, ChatAction.RECORD_VOICE)
            await api.probe()


@pytest.mark.parametrize("respond", [answer(500, b""), answer(200, b"?"), drop, silence])
async def test_a_probe_that_brings_no_answer_of_telegrams_fails_within_the_time_of_a_request(
    server: Server, token: Path, respond: Respond
) -> None:
    server.respond = respond
    async with asyncio.timeout(3), client(server.url, token, request_timeout=0.3) as api:
        with pytest.raises(BotApiError):
            await api.probe()


async def test_a_driver_that_fails_in_its_own_way_may_have_sent(server: Server, token: Path) -> None:
    async with session(connect_timeout=1, request_timeout=5) as http:
        meter = CatalogueMeter(Catalogue(CollectorRegistry()))
        api = TelegramBotApi(Transport(http, server.url, SecretFile(token), meter.called))
    error = await failure(api)  # the session is closed, which is no error of the network
    assert isinstance(error, FateUnknownError)
    assert error.cause == "unreadable"


async def test_a_bug_before_the_request_is_no_failure_of_telegrams(server: Server, token: Path) -> None:
    async with client(server.url, token) as api:
        with pytest.raises(AttributeError):
            await api.send(None)  # type: ignore[arg-type]  # that is the bug
    assert server.requests == []


async def test_actions_and_probes(server: Server, token: Path) -> None:
    server.respond = answer(200, {"ok": True, "result": True})
    async with client(server.url, token) as api:
        await api.act(42, ChatAction.RECORD_VOICE)
        server.respond = answer(200, {"ok": True, "result": {"id": 1, "is_bot": True, "first_name": "B"}})
        await api.probe()
    assert server.requests[0][1] == {"chat_id": "42", "action": "record_voice"}
    assert server.requests[1][0].endswith("/getMe")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"},
            Answer(403, "Forbidden: bot was blocked by the user"),
        ),
        (
            {
                "ok": False,
                "error_code": 429,
                "description": "Too Many Requests: retry after 7",
                "parameters": {"retry_after": 7},
            },
            Answer(429, "Too Many Requests: retry after 7", retry_after=7.0),
        ),
        (
            {"ok": False, "error_code": 400, "description": "x", "parameters": {"migrate_to_chat_id": -100}},
            Answer(400, "x", migrated=True),
        ),
        ({"ok": False, "error_code": 401}, Answer(401, "")),
    ],
)
async def test_a_refusal_keeps_its_words(server: Server, token: Path, body: dict[str, Any], expected: Answer) -> None:
    server.respond = answer(body["error_code"], body)
    async with client(server.url, token) as api:
        error = await failure(api)
    assert isinstance(error, RefusedError)
    assert error.answer == expected


@pytest.mark.parametrize(
    ("respond", "cause"),
    [
        (drop, "dropped"),
        (half, "dropped"),
        (garbage, "dropped"),
        (answer(500, {"ok": False, "error_code": 500, "description": "Internal Server Error"}), "http_5xx"),
        (answer(502, b"<html>Bad Gateway</html>"), "http_5xx"),
        (answer(200, b"<html>welcome to the hotel</html>"), "unreadable"),
        (answer(200, {"ok": True}), "unreadable"),
        (answer(200, {"ok": True, "result": True}), "unreadable"),
        (answer(200, {"ok": True, "result": []}), "unreadable"),
        (answer(200, {"ok": True, "result": {"message_id": "seven"}}), "unreadable"),
        (answer(400, b"<html>proxy</html>"), "unreadable"),
        (answer(408, b"<html>proxy</html>"), "unreadable"),
        (answer(429, b"<html>proxy</html>"), "unreadable"),
        (answer(499, b""), "unreadable"),
    ],
)
async def test_what_was_written_and_not_answered_may_have_been_sent(
    server: Server, token: Path, respond: Respond, cause: str
) -> None:
    server.respond = respond
    async with client(server.url, token) as api:
        error = await failure(api)
    assert isinstance(error, FateUnknownError)
    assert error.cause == cause
    assert len(server.requests) == 1


async def test_no_answer_in_time_may_have_been_sent(server: Server, token: Path) -> None:
    server.respond = silence
    async with client(server.url, token, request_timeout=0.3) as api:
        error = await failure(api)
    assert isinstance(error, FateUnknownError)
    assert error.cause == "timeout"


async def test_a_connection_that_is_refused_sent_nothing(token: Path) -> None:
    async with client(f"http://127.0.0.1:{free_port()}", token) as api:
        assert isinstance(await failure(api), NotSentError)


async def test_a_name_that_does_not_resolve_sent_nothing(token: Path) -> None:
    async with client("http://telegram.invalid", token) as api:
        assert isinstance(await failure(api), NotSentError)


async def test_a_handshake_that_fails_sent_nothing(server: Server, token: Path) -> None:
    async with client(server.url.replace("http:", "https:"), token) as api:
        assert isinstance(await failure(api), NotSentError)


async def test_no_free_connection_in_time_sent_nothing(server: Server, token: Path) -> None:
    server.respond = silence
    async with client(server.url, token, connect_timeout=3) as api:
        busy = [asyncio.create_task(failure(api)) for _ in range(100)]
        async with asyncio.timeout(20), server.asked:
            await server.asked.wait_for(lambda: len(server.requests) == len(busy))
        assert isinstance(await failure(api), NotSentError)
        for task in busy:
            task.cancel()
        await asyncio.wait(busy)


@pytest.mark.parametrize("status", [302, 401, 403, 404, 407, 413])
async def test_what_is_not_telegrams_answer_says_nothing_of_the_person(
    server: Server, token: Path, status: int
) -> None:
    server.respond = answer(status, b"<html>proxy</html>")
    async with client(server.url, token) as api:
        assert isinstance(await failure(api), NotSentError)


async def test_the_token_is_read_again_when_it_changes(server: Server, token: Path) -> None:
    async with client(server.url, token) as api:
        await api.send(DRAFT)
        token.write_text(f"{OTHER_TOKEN}\n\n")
        await api.send(DRAFT)
        token.unlink()
        assert isinstance(await failure(api), NotSentError)
    assert [path for path, _ in server.requests] == [f"/bot{TOKEN}/sendMessage", f"/bot{OTHER_TOKEN}/sendMessage"]


async def test_calls_are_measured_by_method(server: Server, token: Path) -> None:
    registry = CollectorRegistry()
    server.respond = drop
    async with client(server.url, token, meter=CatalogueMeter(Catalogue(registry))) as api:
        await failure(api)
    assert registry.get_sample_value("lbc_bot_api_seconds_count", {"method": "sendMessage"}) == 1


@pytest.mark.parametrize("respond", [drop, half, garbage, silence, answer(200, b"?"), answer(401, {"ok": False})])
async def test_the_token_never_leaves(
    server: Server, token: Path, respond: Respond, caplog: pytest.LogCaptureFixture
) -> None:
    """In no log, though everything is logged, in no error with all that it drags along, and in no span."""
    caplog.set_level(logging.DEBUG)
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    server.respond = respond
    errors: list[BotApiError] = []
    instrumentor = AioHttpClientInstrumentor()
    instrumentor.instrument(tracer_provider=provider)
    try:
        async with session(connect_timeout=1, request_timeout=0.5) as http:
            meter = CatalogueMeter(Catalogue(CollectorRegistry()))
            for url in (server.url, f"http://127.0.0.1:{free_port()}", "http://not a host"):
                transport = Transport(http, url, SecretFile(token), meter.called, provider.get_tracer("test"))
                errors.append(await failure(TelegramBotApi(transport)))
    finally:
        instrumentor.uninstrument()
    secret = TOKEN.partition(":")[2]
    assert secret not in caplog.text
    for error in errors:
        assert secret not in repr(error) + str(error)
        assert error.__cause__ is None
        assert error.__suppress_context__
    spans = exporter.get_finished_spans()
    assert [span.name for span in spans] == ["telegram sendMessage"] * 3
    assert all(secret not in span.to_json() for span in spans)
