from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry

from lbc_runtime.masking import mask
from lbc_runtime.metrics import METRICS, Catalogue, Kind, code
from lbc_runtime.telemetry import (
    JsonFormatter,
    bind,
    configure_logging,
    configure_tracing,
    follow_trace,
    inject_trace,
)

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


def record(message: str, *args: object, **extra: object) -> logging.LogRecord:
    made = logging.makeLogRecord({"name": "lbc", "levelname": "INFO", "msg": message, "args": args})
    vars(made).update(extra)
    return made


def test_a_line_is_json_with_what_belongs_to_it() -> None:
    with bind(correlation_id="bot:7"):
        line = json.loads(JsonFormatter("delivery").format(record("sent %s", "a\nb", kind="video")))
    assert line["service"] == "delivery"
    assert line["message"] == "sent a\nb"
    assert line["correlation_id"] == "bot:7"
    assert line["kind"] == "video"
    assert "correlation_id" not in json.loads(JsonFormatter("delivery").format(record("later")))


def test_an_error_brings_its_stack_without_the_token() -> None:
    error = ValueError(f"https://api.telegram.org/bot{TOKEN}/sendVideo")
    line = JsonFormatter("delivery").format(record("fell", exc_info=(ValueError, error, None)))
    assert "sendVideo" in line
    assert "AAHdq" not in line


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"token {TOKEN}", "AAHdq"),
        ("amqp://delivery:hunter2@broker:5672/lbc", "hunter2"),
        ("amqps://delivery:p%40ss@broker", "p%40ss"),
        ("http://admin:hunter2@broker:15672/api", "hunter2"),
        ("https://s3/x?X-Amz-Credential=AKIA1&X-Amz-Signature=abc123", "abc123"),
        ("https://s3/x?X-Amz-Security-Token=FwoGZX", "FwoGZX"),
    ],
)
def test_secrets_are_masked(text: str, secret: str) -> None:
    assert secret not in mask(text)


def test_what_is_no_secret_stays() -> None:
    text = "2026-11-23T12:00:00 update 110201543 at amqp://delivery@broker:5672/lbc took 12:30"
    assert mask(text) == text


def test_without_an_endpoint_there_is_no_tracing_and_no_sdk_needed() -> None:
    configure_tracing("media", None)()
    with follow_trace({"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}, "process x"):
        assert inject_trace()["traceparent"].split("-")[1] == "0af7651916cd43dd8448eb211c80319c"
    assert inject_trace() == {}


def test_every_metric_is_named_once_and_well() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert metric.name.startswith("lbc_")
        assert metric.help.endswith(".")
        assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER)


def test_a_metric_that_is_not_in_the_catalogue_is_a_bug() -> None:
    with pytest.raises(KeyError):
        Catalogue(CollectorRegistry()).counter("lbc_surprise_total")


def test_a_text_is_no_value_for_a_label() -> None:
    assert code("chat-pacing") == "chat-pacing"
    assert code("user 7 has no chat") == "other"
    assert code("x" * 100) == "other"


@pytest.fixture
def logging_restored() -> Iterator[None]:
    """Give the process its logging back, which belongs to pytest."""
    names = [None, *logging.Logger.manager.loggerDict]
    levels = {name: logging.getLogger(name).level for name in names}
    root = logging.getLogger()
    handlers = root.handlers[:]
    yield
    root.handlers[:] = handlers
    for name in [None, *logging.Logger.manager.loggerDict]:
        logging.getLogger(name).setLevel(levels.get(name, logging.NOTSET))


@pytest.mark.usefixtures("logging_restored")
@pytest.mark.parametrize(
    "name", ["botocore.parsers", "aiobotocore.credentials", "aiohttp.client", "urllib3", "telegram.Bot", "httpx"]
)
def test_at_debug_no_driver_tells_its_secrets(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("media", "DEBUG")
    logging.getLogger(name).debug("<SecretAccessKey>s3cr3t</SecretAccessKey><SessionToken>t0k3n</SessionToken>")
    logging.getLogger(name).info("connected")
    logging.getLogger("lbc_media").debug("looking")
    lines = [json.loads(line)["message"] for line in capsys.readouterr().out.splitlines()]
    assert lines == ["connected", "looking"]


@pytest.mark.usefixtures("logging_restored")
def test_a_driver_says_no_more_than_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("media", "WARNING")
    logging.getLogger("httpx").info("POST")
    assert capsys.readouterr().out == ""
