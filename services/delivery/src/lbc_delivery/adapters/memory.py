"""The stores in memory: for tests, which show that they behave like the tables."""

from __future__ import annotations

from lbc_delivery.domain.claims import Claimed, Row, Terminal


class MemoryDeliveries:
    """As :class:`lbc_delivery.adapters.tables.DynamoDeliveries`."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}

    async def claim(self, command_id: str, claim: Claimed, *, over: Claimed | None) -> Row | None:
        """See :class:`lbc_delivery.app.ports.Deliveries`."""
        if self.rows.get(command_id) == over:
            self.rows[command_id] = claim
        return self.rows.get(command_id)

    async def mark(self, command_id: str, owner: str, end: Terminal) -> Row | None:
        """See :class:`lbc_delivery.app.ports.Deliveries`."""
        if self._claimed_by(command_id, owner):
            self.rows[command_id] = end
        return self.rows.get(command_id)

    async def release(self, command_id: str, owner: str) -> None:
        """See :class:`lbc_delivery.app.ports.Deliveries`."""
        if self._claimed_by(command_id, owner):
            del self.rows[command_id]

    async def read(self, command_id: str) -> Row | None:
        """See :class:`lbc_delivery.app.ports.Deliveries`."""
        return self.rows.get(command_id)

    def _claimed_by(self, command_id: str, owner: str) -> bool:
        row = self.rows.get(command_id)
        return isinstance(row, Claimed) and row.owner == owner


class MemoryFiles:
    """As :class:`lbc_delivery.adapters.tables.DynamoFiles`."""

    def __init__(self) -> None:
        self.file_ids: dict[str, str] = {}

    async def get(self, key: str) -> str | None:
        """See :class:`lbc_delivery.app.ports.Files`."""
        return self.file_ids.get(key)

    async def put(self, key: str, file_id: str) -> None:
        """See :class:`lbc_delivery.app.ports.Files`."""
        self.file_ids[key] = file_id

    async def drop(self, key: str, file_id: str) -> None:
        """See :class:`lbc_delivery.app.ports.Files`."""
        if self.file_ids.get(key) == file_id:
            del self.file_ids[key]


class MemoryTombstones:
    """As :class:`lbc_delivery.adapters.tombstones.DynamoTombstones`."""

    def __init__(self) -> None:
        self.sessions: dict[tuple[str, int], int] = {}

    async def erased_sessions(self, bot: str, user_id: int) -> int:
        """See :class:`lbc_delivery.app.ports.Tombstones`."""
        return self.sessions.get((bot, user_id), -1)


class MemoryPause:
    """As :class:`lbc_delivery.adapters.tables.DynamoPause`."""

    def __init__(self, *, on: bool = False) -> None:
        self.on = on

    async def paused(self) -> bool:
        """See :class:`lbc_delivery.app.ports.PauseSwitch`."""
        return self.on
