"""A person's row as an operator reads it. Pure; nothing is assumed of what another release wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from lbc_contracts.ids import Step, command_key

Item = Mapping[str, Mapping[str, Any]]

NEXT: Final[Mapping[str, Step]] = {
    "NEW": Step.VIDEO,
    "WELCOME_VIDEO_SENT": Step.GREETING,
    "TTS_SENT": Step.DONE,
}
"""The step that is next in a state in the usual order, which rows of older releases do not state; none in any other."""
_LAST: Final[Mapping[str, Step]] = {"WELCOME_VIDEO_SENT": Step.VIDEO, "TTS_SENT": Step.GREETING}
"""The step that a state is named after."""

FORGOTTEN: Final = frozenset({"dueBucket"})
"""Attributes that say nothing to a person."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who waits for a step, or was told that it comes later.

    Attributes:
        user_id: Telegram's.
        step: that they wait for.
        session, attempt: under which it was asked for.
        since: when it was last asked for by them, or failed; None if that is not known.
        due_at: when the sweeper looks next; None for one that was given up.
        wakes: how often it asked again in this attempt.
        given_up: it is asked for no more until they, or an operator, ask.
        reachable: messages arrive, as far as is known.
    """

    user_id: int
    step: Step
    session: int
    attempt: int
    since: datetime | None
    due_at: datetime | None
    wakes: int
    given_up: bool
    reachable: bool

    def command(self, bot: str) -> str:
        """Id of the command that they wait for."""
        return command_key(bot, self.user_id, self.session, self.step, self.attempt)

    def is_overdue(self, now: datetime) -> bool:
        """Whether its time has passed, now or at least once before."""
        return self.wakes > 0 or (self.due_at is not None and self.due_at <= now)

    def document(self, now: datetime) -> dict[str, object]:
        """As JSON has it."""
        return {
            "user": self.user_id,
            "step": str(self.step),
            "session": self.session,
            "attempt": self.attempt,
            "given_up": self.given_up,
            "reachable": self.reachable,
            "since": self.since,
            "waiting_seconds": None if self.since is None else round((now - self.since).total_seconds(), 3),
            "due_at": self.due_at,
            "wakes": self.wakes,
        }


def waiting_of(item: Item) -> Waiting | None:
    """What somebody waits for, by their row; None if it is their turn, or if the row is not of a known form."""
    try:
        step = next_step(item)
        pending = bool(item["pending"]["BOOL"])
        given_up = not pending and (number(item, "givenUpAt") > 0 or number(item, "failedAt") > 0)
        if step is None or not (pending or given_up):
            return None
        return Waiting(
            user_id=int(item["telegramId"]["N"]),
            step=step,
            session=int(item["session"]["N"]),
            attempt=int(item["attempt"]["N"]),
            since=_since(item, given_up=given_up),
            due_at=moment(number(item, "dueAt")),
            wakes=number(item, "wakes"),
            given_up=given_up,
            reachable=bool(item["reachable"]["BOOL"]),
        )
    except (KeyError, ValueError):
        return None


def next_step(item: Item) -> Step | None:
    """The step that is next in the order of their session; None at the end, and in a state that this release knows not.

    Raises:
        KeyError: the row says no state.
        ValueError: its steps are not of a known form.
    """
    state = item["state"]["S"]
    if "steps" not in item or state not in NEXT:
        return NEXT.get(state)
    steps = [Step(step["S"]) for step in item["steps"]["L"]]
    return steps[0] if state == "NEW" else steps[steps.index(_LAST[state]) + 1]


def number(item: Item, name: str) -> int:
    """A number of the row, 0 if it has none of that name."""
    return int(item[name]["N"]) if name in item else 0


def moment(milliseconds: int) -> datetime | None:
    """A time of the row; None for 0, which stands for never."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds else None


def plain(value: Mapping[str, Any]) -> Any:
    """An attribute's value as JSON has it."""
    ((kind, inner),) = value.items()
    match kind:
        case "N":
            return int(inner) if inner.lstrip("-").isdecimal() else float(inner)
        case "M":
            return {name: plain(part) for name, part in inner.items()}
        case "L":
            return [plain(part) for part in inner]
        case "NULL":
            return None
    return inner


def _since(item: Item, *, given_up: bool) -> datetime | None:
    """Who waits has waited since they last asked; who was given up, since then."""
    if given_up:
        return moment(max(number(item, "givenUpAt"), number(item, "failedAt")))
    calls = [int(call["N"]) for call in item["calls"]["L"]] if "calls" in item else []
    return moment(max([number(item, "messageAt"), number(item, "backAt"), *calls]))
