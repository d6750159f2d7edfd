"""Minting: an order becomes a token, and a row if it is capped."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from lbc_contracts import tokens
from lbc_contracts.campaigns import Campaign, CappedLink
from lbc_contracts.tokens import Key, Parsed, Purpose, StartToken
from lbcctl.exits import Exit, StopError
from lbcctl.links.orders import Order
from lbcctl.links.shelf import Shelf
from lbcctl.settings import OperatorSettings, missing

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Minted:
    """A link.

    Attributes:
        url: for people to open.
        token: its start parameter.
        campaign: that it leads to.
    """

    url: str
    token: str
    campaign: Campaign | None


class Mint:
    """Mints links, and remembers the campaigns that it looked up.

    Args:
        shelf: campaigns and capped links.
        key: signs.
        now: the time; closed campaigns get no links.
    """

    def __init__(self, shelf: Shelf, key: Key, now: datetime) -> None:
        self._shelf = shelf
        self._key = key
        self._now = now
        self._campaigns: dict[str, Campaign] = {}

    async def mint(self, order: Order) -> Minted:
        """Mint a link. A capped one is in its table before anybody can see it.

        Raises:
            StopError: there is no such campaign, or it is closed.
        """
        campaign = await self._campaign(order.campaign) if order.campaign else None
        for _ in range(_TRIES):
            token = tokens.mint(self._claims(order, campaign), bot=self._shelf.bot, key=self._key)
            if order.max_uses is None or await self._shelf.add(self._capped(order, order.max_uses, campaign, token)):
                return Minted(f"https://t.me/{self._shelf.bot}?start={token}", token, campaign)
        raise AssertionError("five random numbers of 32 bits met another link of the same words")

    async def _campaign(self, named: str) -> Campaign:
        if named not in self._campaigns:
            self._campaigns[named] = await self._shelf.the_campaign(named)
        campaign = self._campaigns[named]
        if campaign.closed_at is not None:
            raise StopError(f"the campaign {campaign.name!r} is closed; `lbcctl campaigns reopen` opens it again")
        return campaign

    def _claims(self, order: Order, campaign: Campaign | None) -> StartToken:
        return StartToken(
            purpose=Purpose.CAMPAIGN if campaign else Purpose.REFERRAL,
            campaign=campaign.id if campaign else "",
            referrer=order.referrer,
            expires_at=order.expires_at,
            nonce=secrets.randbits(32),
            capped=order.max_uses is not None,
        )

    def _capped(self, order: Order, most: int, campaign: Campaign | None, token: str) -> CappedLink:
        parsed = tokens.parse(token)
        if not isinstance(parsed, Parsed):
            raise TypeError("what was minted just now cannot be read")
        return CappedLink(
            bot=self._shelf.bot,
            id=parsed.link_id,
            campaign_id=campaign.id if campaign else "",
            most=most,
            expires_at=order.expires_at,
        )


def signing_key(settings: OperatorSettings) -> Key:
    """The key to sign with: the first one of its file.

    Raises:
        StopError: no file is set, or it holds no keys.
    """
    file = settings.signing_key_file or missing("signing_key_file")
    try:
        return tokens.parse_keys(file.read())[0]
    except ValueError as error:
        raise StopError(f"{file.path}: {error}", Exit.USAGE) from None


def known_keys(settings: OperatorSettings) -> tuple[Key, ...]:
    """All keys that are at hand, to check with; none where no file is set.

    Raises:
        StopError: a file holds no keys.
    """
    files = [file for file in (settings.signing_key_file, settings.signing_key_previous_file) if file]
    try:
        return tuple(dict.fromkeys(key for file in files for key in tokens.parse_keys(file.read())))
    except ValueError as error:
        raise StopError(f"the files of signing keys: {error}", Exit.USAGE) from None
