"""The store in memory, with the same answers as DynamoDB's; one test suite holds both to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lbc_contracts.ids import session_key, user_key
from lbc_onboarding.app.ports import Committed, EventRow, Known, Moved, Repeated
from lbc_onboarding.domain.attribution import MAX_VISITS, Campaign, Touch, Uses, Visit
from lbc_onboarding.domain.person import Tombstone, User


class MemoryStore:
    """Dictionaries; for tests and for trying things out.

    Attributes:
        users: by key.
        events: by id.
        tombstones: by the key of the person.
        requests: of erasure by the key of the person; the event that filed each.
        visits: by the key of their session.
        campaigns, links: by their ids.
    """

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self.events: dict[str, EventRow] = {}
        self.tombstones: dict[str, Tombstone] = {}
        self.requests: dict[str, EventRow] = {}
        self.visits: dict[str, list[Touch]] = {}
        self.campaigns: dict[str, Campaign] = {}
        self.links: dict[str, Uses] = {}

    async def load(self, bot: str, user_id: int) -> Known:
        """See `lbc_onboarding.app.ports.Store`."""
        key = user_key(bot, user_id)
        return self.users.get(key) or self.tombstones.get(key)

    async def commit(self, row: EventRow, before: Known, after: User | None) -> Committed | Repeated | Moved:
        """See `lbc_onboarding.app.ports.Store`."""
        if row.id in self.events:
            return Repeated(self.events[row.id].commands)
        key = user_key(row.bot, row.user_id)
        if not isinstance(before, User) and self.tombstones.get(key) != before:
            return Moved()
        if row.visit and not self._still_holds(row, row.visit):
            return Moved()
        if after:
            theirs = user_key(after.bot, after.user_id)
            if _life(self.users.get(theirs)) != _life(before):
                return Moved()
            self.users[theirs] = after
        if after and row.visit:
            self._visited(after, row.visit)
        if row.files:
            self.requests[key] = row
        self.events[row.id] = row
        return Committed()

    async def campaign(self, _bot: str, identity: str) -> Campaign | None:
        """See `lbc_onboarding.app.ports.Records`."""
        return self.campaigns.get(identity)

    async def uses(self, _bot: str, link: str) -> Uses | None:
        """See `lbc_onboarding.app.ports.Records`."""
        return self.links.get(link)

    async def referrers(self, bot: str, user_id: int) -> frozenset[int]:
        """See `lbc_onboarding.app.ports.Records`."""
        user = self.users.get(user_key(bot, user_id))
        return frozenset(user.past.referrers) if user else frozenset()

    def _still_holds(self, row: EventRow, visit: Visit) -> bool:
        link = self.links.get(visit.link)
        if visit.link and (link is None or link.uses >= link.most):
            return False
        referrer = self.users.get(user_key(row.bot, visit.referrer)) if visit.referrer else None
        return referrer is None or row.user_id not in referrer.past.referrers

    def _visited(self, user: User, visit: Visit) -> None:
        if visit.link:
            link = self.links[visit.link]
            self.links[visit.link] = replace(link, uses=link.uses + 1)
        if user.visits <= MAX_VISITS:
            kept = self.visits.setdefault(session_key(user.bot, user.user_id, user.session), [])
            kept.append(visit.touch)

    async def overdue(self, bot: str, now: int, limit: int) -> Sequence[User]:
        """See `lbc_onboarding.app.ports.Overdue`."""
        waiting = [user for user in self.users.values() if user.bot == bot and (user.due_at or now + 1) <= now]
        return sorted(waiting, key=lambda user: user.due_at or 0)[:limit]


def _life(known: Known) -> tuple[int, int] | None:
    """What a person's row must still be when it is written: its version, and when it began."""
    return (known.version, known.created_at) if isinstance(known, User) else None
