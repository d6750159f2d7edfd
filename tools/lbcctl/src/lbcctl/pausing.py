"""The operator's pause: the row that delivery reads every few seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lbc_contracts import tables
from lbc_contracts.control import is_paused, pause_key


@dataclass(frozen=True, slots=True)
class Pause:
    """What the row says.

    Attributes:
        paused: whether sending rests now; also False once ``until`` is over.
        until: when it ends by itself; None means not before ``resume``.
        since: when it began.
        by: who paused.
        reason: why.
    """

    paused: bool
    until: datetime | None = None
    since: datetime | None = None
    by: str = ""
    reason: str = ""

    @classmethod
    def of(cls, item: Mapping[str, Any], now: datetime) -> Pause:
        """Read a row, also one that somebody wrote by hand."""
        if not is_paused(item, now.timestamp()):
            return cls(paused=False)
        return cls(
            paused=True,
            until=_moment(item, "until"),
            since=_moment(item, "since"),
            by=str(item.get("by", {}).get("S", "")),
            reason=str(item.get("reason", {}).get("S", "")),
        )

    def item(self, bot: str) -> dict[str, Any]:
        """The row."""
        found: dict[str, Any] = {tables.CONTROL.hash.name: {"S": pause_key(bot)}, "paused": {"BOOL": self.paused}}
        found |= {name: {"S": text} for name, text in (("by", self.by), ("reason", self.reason)) if text}
        moments = (("until", self.until), ("since", self.since))
        return found | {name: {"N": str(int(when.timestamp()))} for name, when in moments if when}

    def document(self) -> dict[str, object]:
        """For machines."""
        return {
            "paused": self.paused,
            "since": self.since,
            "until": self.until,
            "by": self.by or None,
            "reason": self.reason or None,
        }

    def sentence(self) -> str:
        """For people."""
        if not self.paused:
            return "sending goes on"
        since = f" since {_clock(self.since)}" if self.since else ""
        until = f", until {_clock(self.until)}" if self.until else ", until `lbcctl resume`"
        by = f" by {self.by}" if self.by else ""
        return f"sending is paused{since}{by}{until}{f': {self.reason}' if self.reason else ''}"


async def read_pause(dynamodb: Any, table: str, bot: str) -> Pause:
    """What the row says now."""
    key = {tables.CONTROL.hash.name: {"S": pause_key(bot)}}
    answer = await dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)
    return Pause.of(answer.get("Item", {}), datetime.now(UTC))


async def write_pause(dynamodb: Any, table: str, bot: str, pause: Pause) -> None:
    """Replace the row."""
    await dynamodb.put_item(TableName=table, Item=pause.item(bot))


def _moment(item: Mapping[str, Any], name: str) -> datetime | None:
    seconds = item.get(name, {}).get("N")
    return datetime.fromtimestamp(float(seconds), UTC) if seconds else None


def _clock(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S} UTC"
