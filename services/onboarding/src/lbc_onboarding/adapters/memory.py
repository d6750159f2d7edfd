"""The store in memory, with the same answers as DynamoDB's; one test suite holds both to them."""

from __future__ import annotations

from collections.abc import Sequence

from lbc_contracts.ids import user_key
from lbc_onboarding.app.ports import Committed, EventRow, Moved, Repeated
from lbc_onboarding.domain.person import User


class MemoryStore:
    """Dictionaries; for tests and for trying things out.

    Attributes:
        users: by key.
        events: by id.
    """

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self.events: dict[str, EventRow] = {}

    async def load(self, bot: str, user_id: int) -> User | None:
        """See `lbc_onboarding.app.ports.Store`."""
        return self.users.get(user_key(bot, user_id))

    async def commit(self, row: EventRow, before: User | None, after: User | None) -> Committed | Repeated | Moved:
        """See `lbc_onboarding.app.ports.Store`."""
        if row.id in self.events:
            return Repeated(self.events[row.id].commands)
        if after:
            key = user_key(after.bot, after.user_id)
            stored = self.users.get(key)
            if (stored.version if stored else None) != (before.version if before else None):
                return Moved()
            self.users[key] = after
        self.events[row.id] = row
        return Committed()

    async def overdue(self, bot: str, now: int, limit: int) -> Sequence[User]:
        """See `lbc_onboarding.app.ports.Overdue`."""
        waiting = [user for user in self.users.values() if user.bot == bot and (user.due_at or now + 1) <= now]
        return sorted(waiting, key=lambda user: user.due_at or 0)[:limit]
