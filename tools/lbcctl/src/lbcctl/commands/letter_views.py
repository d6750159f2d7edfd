"""Letters as tables, and as one letter whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from rich.text import Text

from lbcctl.console import Cell, Screen, printable
from lbcctl.durations import age
from lbcctl.letters import Letter, Moment

_GROUP_COLUMNS = ("queue", "reason", ">letters", ">oldest", ">too old")
_COLUMNS = ("id", "type", "reason", ">user", ">age", ">attempts")
_FACTS = ("queue", "returns_to", "id", "type", "user", "reason", "attempts", "made", "correlation_id")


@dataclass(slots=True)
class Group:
    """Letters of one queue with one reason.

    Attributes:
        oldest: age of the oldest whose age is known.
        too_old: letters that will not be redriven.
    """

    queue: str
    reason: str
    letters: int = 0
    oldest: timedelta | None = None
    too_old: int = 0

    def document(self) -> dict[str, object]:
        """For machines."""
        return {
            "queue": self.queue,
            "reason": self.reason,
            "letters": self.letters,
            "oldest_seconds": self.oldest and round(self.oldest.total_seconds(), 3),
            "too_old": self.too_old,
        }


def groups_of(letters: Iterable[Letter], moment: Moment) -> list[Group]:
    """Letters counted by queue and reason, in that order."""
    found: dict[tuple[str, str], Group] = {}
    for letter in letters:
        group = found.setdefault((letter.grave, letter.reason), Group(letter.grave, letter.reason))
        group.letters += 1
        group.too_old += not letter.may_return(moment)
        ages = [known for known in (group.oldest, letter.age(moment)) if known is not None]
        group.oldest = max(ages, default=None)
    return [found[key] for key in sorted(found)]


def show_groups(screen: Screen, title: str, groups: Sequence[Group]) -> None:
    """Counts by queue and reason."""
    rows = [(group.queue, group.reason, group.letters, age(group.oldest), group.too_old or "") for group in groups]
    screen.table(title, _GROUP_COLUMNS, rows)


def show_list(screen: Screen, letters: Iterable[Letter], moment: Moment) -> None:
    """One line a letter."""
    screen.table("", _COLUMNS, [_row(letter, moment) for letter in letters])


def show_whole(screen: Screen, letter: Letter, moment: Moment) -> None:
    """All that may be shown of a letter."""
    whole = letter.whole(moment)
    title = Text(f"{letter.work.name}: {letter.id or 'no id'}", style="bold")
    screen.out.print(title, soft_wrap=True)
    facts: list[Sequence[Cell]] = [(name, str(whole[name] or "-")) for name in _FACTS]
    facts.append(("age", age(letter.age(moment)) + ("" if letter.may_return(moment) else ", too old to redrive")))
    screen.table("", ("", ""), facts)
    for name in ("error", "headers", "body"):
        content = whole[name]
        text = content if isinstance(content, str) else json.dumps(content, indent=2, ensure_ascii=False, default=str)
        screen.out.print(Text(f"\n{name}", style="bold"))
        screen.text(printable(text) or "-")


def _row(letter: Letter, moment: Moment) -> tuple[Cell, ...]:
    user = "-" if letter.user is None else letter.user
    return (letter.id or "-", letter.wire.type or "-", letter.reason, user, age(letter.age(moment)), letter.attempts)
