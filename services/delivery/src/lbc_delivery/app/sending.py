"""One request to Telegram, and what follows from each way in which it can end."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lbc_contracts.messages import OutcomeKind, Send
from lbc_delivery.app.claims import Claims
from lbc_delivery.app.limits import Limits
from lbc_delivery.app.ports import TELEGRAM, BotApi, BotApiError, FateUnknownError, Meter, NotSentError, RefusedError
from lbc_delivery.domain.claims import Claimed, Refused, Sent
from lbc_delivery.domain.drafts import Draft, TextDraft, fallback_draft
from lbc_delivery.domain.patience import Patience
from lbc_delivery.domain.refusals import DEFAULT_RETRY_AFTER, Meaning, Refusal, understand
from lbc_delivery.domain.sources import FileId
from lbc_runtime.clock import Clock
from lbc_runtime.errors import DependencyDown, Park

log = logging.getLogger(__name__)

FALLBACK: Final = "fallback"
FATE_UNKNOWN: Final = "fate-unknown"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The person has the message.

    Attributes:
        kind: of content that was sent in the end.
        file_id: by which its medium can be sent again.
    """

    end: Sent
    kind: str
    file_id: str | None = None


@dataclass(frozen=True, slots=True)
class Over:
    """This command will never be sent.

    Attributes:
        detail: Telegram's words, for the dead letter.
    """

    end: Refused
    detail: str


@dataclass(frozen=True, slots=True)
class Unsourced:
    """Telegram does not take this file_id; the claim still holds."""

    file_id: str
    claim: Claimed


class Sender:
    """Sends drafts under a claim.

    Args:
        api: the Bot API.
        claims: kept alive over the request, given back when surely nothing was sent.
        limits: told of a 429.
        clock: tells when a command is too old to be tried again.
        meter: counts what may be doubled.
        patience: when an unknown fate ends a command, so that every retry has an end.
        link_label: of the button that opens what Telegram cannot fetch, unless the command brings a label.
    """

    def __init__(
        self,
        api: BotApi,
        claims: Claims,
        limits: Limits,
        clock: Clock,
        meter: Meter,
        *,
        patience: Patience,
        link_label: str,
    ) -> None:
        self._api = api
        self._claims = claims
        self._limits = limits
        self._clock = clock
        self._meter = meter
        self._patience = patience
        self._link_label = link_label

    async def send(self, command: Send, claim: Claimed, draft: Draft) -> Accepted | Over | Unsourced:
        """Send ``draft``, or the fallback if Telegram cannot fetch its medium.

        Raises:
            Park: Telegram wants quiet, the claim is lost, or nobody knows what became of this one message.
            DependencyDown: Telegram; what was surely not sent is claimed no more.
        """
        claim = await self._claims.cover(command.id, claim)
        begun = self._clock.now()
        try:
            receipt = await self._api.send(draft)
        except NotSentError as error:
            await self._claims.release(command.id, claim)
            raise DependencyDown(TELEGRAM, str(error)) from None
        except FateUnknownError as error:
            return await self._fate_unknown(command, claim, error)
        except RefusedError as error:
            return await self._refused(command, claim, draft, error, begun)
        except asyncio.CancelledError:
            self._meter.doubtful("cancelled")
            raise
        end = Sent(receipt.message_id, self._clock.now())
        if isinstance(draft, TextDraft):
            return Accepted(end, "text" if command.content.kind == "text" else FALLBACK)
        return Accepted(end, command.content.kind, receipt.file_id)

    async def _fate_unknown(self, command: Send, claim: Claimed, error: FateUnknownError) -> Over:
        """Try again, though the person may then have it twice: to have it never is worse.

        An outage of Telegram must cost no command any of its sends, and one slow video must not stop all others:
        whether Telegram still answers tells the two apart.
        """
        log.warning("it is not known whether this was sent", extra={"command": command.id, "cause": str(error)})
        self._meter.doubtful(error.cause)
        now = self._clock.now()
        if not self._patience.outlived(now - command.time):
            await self._ask_telegram(error)
            delay = self._patience.delay(claim.doubtful + 1)
            if delay is not None:
                await self._claims.doubt(command.id, claim)
                raise Park(delay, FATE_UNKNOWN)
        return Over(Refused(OutcomeKind.FAILED, FATE_UNKNOWN, self._clock.now()), str(error))

    async def _ask_telegram(self, doubt: FateUnknownError) -> None:
        try:
            await self._api.probe()
        except BotApiError as error:
            raise DependencyDown(TELEGRAM, f"{doubt}, then {error}") from None

    async def _refused(
        self, command: Send, claim: Claimed, draft: Draft, error: RefusedError, begun: datetime
    ) -> Accepted | Over | Unsourced:
        refusal = understand(error.answer)
        match refusal.meaning:
            case Meaning.SLOW_DOWN:
                seconds = self._limits.flooded(command.chat_id, error.answer.retry_after or DEFAULT_RETRY_AFTER)
                await self._claims.release(command.id, claim)
                raise Park(seconds, refusal.reason)
            case Meaning.BAD_TOKEN:
                log.critical("Telegram does not take the bot's token", extra={"status": error.answer.status})
                await self._claims.release(command.id, claim)
                raise DependencyDown(TELEGRAM, refusal.reason)
            case Meaning.UNREACHABLE:
                # By the time of the request, not of the answer: a person who came back in between is not gone.
                return Over(Refused(OutcomeKind.UNREACHABLE, refusal.reason, begun), str(error))
            case Meaning.BAD_FILE | Meaning.NOT_FETCHED if not isinstance(draft, TextDraft):
                if refusal.meaning is Meaning.BAD_FILE and isinstance(draft.source, FileId):
                    return Unsourced(draft.source.value, claim)
                return await self._fall_back(command, claim, refusal, error)
            case _:
                return Over(Refused(OutcomeKind.FAILED, refusal.reason, self._clock.now()), str(error))

    async def _fall_back(
        self, command: Send, claim: Claimed, refusal: Refusal, error: RefusedError
    ) -> Accepted | Over | Unsourced:
        draft = fallback_draft(command, self._link_label)
        log.warning(
            "Telegram cannot fetch the medium",
            extra={
                "command": command.id,
                "object": command.link.object_key if command.link else "",
                "cause": str(error),
            },
        )
        if draft is None:
            return Over(Refused(OutcomeKind.FAILED, refusal.reason, self._clock.now()), str(error))
        return await self.send(command, claim, draft)
