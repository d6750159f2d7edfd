"""Start tokens of the old system as forms among others: all that they say is kept as unverified."""

from __future__ import annotations

from functools import partial
from typing import Final

from lbc_contracts.legacy import FORMS, Form
from lbc_onboarding.domain.attribution import Claim, Reader


def _claimed(form: Form, token: str, date: int) -> Claim | str | None:
    found = form(token, date)
    if found is None or isinstance(found, str):
        return found
    return Claim(referrer=found.referrer, source=found.source, medium=found.medium, campaign=found.campaign)


LEGACY: Final[tuple[Reader, ...]] = tuple(partial(_claimed, form) for form in FORMS.values())
"""The old system's forms, in the order in which they are tried."""
