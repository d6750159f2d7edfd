"""The brand pack in force: looked at again every few seconds, and replaced by a new one that is right, never by others.

A pack counts as new once it is the same at two looks, so that a folder that is just being written is left alone.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final, NoReturn, Protocol

from lbc_contracts.brand import Brand
from lbc_onboarding.app.ports import PackMeter, PackSource
from lbc_runtime.brand import BrandError
from lbc_runtime.clock import Clock

log = logging.getLogger(__name__)

SHOWN: Final = 20
"""Problems of a pack that are logged; whoever mends it sees them all with `lbcctl brand check`."""


class Packs:
    """Holds the pack in force.

    Args:
        source: where packs come from.
        clock: paces the looks.
        every: seconds between two looks.
        meter: counts packs, and shows which is in force.
    """

    def __init__(self, source: PackSource, *, clock: Clock, every: float, meter: PackMeter) -> None:
        self._source = source
        self._clock = clock
        self._every = every
        self._meter = meter
        self._brand: Brand | None = None
        self._in_force = self._refused = self._seen = ""

    @property
    def current(self) -> Brand:
        """The pack in force; whoever decides takes it once, so that one decision speaks with one voice."""
        if self._brand is None:
            raise AssertionError("used before `begin`")
        return self._brand

    async def begin(self) -> None:
        """Take what is there.

        Raises:
            BrandError: it is wrong, and there is none to keep.
        """
        version = await self._source.version()
        self._take(await self._source.load(), version)

    async def watch(self) -> NoReturn:
        """Look again and again, until cancelled."""
        while True:
            await self._clock.sleep(self._every)
            await self.look()

    async def look(self) -> None:
        """Take over what is there if it is new, whole and right."""
        version = await self._source.version()
        settled, self._seen = version == self._seen, version
        if version == self._in_force:
            self._accept()
        elif settled and version != self._refused:
            await self._try(version)

    async def _try(self, version: str) -> None:
        try:
            brand = await self._source.load()
        except BrandError as error:
            problems = [*error.problems[:SHOWN]]
        except Exception as error:
            # A pack is data from outside: whatever it does to its reader, people go on with the one before.
            log.exception("a brand pack could not be read, for a reason that nobody foresaw")
            problems = [type(error).__name__]
        else:
            if await self._source.version() == version:
                self._take(brand, version)
            return
        self._refused = version
        self._meter.pack_refused()
        log.error("a new brand pack is refused, the one before stays", extra={"pack": version, "problems": problems})

    def _take(self, brand: Brand, version: str) -> None:
        self._brand, self._in_force, self._refused = brand, version, ""
        self._meter.pack_taken(version)
        log.info("a brand pack is in force", extra={"pack": version, "languages": list(brand.languages)})

    def _accept(self) -> None:
        """What is there is in force, be it that a refused one was taken back."""
        if self._refused:
            self._refused = ""
            self._meter.pack_taken_back()


class Working(Protocol):
    """What works with the pack in force (`lbc_runtime.service.Runnable`)."""

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop``."""
        ...

    def ready(self) -> bool:
        """Whether it takes work now."""
        ...


class Watching:
    """Work, and beside it the looks at the pack; if either falls, both do."""

    def __init__(self, work: Working, packs: Packs) -> None:
        self._work = work
        self._packs = packs

    def ready(self) -> bool:
        """Whether the work is."""
        return self._work.ready()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop``."""
        async with asyncio.TaskGroup() as group:
            watch = group.create_task(self._packs.watch())
            await self._work.run(stop)
            watch.cancel()
