"""A delivery with everything around it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from delivery_world.commands import LEASE, ME, OTHER
from delivery_world.doubles import CountingMeter, FakeBotApi, FakeClock, FakePublisher, FaultyDeliveries
from lbc_contracts.messages import Message, Outcome
from lbc_contracts.topology import DELIVERY, OUTCOMES
from lbc_delivery.adapters.memory import MemoryFiles, MemoryPause, MemoryTombstones
from lbc_delivery.app.claims import Claims
from lbc_delivery.app.deliver import Delivery, Edges
from lbc_delivery.app.limits import Limits
from lbc_delivery.app.pause import Pause
from lbc_delivery.app.remembered import RememberedFiles
from lbc_delivery.app.sending import Sender
from lbc_delivery.domain.pace import Chats, Pace
from lbc_delivery.domain.patience import Patience
from lbc_runtime.worker import Incoming


@dataclass
class Bench:
    """A delivery and its surroundings; ``restarted`` is the next life of the process, over the same tables."""

    api: FakeBotApi = field(default_factory=FakeBotApi)
    rows: FaultyDeliveries = field(default_factory=FaultyDeliveries)
    files: MemoryFiles = field(default_factory=MemoryFiles)
    tombstones: MemoryTombstones = field(default_factory=MemoryTombstones)
    publisher: FakePublisher = field(default_factory=FakePublisher)
    clock: FakeClock = field(default_factory=FakeClock)
    meter: CountingMeter = field(default_factory=CountingMeter)
    switch: MemoryPause = field(default_factory=MemoryPause)
    owner: str = ME
    rate: float = 0
    chat_rate: float = 0

    def __post_init__(self) -> None:
        self.pause = Pause(self.switch, self.clock, 3)
        self.pace = Pace(self.rate)
        self.claims = Claims(
            self.rows,
            self.owner,
            lease=LEASE,
            request=timedelta(seconds=15),
            clock=self.clock,
            meter=self.meter,
        )
        limits = Limits(self.pace, Chats(self.chat_rate, 100), self.clock, patience=1.2)
        self.delivery = Delivery(
            "demo",
            Edges(self.api, RememberedFiles(self.files, 10), self.tombstones, self.publisher, self.meter, self.clock),
            claims=self.claims,
            limits=limits,
            sender=Sender(
                self.api,
                self.claims,
                limits,
                self.clock,
                self.meter,
                patience=Patience(3, timedelta(days=1)),
                link_label="open",
            ),
            pause=self.pause,
            min_link_life=timedelta(minutes=10),
        )

    async def handle(self, message: Message, *, redelivered: bool = False) -> None:
        await self.pause.probe()
        await self.delivery.handle(Incoming(message, DELIVERY, 0, redelivered))

    def restarted(self) -> Bench:
        return Bench(
            api=self.api,
            rows=self.rows,
            files=self.files,
            tombstones=self.tombstones,
            publisher=self.publisher,
            clock=self.clock,
            meter=self.meter,
            switch=self.switch,
            owner=OTHER,
        )

    @property
    def outcomes(self) -> list[Outcome]:
        return [m for m, to in self.publisher.published if to is OUTCOMES and isinstance(m, Outcome)]
