"""Finds out what a /start's token says: reads it, and looks up what it names."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from lbc_onboarding.app.ports import Records
from lbc_onboarding.domain.attribution import ORGANIC_ARRIVAL, Arrival, Campaign, Claim, Reader, read_token
from lbc_onboarding.domain.decide import Event
from lbc_onboarding.domain.inputs import Said, Written
from lbc_runtime.clock import Clock
from lbc_runtime.memo import Memo

MAX_CAMPAIGNS = 1000
"""Campaigns remembered; beyond it the one unused for longest is looked up again."""
_UNKNOWN_AGE = 5.0  # seconds; a campaign may be created at any moment


class Arrivals:
    """Arrivals of people.

    Args:
        readers: forms of tokens that count, tried in order.
        records: campaigns, links and referrers.
        clock: ages what is remembered.
        campaign_age: seconds that a campaign is remembered.
    """

    def __init__(self, readers: Sequence[Reader], records: Records, *, clock: Clock, campaign_age: float) -> None:
        self._readers = readers
        self._records = records
        self._campaigns: Memo[tuple[str, str], Campaign | None] = Memo(
            clock,
            size=MAX_CAMPAIGNS,
            ttl=lambda campaign: campaign_age if campaign else min(_UNKNOWN_AGE, campaign_age),
        )

    async def of(self, event: Event) -> Arrival:
        """What the token says; an organic arrival for all that is no /start.

        Raises:
            DependencyDown: the records do not answer.
        """
        what = event.what
        if not isinstance(what, Written) or what.said is not Said.START:
            return ORGANIC_ARRIVAL
        claim = read_token(what.payload, what.date, self._readers)
        if isinstance(claim, str):
            return Arrival(claim)
        return Arrival(
            claim,
            campaign=await self._campaign(event.bot, claim),
            link=await self._records.uses(event.bot, claim.link) if claim.link else None,
            referred_by=await self._referred_by(event, claim),
        )

    async def aclose(self) -> None:
        """End look-ups that nobody waits for any more."""
        await self._campaigns.aclose()

    async def _campaign(self, bot: str, claim: Claim) -> Campaign | None:
        if not claim.campaign_id:
            return None
        key = (bot, claim.campaign_id)
        return await self._campaigns.get(key, partial(self._records.campaign, *key))

    async def _referred_by(self, event: Event, claim: Claim) -> frozenset[int]:
        referrer = claim.referrer_id
        if referrer is None or referrer == event.user_id:
            return frozenset()
        return await self._records.referrers(event.bot, referrer)
