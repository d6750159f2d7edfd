"""Look the object up, sign it, pass the command on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NoReturn, Protocol

from lbc_contracts import topology
from lbc_contracts.messages import Link, OutcomeKind, Send, Video, outcome_of
from lbc_media.domain.fitness import Unfit, unfit_video
from lbc_runtime.clock import Clock
from lbc_runtime.crash import crash_point
from lbc_runtime.errors import Invalid
from lbc_runtime.memo import Memo
from lbc_runtime.objects import Forbidden, StoredObject
from lbc_runtime.publisher import MessagePublisher
from lbc_runtime.worker import Incoming

FOUND_SECONDS: Final = 60.0
MISSING_SECONDS: Final = 3.0
"""A missing object may arrive any moment, and a redrive must see it."""

REMEMBERED: Final = 1024


class Assets(Protocol):
    """The bucket with the brands' media (``lbc_runtime.objects.Bucket``)."""

    name: str

    async def head(self, key: str) -> StoredObject | None:
        """Look at an object; None when there is none.

        Raises:
            Forbidden: this one may not be looked at.
        """
        ...


class Signs(Protocol):
    """Makes links (``lbc_runtime.signing.LinkSigner``)."""

    async def link(self, stored: StoredObject) -> Link:
        """Sign a GET."""
        ...


class Enricher:
    """Handles one command after another; keeps no state but what it saw in the bucket a moment ago.

    Args:
        count: is told the result for each command: signed, or why not.
    """

    def __init__(
        self, assets: Assets, signer: Signs, publisher: MessagePublisher, clock: Clock, count: Callable[[str], None]
    ) -> None:
        self._assets = assets
        self._signer = signer
        self._publisher = publisher
        self._clock = clock
        self._count = count
        self._seen: Memo[str, StoredObject | None] = Memo(
            clock, size=REMEMBERED, ttl=lambda found: FOUND_SECONDS if found else MISSING_SECONDS
        )

    async def handle(self, incoming: Incoming) -> None:
        """Add a link and pass the command on under its own id.

        Raises:
            Invalid: no video, or no object that Telegram would take; the person has been told by then.
            DependencyDown: S3 or the broker.
        """
        command = incoming.message
        if not isinstance(command, Send) or not isinstance(command.content, Video):
            raise Invalid("not-a-video", f"{command.id}: media only signs videos")
        key = command.content.object_key
        try:
            stored = await self._seen.get(key, lambda: self._assets.head(key))
        except Forbidden as error:
            await self._refuse(command, Unfit.FORBIDDEN, f"{key}: {error.detail}")
        if stored is None:
            await self._refuse(command, Unfit.MISSING, key)
        elif unfit := unfit_video(stored.size, stored.content_type):
            await self._refuse(command, unfit, f"{key}: {stored.size} bytes of {stored.content_type or 'no type'}")
        else:
            link = await self._signer.link(stored)
            crash_point("media.after_sign")
            await self._publisher.publish(command.model_copy(update={"link": link}), topology.DELIVERY)
            crash_point("media.after_publish")
            self._count("signed")

    async def aclose(self) -> None:
        """End look-ups that nobody waits for."""
        await self._seen.aclose()

    async def _refuse(self, command: Send, unfit: Unfit, detail: str) -> NoReturn:
        now = self._clock.now()
        outcome = outcome_of(command, OutcomeKind.FAILED, at=now, now=now, reason=unfit)
        await self._publisher.publish(outcome, topology.OUTCOMES)
        crash_point("media.after_failed_outcome")
        self._count(unfit)
        raise Invalid(unfit, f"{self._assets.name}/{detail}")
