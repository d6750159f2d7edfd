"""Signed start tokens as a form among others: what one proves, or why it proves nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lbc_contracts import tokens
from lbc_contracts.tokens import Flaw, Key
from lbc_onboarding.domain.attribution import Claim


@dataclass(frozen=True, slots=True)
class SignedReader:
    """Reads the tokens of `lbc_contracts.tokens`.

    Attributes:
        bot: whose tokens count.
        keys: those that count now.
    """

    bot: str
    keys: Callable[[], Sequence[Key]]

    def __call__(self, token: str, date: int) -> Claim | str | None:
        """See `lbc_onboarding.domain.attribution.Reader`."""
        found = tokens.read(token, bot=self.bot, keys=self.keys(), at=date)
        if found is None:
            return None
        if isinstance(found, Flaw):
            return found.value
        said = found.claims
        return Claim(
            referrer=str(said.referrer) if said.referrer else "",
            verified=True,
            campaign_id=said.campaign,
            link=found.link_id if said.capped else "",
        )
