"""Find the speech or make it, sign it, pass the command on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NoReturn, Protocol

from lbc_contracts import topology
from lbc_contracts.messages import Link, OutcomeKind, Send, Speech, outcome_of
from lbc_runtime.clock import Clock
from lbc_runtime.crash import crash_point
from lbc_runtime.errors import Invalid
from lbc_runtime.memo import Memo
from lbc_runtime.objects import Forbidden, StoredObject
from lbc_runtime.publisher import MessagePublisher
from lbc_runtime.worker import Incoming
from lbc_tts.domain.speech import CONTENT_TYPE, SpeechRefusedError, speech_key

KNOWN_SECONDS: Final = 600.0
KNOWN: Final = 10_000


class SpeechStore(Protocol):
    """The tts bucket (``lbc_runtime.objects.Bucket``)."""

    name: str

    async def head(self, key: str) -> StoredObject | None:
        """Look at an object; None when there is none."""
        ...

    async def put(self, key: str, body: bytes, content_type: str, kms_key_id: str | None = None) -> StoredObject:
        """Store an object under SSE-KMS."""
        ...


class Engine(Protocol):
    """Something that speaks."""

    def name(self, speech: Speech) -> str:
        """What speaks, as part of the key: all that changes the sound beside language, voice and words."""
        ...

    async def synthesize(self, speech: Speech) -> bytes:
        """Speak its words, as mp3.

        Raises:
            SpeechRefusedError: it never will.
            DependencyDown: not now.
        """
        ...


class Signs(Protocol):
    """Makes links (``lbc_runtime.signing.LinkSigner``)."""

    async def link(self, stored: StoredObject) -> Link:
        """Sign a GET."""
        ...


class Speaker:
    """Handles one command after another; equal greetings at the same moment are made once as well.

    Args:
        kms_key_id: key that encrypts what is stored; None for the account's own key for S3.
        count: is told the result for each command: cached, made or failed.
    """

    def __init__(
        self,
        store: SpeechStore,
        engine: Engine,
        signer: Signs,
        publisher: MessagePublisher,
        clock: Clock,
        *,
        count: Callable[[str], None],
        kms_key_id: str | None = None,
    ) -> None:
        self._store = store
        self._engine = engine
        self._signer = signer
        self._publisher = publisher
        self._clock = clock
        self._count = count
        self._kms_key_id = kms_key_id
        self._known: Memo[str, StoredObject] = Memo(clock, size=KNOWN, ttl=lambda _: KNOWN_SECONDS)

    async def handle(self, incoming: Incoming) -> None:
        """Add a link to the speech and pass the command on under its own id.

        Raises:
            Invalid: no speech, or one that cannot be made; the person has been told by then.
            DependencyDown: S3, the engine or the broker.
        """
        command = incoming.message
        if not isinstance(command, Send) or not isinstance(command.content, Speech):
            raise Invalid("not-speech", f"{command.id}: tts only makes speech")
        speech = command.content
        try:
            key = speech_key(command.bot, self._engine.name(speech), speech)
        except SpeechRefusedError as error:
            await self._refuse(command, error, "no key")
        made = False

        async def find_or_make() -> StoredObject:
            nonlocal made
            found = await self._store.head(key)
            made = found is None
            return found or await self._make(key, speech)

        try:
            stored = await self._known.get(key, find_or_make)
        except (SpeechRefusedError, Forbidden) as error:
            await self._refuse(command, error, key)
        link = await self._signer.link(stored)
        await self._publisher.publish(command.model_copy(update={"link": link}), topology.DELIVERY)
        crash_point("tts.after_publish")
        self._count("made" if made else "cached")

    async def aclose(self) -> None:
        """End what nobody waits for."""
        await self._known.aclose()

    async def _make(self, key: str, speech: Speech) -> StoredObject:
        audio = await self._engine.synthesize(speech)
        crash_point("tts.after_synthesize")
        stored = await self._store.put(key, audio, CONTENT_TYPE, self._kms_key_id)
        crash_point("tts.after_put")
        return stored

    async def _refuse(self, command: Send, error: SpeechRefusedError | Forbidden, key: str) -> NoReturn:
        now = self._clock.now()
        outcome = outcome_of(command, OutcomeKind.FAILED, at=now, now=now, reason=error.reason)
        await self._publisher.publish(outcome, topology.OUTCOMES)
        crash_point("tts.after_failed_outcome")
        self._count("failed")
        raise Invalid(error.reason, f"{error.detail} ({self._store.name}/{key})")
