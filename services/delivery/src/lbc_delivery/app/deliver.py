"""The way of one command: claim, send, mark, report. Each gap between two effects may be the last thing we do."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from lbc_contracts import topology
from lbc_contracts.messages import OutcomeKind, Send, Text, Video, outcome_of
from lbc_delivery.app.claims import Claims
from lbc_delivery.app.limits import Limits
from lbc_delivery.app.pause import Pause
from lbc_delivery.app.ports import BotApi, BotApiError, ChatAction, Files, Meter, Tombstones
from lbc_delivery.app.sending import Accepted, Over, Sender, Unsourced
from lbc_delivery.domain.claims import Claimed, Refused, Sent, Terminal
from lbc_delivery.domain.drafts import draft_of
from lbc_delivery.domain.sources import Missing, Source, Url, choose, file_key, refreshed
from lbc_runtime.clock import Clock
from lbc_runtime.crash import crash_point
from lbc_runtime.errors import Invalid
from lbc_runtime.processor import Incoming
from lbc_runtime.publisher import MessagePublisher

log = logging.getLogger(__name__)

LINK_EXPIRED: Final = "link-expired"
"""No link that lives long enough was to be had; asking again begins anew."""


@dataclass(frozen=True, slots=True)
class Edges:
    """What a delivery talks to."""

    api: BotApi
    files: Files
    tombstones: Tombstones
    publisher: MessagePublisher
    meter: Meter
    clock: Clock


class Delivery:
    """Handles the commands of one bot.

    Args:
        bot: its name; commands of another are not ours to send.
        edges: the world.
        claims: who may send.
        limits: when.
        sender: sends, and knows what a refusal means.
        pause: whether at all.
        min_link_life: a link with less left is renewed first.
    """

    def __init__(
        self,
        bot: str,
        edges: Edges,
        *,
        claims: Claims,
        limits: Limits,
        sender: Sender,
        pause: Pause,
        min_link_life: timedelta,
    ) -> None:
        self._bot = bot
        self._edges = edges
        self._claims = claims
        self._limits = limits
        self._sender = sender
        self._pause = pause
        self._min_link_life = min_link_life

    async def handle(self, incoming: Incoming) -> None:
        """Bring a command to its end and report it, or put it off.

        Raises:
            Invalid: not a command of this bot, or one that Telegram will never take; that has been reported.
            Park: not now: the chat or all of us must be quiet, or another replica is sending it.
            DependencyDown: Telegram, DynamoDB, the broker, or a pause.
        """
        command = incoming.message
        if not isinstance(command, Send):
            raise Invalid("not-a-command", f"{command.TYPE} {command.id}")
        if command.bot != self._bot:
            raise Invalid("other-bot", f"{command.id} is for {command.bot}, this is {self._bot}")
        self._pause.check()
        async with self._limits.alone(command.chat_id):
            await self._deliver(command)

    async def _deliver(self, command: Send) -> None:
        if end := self._claims.unmarked(command.id):
            await self._end(command, end)
            return
        source = await self._source(command)
        if isinstance(source, Missing):
            await self._enrich(command, source)
            return
        if self._limits.crowded(command.chat_id) and (end := await self._claims.look(command.id)):
            await self._replay(command, end)  # nothing will be said, so it takes nobody's turn
            return
        await self._limits.turn(command.chat_id)
        if await self._is_erased(command):
            self._edges.meter.sent(command.content.kind, "erased")
            return
        claim = await self._claims.take(command.id)
        if not isinstance(claim, Claimed):
            await self._replay(command, claim)
            return
        crash_point("delivery.after_claim")
        await self._act(command, source)
        await self._send(command, claim, source)

    async def _is_erased(self, command: Send) -> bool:
        """Looked at right before the claim: what is claimed in that moment is found when the erasure looks again."""
        return command.session <= await self._edges.tombstones.erased_sessions(command.bot, command.user_id)

    async def _send(self, command: Send, claim: Claimed, source: Source | None) -> None:
        result = await self._sender.send(command, claim, draft_of(command, source))
        if isinstance(result, Unsourced):
            await self._without_file(command, result)
            return
        if isinstance(result, Over):
            await self._end(command, result.end, detail=result.detail)
            return
        crash_point("delivery.after_send")
        await self._end(command, result.end, accepted=result)

    async def _without_file(self, command: Send, refused: Unsourced) -> None:
        """Telegram knows the file no more: forget it, and send from the link."""
        if command.link:
            await self._edges.files.drop(file_key(command.bot, command.link), refused.file_id)
        self._edges.meter.file_id("refused")
        source = choose(command, None, self._edges.clock.now(), self._min_link_life)
        if isinstance(source, Missing):
            await self._claims.release(command.id, refused.claim)
            await self._enrich(command, source)
            return
        await self._act(command, source)
        await self._send(command, refused.claim, source)

    async def _source(self, command: Send) -> Source | Missing | None:
        if isinstance(command.content, Text):
            return None
        file_id = await self._edges.files.get(file_key(command.bot, command.link)) if command.link else None
        self._edges.meter.file_id("hit" if file_id else "miss")
        return choose(command, file_id, self._edges.clock.now(), self._min_link_life)

    async def _enrich(self, command: Send, missing: Missing) -> None:
        """Send the command back for a fresh link, unless it is over already or went back often enough."""
        if end := await self._claims.look(command.id):
            await self._report(command, end)
            return
        kind = command.content.kind
        if missing is Missing.REFRESH:
            enricher = topology.MEDIA if isinstance(command.content, Video) else topology.TTS
            await self._edges.publisher.publish(refreshed(command), enricher)
            crash_point("delivery.after_refresh_publish")
            self._edges.meter.sent(kind, "refreshed")
            return
        now = self._edges.clock.now()
        outcome = outcome_of(command, OutcomeKind.FAILED, at=now, now=now, reason=LINK_EXPIRED)
        await self._edges.publisher.publish(outcome, topology.OUTCOMES)
        self._edges.meter.sent(kind, "expired")
        raise Invalid(LINK_EXPIRED, f"{command.id}: no link lived long enough after {command.refreshes} renewals")

    async def _act(self, command: Send, source: Source | None) -> None:
        """Show the person that something slow comes; whether that works does not matter."""
        if isinstance(source, Url):
            video = isinstance(command.content, Video)
            action = ChatAction.UPLOAD_VIDEO if video else ChatAction.RECORD_VOICE
            try:
                await self._edges.api.act(command.chat_id, action)
            except BotApiError as error:
                log.info("no chat action", extra={"cause": str(error)})
        if source:
            crash_point("delivery.after_chat_action")

    async def _end(self, command: Send, end: Terminal, *, accepted: Accepted | None = None, detail: str = "") -> None:
        end = await self._claims.end(command.id, end)
        crash_point("delivery.after_mark")
        if accepted and accepted.file_id and command.link:
            await self._edges.files.put(file_key(command.bot, command.link), accepted.file_id)
            crash_point("delivery.after_file_id")
        self._edges.meter.sent(accepted.kind if accepted else command.content.kind, _result(end))
        await self._report(command, end)
        if isinstance(end, Refused) and end.kind is OutcomeKind.FAILED:
            raise Invalid(end.reason, f"{command.id}: {detail}")

    async def _replay(self, command: Send, end: Terminal) -> None:
        self._edges.meter.sent(command.content.kind, "replayed")
        await self._report(command, end)

    async def _report(self, command: Send, end: Terminal) -> None:
        sent = end if isinstance(end, Sent) else None
        outcome = outcome_of(
            command,
            OutcomeKind.DELIVERED if isinstance(end, Sent) else end.kind,
            at=end.at,
            now=self._edges.clock.now(),
            reason="" if isinstance(end, Sent) else end.reason,
            refused=isinstance(end, Refused),
            message_id=sent.message_id if sent else None,
        )
        await self._edges.publisher.publish(outcome, topology.OUTCOMES)
        crash_point("delivery.after_outcome")


def _result(end: Terminal) -> str:
    return "sent" if isinstance(end, Sent) else str(end.kind)
