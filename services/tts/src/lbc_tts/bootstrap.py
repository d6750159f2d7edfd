"""Wires tts together, once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from datetime import timedelta

from lbc_contracts import topology
from lbc_contracts.topology import Service
from lbc_runtime import objects
from lbc_runtime.aws import client
from lbc_runtime.clock import Clock, SystemClock
from lbc_runtime.errors import SettingsError
from lbc_runtime.metrics import catalogue
from lbc_runtime.objects import Bucket
from lbc_runtime.publisher import Publisher
from lbc_runtime.signing import LinkSigner, SessionKeys
from lbc_runtime.worker import Probe, Worker
from lbc_tts.adapters import polly
from lbc_tts.adapters.polly import PollyEngine
from lbc_tts.app.speak import Engine, Speaker
from lbc_tts.settings import TtsSettings


@asynccontextmanager
async def bootstrap(settings: TtsSettings) -> AsyncIterator[Worker]:
    """Everything from the settings."""
    clock = SystemClock()
    speech = catalogue.counter("lbc_speech_total")
    keys = SessionKeys(settings.signing_profile)
    signer = LinkSigner(
        keys,
        clock,
        region=settings.aws.region,
        endpoint=settings.aws.s3_public_endpoint or settings.aws.s3_endpoint,
        lifetime=timedelta(seconds=settings.link_lifetime),
    )
    async with AsyncExitStack() as stack:
        engine, probes = await _engine(settings, clock, stack)
        bucket = Bucket(await stack.enter_async_context(client(settings.aws, "s3")), settings.tts_bucket)
        publisher = await stack.enter_async_context(Publisher(settings.broker))
        speaker = await stack.enter_async_context(
            aclosing(
                Speaker(
                    bucket,
                    engine,
                    signer,
                    publisher,
                    clock,
                    count=lambda result: speech.labels(result).inc(),
                    kms_key_id=settings.kms_key_id,
                )
            )
        )

        async def s3_answers() -> None:
            await keys.current()
            await bucket.probe()

        yield Worker(
            settings.broker,
            Service.TTS,
            {topology.TTS: speaker.handle},
            publisher=publisher,
            probes=probes | {objects.DEPENDENCY: s3_answers},
            clock=clock,
        )


async def _engine(settings: TtsSettings, clock: Clock, stack: AsyncExitStack) -> tuple[Engine, dict[str, Probe]]:
    if settings.engine == "polly":
        engine = PollyEngine(
            await stack.enter_async_context(client(settings.aws, "polly")), clock, per_second=settings.polly_per_second
        )
        return engine, {polly.DEPENDENCY: engine.probe}
    try:
        # Imported only where it is wanted: production images do not have it.
        from lbc_tts.adapters.espeak import EspeakEngine  # noqa: PLC0415
    except ImportError:
        raise SettingsError(("LBC_ENGINE: espeak needs the extra lbc-tts[espeak]",)) from None
    espeak = EspeakEngine()
    stack.callback(espeak.close)
    return espeak, {}
