"""The DynamoDB tables as data; provisioning creates them from here, adapters take their names from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

AttributeType = Literal["S", "N"]


@dataclass(frozen=True, slots=True)
class Key:
    """An attribute in a key schema."""

    name: str
    type: AttributeType = "S"


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index; sparse where its attributes are not on every row."""

    name: str
    hash: Key
    range: Key | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table, on demand, with point-in-time recovery.

    Attributes:
        name: without the deployment's prefix.
        ttl: attribute with the epoch second after which DynamoDB removes the row.
    """

    name: str
    hash: Key
    indexes: tuple[Index, ...] = ()
    ttl: str | None = None


USERS = Table(
    "users",
    Key("userId"),
    (Index("telegramId", Key("telegramId", "N")), Index("due", Key("dueBucket"), Key("dueAt", "N"))),
)
SESSIONS = Table("sessions", Key("sessionId"), (Index("userId", Key("userId")),), ttl="expiresAt")
EVENTS = Table("events", Key("eventId"), (Index("userId", Key("userId"), Key("timestamp")),), ttl="expiresAt")
DELIVERIES = Table("deliveries", Key("commandId"), ttl="expiresAt")
FILES = Table("files", Key("fileKey"))
CAMPAIGNS = Table("campaigns", Key("campaignId"))
LINKS = Table("links", Key("linkId"), ttl="expiresAt")
CONTROL = Table("control", Key("name"))
REQUESTS = Table("requests", Key("userId"), (Index("pending", Key("bot"), Key("requestedAt", "N")),))
TOMBSTONES = Table("tombstones", Key("personHash"), ttl="expiresAt")

TABLES: tuple[Table, ...] = (
    USERS,
    SESSIONS,
    EVENTS,
    DELIVERIES,
    FILES,
    CAMPAIGNS,
    LINKS,
    CONTROL,
    REQUESTS,
    TOMBSTONES,
)
