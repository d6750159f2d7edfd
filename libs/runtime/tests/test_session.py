"""Acks on a channel that may be gone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiormq.exceptions import ChannelInvalidStateError

from lbc_runtime.consumer import ChannelAcks, Session


class Wire:
    """A channel that fails as it is told."""

    def __init__(self, error: BaseException | None = None, *, hangs: bool = False) -> None:
        self.error = error
        self.hangs = hangs
        self.acked: list[int] = []

    async def basic_ack(self, tag: int, *, wait: bool) -> None:
        assert not wait
        if self.hangs:
            await asyncio.Event().wait()
        if self.error:
            raise self.error
        self.acked.append(tag)


def session(channel: Any) -> tuple[Session, list[str]]:
    lost: list[str] = []
    return Session(channel, 0.05, lost.append), lost


async def test_an_ack_goes_out() -> None:
    channel = Wire()
    opened, lost = session(channel)
    await ChannelAcks(opened, "onboarding.due", 7).ack()
    assert channel.acked == [7]
    assert lost == []


@pytest.mark.parametrize(
    "channel",
    [
        Wire(ChannelInvalidStateError("closed")),
        Wire(ConnectionResetError()),
        Wire(asyncio.CancelledError()),
        Wire(hangs=True),
    ],
)
async def test_an_ack_that_cannot_go_out_is_counted_and_ends_the_channel(channel: Wire) -> None:
    opened, lost = session(channel)
    await ChannelAcks(opened, "onboarding.due", 7).ack()
    assert lost == ["onboarding.due"]
    # Its end is what brings the message back to the queue.
    assert opened.failure is not None
    assert opened.changed.is_set()


async def test_on_a_channel_that_is_gone_no_ack_is_tried() -> None:
    channel = Wire()
    opened, lost = session(channel)
    opened.end()
    await ChannelAcks(opened, "onboarding.due", 7).ack()
    assert channel.acked == []
    assert lost == ["onboarding.due"]
