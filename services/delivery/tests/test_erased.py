"""What was still under way to a person who was erased is not sent, and leaves no row."""

from __future__ import annotations

from typing import Any

import pytest
from delivery_world.bench import Bench
from delivery_world.commands import speech, text, video

from lbc_contracts import tables
from lbc_contracts.privacy import tombstone_key
from lbc_delivery.adapters.memory import MemoryTombstones
from lbc_delivery.adapters.tombstones import DynamoTombstones
from lbc_delivery.app.ports import Tombstones


async def test_the_table_tells_who_was_erased_of_which_bot(client: Any, prefix: str) -> None:
    item = {"personHash": {"S": tombstone_key("demo", 42)}, "erasedAt": {"N": "1"}, "session": {"N": "2"}}
    await client.put_item(TableName=prefix + tables.TOMBSTONES.name, Item=item)
    memory = MemoryTombstones()
    memory.sessions["demo", 42] = 2
    stores: list[Tombstones] = [DynamoTombstones(client, prefix), memory]
    for store in stores:
        assert await store.erased_sessions("demo", 42) == 2
        assert await store.erased_sessions("demo", 43) == -1
        assert await store.erased_sessions("other", 42) == -1


@pytest.mark.parametrize("command", [text(), video(), speech()], ids=["text", "video", "speech"])
async def test_a_command_of_before_is_acked_counted_and_leaves_nothing(bench: Bench, command: Any) -> None:
    bench.tombstones.sessions["demo", 42] = 1
    await bench.handle(command)
    assert bench.api.drafts == []
    assert bench.api.actions == []
    assert bench.rows.rows == {}
    assert bench.outcomes == []
    assert bench.meter.sends == {(command.content.kind, "erased"): 1}


async def test_a_command_of_a_life_begun_since_is_sent(bench: Bench) -> None:
    bench.tombstones.sessions["demo", 42] = 1
    await bench.handle(text(id="demo:42:2:done:1", session=2))
    assert len(bench.api.drafts) == 1
    assert bench.meter.sends == {("text", "sent"): 1}
