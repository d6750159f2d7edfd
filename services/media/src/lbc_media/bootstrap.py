"""Wires media together, once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from datetime import timedelta

from lbc_contracts import topology
from lbc_contracts.topology import Service
from lbc_media.app.enrich import Enricher
from lbc_media.settings import MediaSettings
from lbc_runtime.aws import client
from lbc_runtime.clock import SystemClock
from lbc_runtime.metrics import catalogue, code
from lbc_runtime.objects import DEPENDENCY, Bucket
from lbc_runtime.publisher import Publisher
from lbc_runtime.signing import LinkSigner, SessionKeys
from lbc_runtime.worker import Worker


@asynccontextmanager
async def bootstrap(settings: MediaSettings) -> AsyncIterator[Worker]:
    """Everything from the settings."""
    clock = SystemClock()
    links = catalogue.counter("lbc_links_signed_total")
    keys = SessionKeys(settings.signing_profile)
    signer = LinkSigner(
        keys,
        clock,
        region=settings.aws.region,
        endpoint=settings.aws.s3_public_endpoint or settings.aws.s3_endpoint,
        lifetime=timedelta(seconds=settings.link_lifetime),
    )
    async with AsyncExitStack() as stack:
        bucket = Bucket(await stack.enter_async_context(client(settings.aws, "s3")), settings.assets_bucket)
        publisher = await stack.enter_async_context(Publisher(settings.broker))
        enricher = await stack.enter_async_context(
            aclosing(Enricher(bucket, signer, publisher, clock, lambda result: links.labels(code(result)).inc()))
        )

        async def s3_answers() -> None:
            await keys.current()
            await bucket.probe()

        yield Worker(
            settings.broker,
            Service.MEDIA,
            {topology.MEDIA: enricher.handle},
            publisher=publisher,
            probes={DEPENDENCY: s3_answers},
            clock=clock,
        )
