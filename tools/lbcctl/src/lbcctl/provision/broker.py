"""Brings a RabbitMQ vhost to what the topology manifest says; safe to repeat.

All of it goes through the management API, since policies, users and permissions need that one anyway. What is there and
not in the manifest stays: to remove a queue is to lose what is in it.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import aiohttp

from lbc_contracts.topology import (
    MANAGEMENT_USERS,
    Binding,
    Exchange,
    Policy,
    Queue,
    Rung,
    Service,
    bindings,
    exchanges,
    permission,
    policies,
    queues,
)
from lbcctl.tls import connector

_TIMEOUT = aiohttp.ClientTimeout(total=20, connect=5)
_LEADER_SECONDS = 60
_POLL_SECONDS = 0.2
_MISSING = 404
_SALT_BYTES = 4


class ProvisionError(Exception):
    """The broker refused, or did not come to the state that was asked for.

    Attributes:
        status: of its answer; 0 if it is not one answer that is amiss.
    """

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status


async def provision_broker(
    amqp_admin_url: str,
    management_url: str,
    passwords: Mapping[Service, str] | None,
    rung_seconds: Mapping[Rung, float] | None = None,
    *,
    user_prefix: str = "",
    ca_file: Path | None = None,
    dry: bool = False,
) -> list[str]:
    """Create or correct the vhost, its policies, exchanges, queues and bindings, and the services' users.

    Returns when each queue has a leader. A queue that was declared less than some two seconds ago may still not survive
    the death of a single node; run it again then.

    Args:
        amqp_admin_url: its path names the vhost.
        management_url: address of the management API with an administrator's user and password.
        passwords: by service; None leaves users and permissions alone.
        rung_seconds: other times for the delay rungs.
        user_prefix: before each user's name, where several deployments share a broker.
        ca_file: certificate authority of the management API, if it is a private one.
        dry: only look.

    Returns:
        What was changed, or would be, one line each, without any secret.

    Raises:
        ProvisionError: the broker refused something; the message names it.
        aiohttp.ClientError: it could not be reached.
        TimeoutError: it did not answer, or a queue did not get a leader.
    """
    async with _Api.open(management_url, ca_file, dry=dry) as api:
        vhost = _Vhost(api, unquote(urlsplit(amqp_admin_url).path.removeprefix("/")) or "/")
        await vhost.create()
        # Policies first: no queue shall live a moment without its limits.
        await vhost.set_policies(policies(dict(rung_seconds) if rung_seconds else None))
        await vhost.declare_exchanges(exchanges())
        await vhost.declare_queues(queues())
        await vhost.bind(bindings())
        for service, password in (passwords or {}).items():
            await vhost.allow(service, f"{user_prefix}{service}", password)
        if not dry:
            await vhost.await_leaders([queue.name for queue in queues()])
        return vhost.changes


@dataclass(frozen=True, slots=True)
class _Api:
    session: aiohttp.ClientSession
    base: str
    dry: bool

    @classmethod
    def open(cls, url: str, ca_file: Path | None, *, dry: bool) -> Self:
        parts = urlsplit(url)
        user, password = unquote(parts.username or "guest"), unquote(parts.password or "guest")
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        headers = {"Authorization": f"Basic {token}"}
        base = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/") + "/api/", "", ""))
        session = aiohttp.ClientSession(headers=headers, timeout=_TIMEOUT, connector=connector(ca_file))
        return cls(session, base, dry)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    async def get(self, *path: str) -> Any:
        """What is there, or None."""
        return await self._call("GET", path)

    async def put(self, *path: str, body: Mapping[str, object]) -> None:
        """Create or replace."""
        if not self.dry:
            await self._call("PUT", path, body)

    async def post(self, *path: str, body: Mapping[str, object]) -> None:
        """Add."""
        if not self.dry:
            await self._call("POST", path, body)

    async def _call(self, method: str, path: tuple[str, ...], body: Mapping[str, object] | None = None) -> Any:
        where = "/".join(quote(part, safe="") for part in path)
        async with self.session.request(method, self.base + where, json=body) as response:
            if response.status == _MISSING and method == "GET":
                return None
            if not response.ok:
                raise ProvisionError(f"{method} {where}: {response.status} {await response.text()}", response.status)
            return await response.json() if response.content_type == "application/json" else None


class _Vhost:
    def __init__(self, api: _Api, name: str) -> None:
        self._api = api
        self._name = name
        self.changes: list[str] = []

    async def create(self) -> None:
        if await self._api.get("vhosts", self._name) is None:
            await self._api.put("vhosts", self._name, body={})
            self.changes.append(f"vhost {self._name}")

    async def set_policies(self, wanted: tuple[Policy, ...]) -> None:
        there = {policy["name"]: policy for policy in await self._api.get("policies", self._name) or ()}
        for policy in wanted:
            body = {"pattern": policy.pattern, "definition": dict(policy.definition), "apply-to": "queues"}
            found = there.get(policy.name, {})
            if {key: found.get(key) for key in body} != body:
                await self._api.put("policies", self._name, policy.name, body=body)
                self.changes.append(f"policy {policy.name}")

    async def declare_exchanges(self, wanted: tuple[Exchange, ...]) -> None:
        there = {exchange["name"]: exchange for exchange in await self._api.get("exchanges", self._name) or ()}
        for exchange in wanted:
            found = there.get(exchange.name)
            if found is None:
                body = {"type": exchange.type, "durable": True}
                await self._api.put("exchanges", self._name, exchange.name, body=body)
                self.changes.append(f"exchange {exchange.name}")
            elif found["type"] != exchange.type:
                raise ProvisionError(f"exchange {exchange.name} is {found['type']}, must be {exchange.type}")

    async def declare_queues(self, wanted: tuple[Queue, ...]) -> None:
        there = {queue["name"]: queue.get("arguments") for queue in await self._api.get("queues", self._name) or ()}
        for queue in wanted:  # all of them before the first change
            if there.get(queue.name, dict(queue.arguments)) != dict(queue.arguments):
                raise ProvisionError(
                    f"queue {queue.name} has other arguments, and they cannot change: drain it, then delete it"
                )
        for queue in wanted:
            if queue.name not in there:
                body = {"durable": True, "arguments": dict(queue.arguments)}
                await self._api.put("queues", self._name, queue.name, body=body)
                self.changes.append(f"queue {queue.name}")

    async def bind(self, wanted: tuple[Binding, ...]) -> None:
        there = {
            Binding(binding["source"], binding["destination"], binding["routing_key"])
            for binding in await self._api.get("bindings", self._name) or ()
        }
        for binding in wanted:
            if binding not in there:
                path = ("bindings", self._name, "e", binding.exchange, "q", binding.queue)
                await self._api.post(*path, body={"routing_key": binding.routing_key})
                self.changes.append(f"binding {binding.exchange} -> {binding.queue}")

    async def allow(self, service: Service, user: str, password: str) -> None:
        found = await self._api.get("users", user)
        if found is not None:
            refuse_anothers(user, self._name, await self._api.get("users", user, "permissions") or ())
        tag = "management" if service in MANAGEMENT_USERS else ""
        same = found is not None and _tags_of(found) == tag
        if found is None or not same or not is_password(password, str(found.get("password_hash", ""))):
            await self._api.put("users", user, body={"password": password, "tags": tag})
            self.changes.append(f"user {user}")
        rights = permission(service)
        body = {"configure": rights.configure, "write": rights.write, "read": rights.read}
        granted = await self._api.get("permissions", self._name, user) or {}
        if {key: granted.get(key) for key in body} != body:
            await self._api.put("permissions", self._name, user, body=body)
            self.changes.append(f"permissions of {user}")

    async def await_leaders(self, names: list[str]) -> None:
        async with asyncio.timeout(_LEADER_SECONDS):
            while not await self._all_led(set(names)):  # noqa: ASYNC110 - the broker sends no event for it
                await asyncio.sleep(_POLL_SECONDS)

    async def _all_led(self, names: set[str]) -> bool:
        found = [queue for queue in await self._api.get("queues", self._name) if queue["name"] in names]
        return len(found) == len(names) and all(queue.get("leader") in queue.get("online", ()) for queue in found)


def refuse_anothers(user: str, vhost: str, granted: Iterable[Mapping[str, Any]]) -> None:
    """Let nobody change a user that works in other vhosts: its password would end there.

    Raises:
        ProvisionError: it does.
    """
    if others := sorted({str(right["vhost"]) for right in granted} - {vhost}):
        raise ProvisionError(
            f"user {user} has rights in {', '.join(others)} too, so it is not this deployment's alone: choose another "
            f"--user-prefix (or amqp-username); if that is a vhost of the past, clear its rights there"
        )


def _tags_of(user: Mapping[str, Any]) -> str:
    """Comma-separated: RabbitMQ 3.8 answers so, later ones with a list."""
    tags = user.get("tags", "")
    return tags if isinstance(tags, str) else ",".join(tags)


def is_password(password: str, stored: str) -> bool:
    """Whether RabbitMQ's salted SHA-256 is of this password, so that an unchanged one is not written again."""
    try:
        raw = base64.b64decode(stored, validate=True)
    except ValueError:
        return False
    salt, digest = raw[:_SALT_BYTES], raw[_SALT_BYTES:]
    return hashlib.sha256(salt + password.encode()).digest() == digest
