"""The keywords of what a test asks for, so that a type checker knows them."""

from typing import Any, TypedDict


class PersonDetails(TypedDict, total=False):
    """What a new person can be beside their first name and language."""

    person_id: int
    """Their number, which is the chat's too."""
    username: str
    """Without the @."""
    last_name: str
    known: bool
    """Whether the bot may write first, as if they had written before."""
    deactivated: bool
    """Whether the account is deleted."""


class Changes(TypedDict, total=False):
    """What can change about a person."""

    first_name: str
    last_name: str | None
    username: str | None
    language_code: Any
    known: bool
    deactivated: bool


class FailDetails(TypedDict, total=False):
    """The fields of a fault that calls meet; `GET /sim/faults` tells which kind has which, and their bounds."""

    chat_id: int | None
    """None: any."""
    probability: float
    retry_after: int
    """Seconds that a 429 names."""
    seconds: float


class FaultDetails(FailDetails, total=False):
    """The fields of any fault."""

    method: str
    """A method of the Bot API, "*": any."""
    update: str
    """A kind of updates, "*": any."""
    times: int
    """How often it happens; 0: until cleared."""


class Wanted(TypedDict, total=False):
    """Which entries of the record are asked for, beside their kinds."""

    chat_id: int | None
    method: str | None
    update_id: int | None
