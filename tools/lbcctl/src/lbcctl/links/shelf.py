"""Campaigns and capped links in their tables."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from lbc_contracts import tables
from lbc_contracts.campaigns import (
    Campaign,
    CappedLink,
    campaign_from,
    campaign_item,
    campaign_key,
    link_from,
    link_item,
    link_key,
)
from lbcctl.exits import StopError
from lbcctl.parts import Parts

_FAILED = "ConditionalCheckFailedException"


class Shelf:
    """Reads and writes them for one bot.

    Args:
        dynamodb: an aiobotocore client.
        parts: names the tables and the bot.
    """

    def __init__(self, dynamodb: Any, parts: Parts) -> None:
        self._dynamodb = dynamodb
        self._campaigns = parts.table(tables.CAMPAIGNS)
        self._links = parts.table(tables.LINKS)
        self.bot = parts.settings.the_bot

    async def create(self, campaign: Campaign) -> tuple[Campaign, bool]:
        """Create a campaign unless there is one of its id: that one, and whether it is new.

        Of two who create one at the same time, one creates it and the other is given the same.

        Raises:
            StopError: another name has the same id, which one in a trillion pairs of names shares.
        """
        try:
            await self._dynamodb.put_item(
                TableName=self._campaigns,
                Item=campaign_item(campaign),
                ConditionExpression="attribute_not_exists(campaignId)",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != _FAILED:
                raise
            there = await self.campaign(campaign.id)
            if there is None or there.name != campaign.name:
                raise StopError(f"the id {campaign.id} of {campaign.name!r} is taken; choose another name") from None
            return there, False
        return campaign, True

    async def campaign(self, named: str) -> Campaign | None:
        """The campaign of that name or id; None when there is none."""
        for identity in dict.fromkeys((Campaign(bot=self.bot, name=named).id, named)):
            answer = await self._dynamodb.get_item(
                TableName=self._campaigns,
                Key={"campaignId": {"S": campaign_key(self.bot, identity)}},
                ConsistentRead=True,
            )
            if "Item" in answer:
                return campaign_from(answer["Item"])
        return None

    async def the_campaign(self, named: str) -> Campaign:
        """The campaign of that name or id.

        Raises:
            StopError: there is none.
        """
        found = await self.campaign(named)
        if found is None:
            raise StopError(f"no campaign {named!r}; `lbcctl campaigns list` shows those that there are")
        return found

    async def campaigns(self) -> AsyncIterator[Campaign]:
        """All of them."""
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._campaigns,
            FilterExpression="begins_with(campaignId, :bot)",
            ExpressionAttributeValues={":bot": {"S": campaign_key(self.bot, "")}},
        )
        async for page in pages:
            for item in page["Items"]:
                yield campaign_from(item)

    async def close(self, campaign: Campaign, closed_at: int | None) -> Campaign:
        """Close a campaign, or open it again with None; one that is closed keeps its time."""
        change: dict[str, Any] = {"UpdateExpression": "REMOVE closedAt"}
        if closed_at is not None:
            change = {
                "UpdateExpression": "SET closedAt = if_not_exists(closedAt, :now)",
                "ExpressionAttributeValues": {":now": {"N": str(closed_at)}},
            }
        answer = await self._dynamodb.update_item(
            TableName=self._campaigns,
            Key={"campaignId": {"S": campaign.key}},
            ConditionExpression="attribute_exists(campaignId)",
            ReturnValues="ALL_NEW",
            **change,
        )
        return replace(campaign, closed_at=campaign_from(answer["Attributes"]).closed_at)

    async def add(self, link: CappedLink) -> bool:
        """Begin to count a capped link; False when there is one of that id already."""
        try:
            await self._dynamodb.put_item(
                TableName=self._links, Item=link_item(link), ConditionExpression="attribute_not_exists(linkId)"
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != _FAILED:
                raise
            return False
        return True

    async def link(self, identity: str) -> CappedLink | None:
        """A capped link; None when it is not in the table."""
        answer = await self._dynamodb.get_item(
            TableName=self._links, Key={"linkId": {"S": link_key(self.bot, identity)}}, ConsistentRead=True
        )
        return link_from(answer["Item"]) if "Item" in answer else None
