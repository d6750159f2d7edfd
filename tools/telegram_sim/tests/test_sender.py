"""What the sender makes of an answer's connection, and of its own mistakes."""

import asyncio
import logging
import random
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import HttpVersion, HttpVersion10, HttpVersion11

from telegram_sim.core.record import Record
from telegram_sim.core.updates.pending import Pending
from telegram_sim.core.updates.queues import UpdateQueues
from telegram_sim.core.webhook.webhook import Webhook
from telegram_sim.edge.clock import Clock
from telegram_sim.edge.sender import WebhookSender
from telegram_sim.edge.webhook_answer import outcome_of


class BrokenSession:
    """Fails in a way that nobody foresaw."""

    def __init__(self) -> None:
        self.tries = 0
        self.twice = asyncio.Event()

    def post(self, *_arguments: Any, **_options: Any) -> Any:
        self.tries += 1
        if self.tries == 2:
            self.twice.set()
        raise RuntimeError("unforeseen")


@pytest.mark.parametrize(
    ("version", "said", "kept"),
    [
        (HttpVersion11, None, True),
        (HttpVersion10, None, False),
        (HttpVersion11, "Close", False),
        (HttpVersion10, "keep-alive", True),
    ],
)
async def test_a_connection_is_kept_as_the_answer_says(version: HttpVersion, said: str | None, *, kept: bool) -> None:
    answer: Any = SimpleNamespace(
        status=200,
        reason="OK",
        version=version,
        content_length=None,
        headers={} if said is None else {"Connection": said},
    )
    assert (await outcome_of(answer)).kept is kept


async def test_a_bug_is_told_and_holds_no_connection_and_no_update(caplog: pytest.LogCaptureFixture) -> None:
    session: Any = BrokenSession()
    queues = UpdateQueues(random.Random(1).randint)  # noqa: S311 - dice
    sender = WebhookSender(session, queues, Record(10, lambda: 0.0), Clock(0.001))
    sender.point_to(Webhook("https://a.b/", secret="the-secret"))
    queues.push(Pending(1, "message", b"", "a", expires_at=1e9), 0.0)
    delivering = asyncio.create_task(sender.run())
    with caplog.at_level(logging.ERROR):
        async with asyncio.timeout(10):
            await session.twice.wait()
    delivering.cancel()
    await asyncio.gather(delivering, return_exceptions=True)
    assert "delivery of an update broke" in caplog.text
    assert "unforeseen" in caplog.text
    assert "the-secret" not in caplog.text
