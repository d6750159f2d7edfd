"""Tombstones of erased people in DynamoDB (`lbc_contracts.privacy`), read only."""

from __future__ import annotations

from typing import Any

from lbc_contracts import tables
from lbc_contracts.privacy import tombstone_key
from lbc_delivery.adapters.tables import DYNAMODB
from lbc_runtime.aws import call


class DynamoTombstones:
    """See :class:`lbc_delivery.app.ports.Tombstones`."""

    def __init__(self, client: Any, prefix: str) -> None:
        self._client = client
        self._table = prefix + tables.TOMBSTONES.name

    async def erased_sessions(self, bot: str, user_id: int) -> int:
        """See :class:`lbc_delivery.app.ports.Tombstones`."""
        key = {tables.TOMBSTONES.hash.name: {"S": tombstone_key(bot, user_id)}}
        async with call(DYNAMODB):
            answer = await self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return int(answer["Item"]["session"]["N"]) if "Item" in answer else -1
