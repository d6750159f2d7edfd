"""The state of the platform, asked of each part by itself: what one cannot say, the others still do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from lbc_contracts import tables
from lbcctl.deadletters import oldest
from lbcctl.errors import TOLD, explain
from lbcctl.exits import Exit, StopError
from lbcctl.parts import Parts
from lbcctl.pausing import Pause, read_pause
from lbcctl.queues import QueueState, queue_states

HISTORY: Final = ((600, 5), (3600, 60))
"""How far back and how finely the management API remembers, in seconds, as RabbitMQ has it by default."""

_PAGES: Final = 10
_RECENT_SECONDS: Final = 3600

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Webhook:
    """What Telegram says of the webhook.

    Attributes:
        pending: updates that wait at Telegram.
        error: its last complaint, empty if it never had one.
        error_at: when that was.
    """

    url: str
    pending: int = 0
    error: str = ""
    error_at: datetime | None = None

    def problem(self, now: datetime) -> str:
        """What is wrong with it, empty if nothing is."""
        if not self.url:
            return "the bot has no webhook: `lbcctl webhook set`"
        recent = self.error_at is not None and (now - self.error_at).total_seconds() < _RECENT_SECONDS
        return f"Telegram complained about the webhook: {self.error}" if recent else ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """People who wait for a step.

    Attributes:
        people: in all; a floor if there are ``more``.
        overdue: of these, past the time at which they are asked for again.
        oldest_due: the longest overdue.
    """

    people: int = 0
    overdue: int = 0
    oldest_due: datetime | None = None
    more: bool = False


@dataclass(frozen=True)
class Report:
    """All that is known at a moment; None where a part could not say.

    Attributes:
        troubles: why a part could not say.
        letters: age in seconds of the oldest letter in each grave that has some.
    """

    at: datetime
    queues: list[QueueState] | None
    letters: dict[str, float | None] | None
    pause: Pause | None
    webhook: Webhook | None
    waiting: Waiting | None
    troubles: list[StopError] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """What an operator should look at, beside parts that could not say."""
        found = [queue.problem for queue in self.queues or ()]
        found.append(self.webhook.problem(self.at) if self.webhook else "")
        return [problem for problem in found if problem]

    @property
    def exit(self) -> Exit:
        """The worst of what was found: a part that is down, then one that denies, then a problem."""
        codes = {trouble.code for trouble in self.troubles}
        for code in (Exit.DOWN, Exit.DENIED, Exit.USAGE, Exit.FAILED):
            if code in codes:
                return code
        return Exit.FAILED if self.problems else Exit.OK


async def report(parts: Parts) -> Report:
    """Ask every part at once."""
    troubles: list[StopError] = []

    async def asked(question: Awaitable[T]) -> T | None:
        try:
            return await question
        except TOLD as error:
            troubles.append(explain(error, parts.settings.aws))
            return None

    queues, letters, pause, webhook, waiting = await asyncio.gather(
        asked(_queues(parts)),
        asked(_letters(parts)),
        asked(_pause(parts)),
        asked(_webhook(parts)),
        asked(_waiting(parts)),
    )
    told = {trouble.text: trouble for trouble in troubles}
    return Report(datetime.now(UTC), queues, letters, pause, webhook, waiting, list(told.values()))


async def _queues(parts: Parts) -> list[QueueState]:
    """The second look back is longer and coarser, for queues that were never seen empty in the first."""
    async with parts.management() as api:
        for seconds, step in HISTORY:
            found = queue_states(await api.queues(history_seconds=seconds, step_seconds=step))
            if all(queue.oldest_at_most is not None or not queue.messages for queue in found):
                break
    return found


async def _letters(parts: Parts) -> dict[str, float | None]:
    async with parts.channel() as channel:
        return await oldest(channel)


async def _pause(parts: Parts) -> Pause:
    async with parts.dynamodb() as dynamodb:
        return await read_pause(dynamodb, parts.table(tables.CONTROL), parts.settings.the_bot)


async def _webhook(parts: Parts) -> Webhook:
    info = await parts.bot_api().ask("getWebhookInfo")
    when = info.get("last_error_date")
    return Webhook(
        url=str(info.get("url", "")),
        pending=int(info.get("pending_update_count", 0)),
        error=str(info.get("last_error_message", "")),
        error_at=datetime.fromtimestamp(when, UTC) if when else None,
    )


async def _waiting(parts: Parts) -> Waiting:
    """Counted in the sweeper's index, which has only those who wait; a bounded number of pages."""
    now = datetime.now(UTC)
    dues: list[int] = []
    start: dict[str, Any] = {}
    async with parts.dynamodb() as dynamodb:
        for _ in range(_PAGES):
            answer = await dynamodb.query(
                TableName=parts.table(tables.USERS),
                IndexName="due",
                KeyConditionExpression="dueBucket = :bot",
                ExpressionAttributeValues={":bot": {"S": parts.settings.the_bot}},
                ProjectionExpression="dueAt",
                **start,
            )
            dues += [int(item["dueAt"]["N"]) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                start = {}
                break
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    overdue = [due for due in dues if due < now.timestamp() * 1000]
    return Waiting(
        people=len(dues),
        overdue=len(overdue),
        oldest_due=datetime.fromtimestamp(min(overdue) / 1000, UTC) if overdue else None,
        more=bool(start),
    )
