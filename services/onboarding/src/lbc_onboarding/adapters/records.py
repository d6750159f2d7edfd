"""What onboarding looks up about start tokens, from DynamoDB."""

from __future__ import annotations

from typing import Any

from lbc_contracts import tables
from lbc_contracts.campaigns import campaign_from, campaign_key, link_from, link_key
from lbc_contracts.ids import user_key
from lbc_contracts.tables import Table
from lbc_onboarding.adapters.tables import DYNAMODB
from lbc_onboarding.adapters.visits import past_from
from lbc_onboarding.domain.attribution import Campaign, Uses
from lbc_runtime.aws import call


class DynamoRecords:
    """Campaigns, capped links and people's referrers, each by one consistent read.

    Args:
        client: low-level aiobotocore client of DynamoDB.
        prefix: what the tables' names begin with.
    """

    def __init__(self, client: Any, prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    async def campaign(self, bot: str, identity: str) -> Campaign | None:
        """See `lbc_onboarding.app.ports.Records`."""
        item = await self._get(tables.CAMPAIGNS, campaign_key(bot, identity))
        if item is None:
            return None
        found = campaign_from(item)
        return Campaign(found.name, found.source, found.medium, found.closed_at)

    async def uses(self, bot: str, link: str) -> Uses | None:
        """See `lbc_onboarding.app.ports.Records`."""
        item = await self._get(tables.LINKS, link_key(bot, link))
        if item is None:
            return None
        found = link_from(item)
        return Uses(found.uses, found.most)

    async def referrers(self, bot: str, user_id: int) -> frozenset[int]:
        """See `lbc_onboarding.app.ports.Records`."""
        item = await self._get(tables.USERS, user_key(bot, user_id), ProjectionExpression="referrers")
        return frozenset(past_from(item or {}).referrers)

    async def _get(self, table: Table, key: str, **more: str) -> dict[str, Any] | None:
        async with call(DYNAMODB):
            answer = await self._client.get_item(
                TableName=self._prefix + table.name, Key={table.hash.name: {"S": key}}, ConsistentRead=True, **more
            )
        found: dict[str, Any] | None = answer.get("Item")
        return found
