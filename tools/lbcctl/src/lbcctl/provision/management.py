"""RabbitMQ's management API, for what the topology manifest does not say: who may monitor, and who goes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import aiohttp

from lbcctl.provision.broker import ProvisionError, is_password, refuse_anothers
from lbcctl.tls import connector

_TIMEOUT = aiohttp.ClientTimeout(total=20, connect=5)
_MISSING = 404


@dataclass(frozen=True)
class Management:
    """The management API as an administrator."""

    session: aiohttp.ClientSession
    base: str

    @classmethod
    def open(cls, url: str, user: str, password: str, ca_file: Path | None = None) -> Self:
        """A client; to be used as a context manager."""
        headers = {"Authorization": aiohttp.encode_basic_auth(user, password)}
        session = aiohttp.ClientSession(headers=headers, timeout=_TIMEOUT, connector=connector(ca_file))
        return cls(session, f"{url.rstrip('/')}/api/")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    async def names(self, *path: str) -> set[str]:
        """Names of what is in a collection; empty if the collection is not there."""
        found = await self.call("GET", *path)
        return {str(item["name"]) for item in found or ()}

    async def call(self, method: str, *path: str, body: object = None) -> Any:
        """One call; None when there is no such thing.

        Raises:
            ProvisionError: it refused.
        """
        where = "/".join(quote(part, safe="") for part in path)
        async with self.session.request(method, self.base + where, json=body) as response:
            if response.status == _MISSING:
                return None
            if not response.ok:
                raise ProvisionError(f"{method} {where}: {response.status} {await response.text()}", response.status)
            return await response.json() if response.content_type == "application/json" else None

    async def allow_monitoring(self, vhost: str, user: str, password: str, *, dry: bool = False) -> list[str]:
        """Let ``user`` read depths and nothing else: for KEDA.

        Returns:
            What was changed, or would be.

        Raises:
            ProvisionError: it is an administrator, or has rights in other vhosts.
        """
        changes: list[str] = []
        found = await self.call("GET", "users", user) or {}
        if "administrator" in found.get("tags", ""):
            raise ProvisionError(f"user {user} is an administrator; who may monitor must be a user of its own")
        refuse_anothers(user, vhost, await self.call("GET", "users", user, "permissions") or ())
        if not is_password(password, str(found.get("password_hash", ""))) or "monitoring" not in found.get("tags", ""):
            changes.append(f"user {user} (monitoring)")
            if not dry:
                await self.call("PUT", "users", user, body={"password": password, "tags": "monitoring"})
        rights = {"configure": "^$", "write": "^$", "read": "^$"}
        granted = await self.call("GET", "permissions", vhost, user) or {}
        if {name: granted.get(name) for name in rights} != rights:
            changes.append(f"permissions of {user}")
            if not dry:
                await self.call("PUT", "permissions", vhost, user, body=rights)
        return changes

    async def remove_users(self, vhost: str, users: list[str]) -> list[str]:
        """Remove users; their connections end. One with rights in other vhosts only loses those in this one.

        Returns:
            What was done.
        """
        done: list[str] = []
        there = await self.names("users")
        for user in (user for user in users if user in there):
            granted = {str(right["vhost"]) for right in await self.call("GET", "users", user, "permissions") or ()}
            if others := sorted(granted - {vhost}):
                await self.call("DELETE", "permissions", vhost, user)
                done.append(f"user {user} kept, without rights here: it has others in {', '.join(others)}")
            else:
                await self.call("DELETE", "users", user)
                done.append(f"user {user} removed")
        return done
