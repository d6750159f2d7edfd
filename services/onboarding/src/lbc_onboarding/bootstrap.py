"""Wires onboarding and the sweeper together, once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from lbc_contracts import topology
from lbc_contracts.topology import Service
from lbc_onboarding.adapters.keyring import KeyRing, show
from lbc_onboarding.adapters.meter import CatalogueMeter
from lbc_onboarding.adapters.packs import PackFolder
from lbc_onboarding.adapters.records import DynamoRecords
from lbc_onboarding.adapters.tables import DYNAMODB, DynamoStore, Life
from lbc_onboarding.app.arrivals import Arrivals
from lbc_onboarding.app.handle import Onboarding
from lbc_onboarding.app.packs import Packs, Watching
from lbc_onboarding.app.sweep import Recent, Sweeper
from lbc_onboarding.domain.attribution import Reader
from lbc_onboarding.domain.legacy import LEGACY
from lbc_onboarding.domain.rules import Rules
from lbc_onboarding.domain.signed import SignedReader
from lbc_onboarding.settings import OnboardingSettings, SweeperSettings
from lbc_runtime.aws import client
from lbc_runtime.clock import Clock, SystemClock
from lbc_runtime.metrics import catalogue
from lbc_runtime.publisher import Publisher
from lbc_runtime.worker import Worker


@asynccontextmanager
async def onboarding(settings: OnboardingSettings) -> AsyncIterator[Watching]:
    """Onboarding from its settings."""
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        dynamodb = await stack.enter_async_context(client(settings.aws, "dynamodb"))
        store = _store(dynamodb, settings, clock)
        publisher = await stack.enter_async_context(Publisher(settings.broker))
        ring = KeyRing([file for file in (settings.signing_key_file, settings.signing_key_previous_file) if file])
        show(ring, catalogue)
        arrivals = Arrivals(
            readers(settings, ring),
            DynamoRecords(dynamodb, settings.tables_prefix),
            clock=clock,
            campaign_age=settings.campaign_age,
        )
        stack.push_async_callback(arrivals.aclose)
        meter = CatalogueMeter(catalogue)
        packs = Packs(PackFolder(settings.brand), clock=clock, every=settings.brand_every, meter=meter)
        await packs.begin()
        handle = Onboarding(
            settings.bot,
            store,
            publisher,
            brand=lambda: packs.current,
            rules=rules(settings),
            arrivals=arrivals,
            clock=clock,
            meter=meter,
        ).handle
        worker = Worker(
            settings.broker,
            Service.ONBOARDING,
            {topology.UPDATES: handle, topology.OUTCOMES: handle, topology.DUE: handle},
            publisher=publisher,
            probes={DYNAMODB: store.probe},
            clock=clock,
        )
        yield Watching(worker, packs)


@asynccontextmanager
async def sweeper(settings: SweeperSettings) -> AsyncIterator[Sweeper]:
    """The sweeper from its settings."""
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        store = _store(await stack.enter_async_context(client(settings.aws, "dynamodb")), settings, clock)
        publisher = await stack.enter_async_context(Publisher(settings.broker))
        yield Sweeper(
            settings.bot,
            store,
            publisher,
            clock=clock,
            meter=CatalogueMeter(catalogue),
            every=settings.sweep_every,
            limit=settings.sweep_limit,
            recent=Recent(life=settings.remind_again, size=settings.remembered),
        )


def rules(settings: OnboardingSettings) -> Rules:
    """The domain's numbers, from the settings."""
    return Rules(
        due_after=round(settings.step_due * 1000),
        due_growth=settings.step_due_growth,
        max_wakes=settings.max_wakes,
    )


def readers(settings: OnboardingSettings, ring: KeyRing) -> tuple[Reader, ...]:
    """The forms of start tokens that count; signed ones are always known, if only to say that no key fits."""
    return (SignedReader(settings.bot, ring.read), *(LEGACY if settings.legacy_tokens else ()))


def _store(dynamodb: Any, settings: OnboardingSettings | SweeperSettings, clock: Clock) -> DynamoStore:
    life = Life(events=settings.events_days, sessions=settings.sessions_days)
    return DynamoStore(dynamodb, settings.tables_prefix, life=life, clock=clock)
