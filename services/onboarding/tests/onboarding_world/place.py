"""A place that people come to by links: onboarding on one of the stores, with what it looks up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lbc_contracts import tokens
from lbc_contracts.campaigns import Campaign as CampaignRow
from lbc_contracts.campaigns import CappedLink, campaign_item, link_item
from lbc_contracts.tokens import Key, Parsed, Purpose, StartToken
from lbc_onboarding.adapters.memory import MemoryStore
from lbc_onboarding.adapters.records import DynamoRecords
from lbc_onboarding.adapters.visits import touch_from
from lbc_onboarding.app.arrivals import Arrivals
from lbc_onboarding.domain.attribution import Campaign, Touch, Uses
from lbc_onboarding.domain.legacy import LEGACY
from lbc_onboarding.domain.signed import SignedReader
from onboarding_world.edges import (
    NOON,
    NOON_S,
    PREFIX,
    CountingMeter,
    MovingClock,
    Outbox,
    coming,
    onboarding,
    update,
    written,
)

KEY = Key(1, b"k" * 32)


class Place:
    """Onboarding on one of the stores, with people who open links."""

    def __init__(self, bot: str, store: Any) -> None:
        self.bot = bot
        self.store = store
        self.records: Any = store if isinstance(store, MemoryStore) else DynamoRecords(store._client, PREFIX)
        self.clock = MovingClock()
        self.meter = CountingMeter()
        self.arrivals = Arrivals(
            (SignedReader(bot, lambda: (KEY,)), *LEGACY), self.records, clock=self.clock, campaign_age=60
        )
        self.onboarding = onboarding(bot, store, Outbox(), self.clock, self.meter, arrivals=self.arrivals)
        self.number = 0

    def token(self, **more: Any) -> str:
        said = StartToken(purpose=Purpose.REFERRAL, expires_at=NOON_S + 3600, nonce=1)
        return tokens.mint(replace(said, **more), bot=self.bot, key=KEY)

    async def campaign(self, name: str, closed_at: int | None = None) -> str:
        row = CampaignRow(bot=self.bot, name=name, source="mail", medium="letter", closed_at=closed_at)
        if isinstance(self.store, MemoryStore):
            self.store.campaigns[row.id] = Campaign(name, "mail", "letter", closed_at)
        else:
            await self.put("campaigns", campaign_item(row))
        return row.id

    async def capped(self, most: int, **more: Any) -> str:
        token = self.token(referrer=99, capped=True, **more)
        parsed = tokens.parse(token)
        assert isinstance(parsed, Parsed)
        if isinstance(self.store, MemoryStore):
            self.store.links[parsed.link_id] = Uses(0, most)
        else:
            link = CappedLink(bot=self.bot, id=parsed.link_id, campaign_id="", most=most, expires_at=NOON_S + 3600)
            await self.put("links", link_item(link))
        return token

    async def uses(self, token: str) -> int:
        parsed = tokens.parse(token)
        assert isinstance(parsed, Parsed)
        found = await self.records.uses(self.bot, parsed.link_id)
        return found.uses

    async def put(self, table: str, item: Any) -> None:
        await self.store._client.put_item(TableName=PREFIX + table, Item=item)

    def message(self, token: str, user_id: int) -> Any:
        self.number += 1
        body = written(f"/start {token}", self.number, user_id, date=NOON_S + self.number)
        return coming(update(self.bot, self.number, body, NOON))

    async def open(self, token: str, user_id: int = 7) -> Any:
        message = self.message(token, user_id)
        await self.onboarding.handle(message)
        return message

    async def last(self, user_id: int = 7) -> Touch:
        touch: Touch = (await self.store.load(self.bot, user_id)).last_touch
        return touch

    async def kept(self, user_id: int = 7, session: int = 1) -> list[Touch | None]:
        key = f"{self.bot}:{user_id}:{session}"
        if isinstance(self.store, MemoryStore):
            return list(self.store.visits.get(key, []))
        answer = await self.store._client.get_item(TableName=f"{PREFIX}sessions", Key={"sessionId": {"S": key}})
        return [touch_from(value) for value in answer["Item"].get("visits", {"L": []})["L"]]

    def counted(self, reason: str) -> int:
        return self.meter.counts["touch", reason]
