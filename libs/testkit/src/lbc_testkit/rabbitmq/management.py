"""A client of the broker's management API, as far as tests and set-up need it."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import aiohttp

from lbc_testkit.waiting import wait_until

_TIMEOUT = aiohttp.ClientTimeout(total=15)
_MISSING = 404


@dataclass(frozen=True)
class Permissions:
    """Regular expressions over names of a vhost's exchanges and queues."""

    configure: str = ".*"
    write: str = ".*"
    read: str = ".*"


class Management:
    """One broker's management API, as its administrator.

    It holds no connection between calls, so it may be used from any event loop.
    """

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url = url.rstrip("/")
        self.user = user
        self._password = password
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {token}"}

    @classmethod
    def from_url(cls, url: str, *, fallback: tuple[str, str] = ("guest", "guest")) -> Self:
        """Take user and password from the address, else ``fallback``."""
        parts = urlsplit(url)
        user = unquote(parts.username) if parts.username else fallback[0]
        password = unquote(parts.password) if parts.password else fallback[1]
        bare = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
        return cls(bare, user, password)

    @property
    def url_with_credentials(self) -> str:
        """For programs that take one address; not for logs."""
        scheme, _, rest = self.url.partition("://")
        return f"{scheme}://{quote(self.user, safe='')}:{quote(self._password, safe='')}@{rest}"

    async def request(self, method: str, *path: str, json: object = None) -> Any:
        """Ask ``/api/<path>``, each part quoted; gives the JSON, None if there is none or on 404.

        Raises:
            aiohttp.ClientResponseError: any other error status.
        """
        url = f"{self.url}/api/" + "/".join(quote(part, safe="") for part in path)
        async with self._session() as session, session.request(method, url, json=json) as response:
            if response.status == _MISSING:
                return None
            if not response.ok:
                raise aiohttp.ClientResponseError(
                    response.request_info, (), status=response.status, message=await response.text()
                )
            return await response.json() if response.content_type == "application/json" else None

    async def ready(self, port: int) -> bool:
        """Whether the broker serves AMQP on this port of its own."""
        try:
            answer = await self.request("GET", "health", "checks", "port-listener", str(port))
        except (aiohttp.ClientError, TimeoutError):
            return False
        return bool(answer)

    async def version(self) -> str:
        """The broker's version."""
        return str((await self.request("GET", "overview"))["rabbitmq_version"])

    async def create_vhost(self, vhost: str, *, default_queue_type: str | None = None) -> None:
        """Create it, with all permissions for us."""
        body = {} if default_queue_type is None else {"default_queue_type": default_queue_type}
        await self.request("PUT", "vhosts", vhost, json=body)
        await self.set_permissions(vhost, self.user, Permissions())

    async def delete_vhost(self, vhost: str) -> None:
        """Remove it with everything in it; its connections are closed."""
        await self.request("DELETE", "vhosts", vhost)

    async def vhosts(self) -> list[str]:
        """Names of all vhosts."""
        return [str(vhost["name"]) for vhost in await self.request("GET", "vhosts")]

    async def create_user(self, user: str, password: str, *, tags: str = "") -> None:
        """Create it or change its password; it may do nothing before `set_permissions`."""
        await self.request("PUT", "users", user, json={"password": password, "tags": tags})

    async def delete_user(self, user: str) -> None:
        """Remove it."""
        await self.request("DELETE", "users", user)

    async def set_permissions(self, vhost: str, user: str, permissions: Permissions) -> None:
        """What the user may do in the vhost."""
        body = {
            "configure": permissions.configure,
            "write": permissions.write,
            "read": permissions.read,
        }
        await self.request("PUT", "permissions", vhost, user, json=body)

    async def set_topic_permissions(self, vhost: str, user: str, exchange: str, *, write: str, read: str) -> None:
        """Which routing keys the user may use on a topic exchange."""
        body = {"exchange": exchange, "write": write, "read": read}
        await self.request("PUT", "topic-permissions", vhost, user, json=body)

    async def set_policy(
        self,
        vhost: str,
        name: str,
        *,
        pattern: str,
        definition: dict[str, object],
        apply_to: str = "queues",
        priority: int = 0,
    ) -> None:
        """Create or replace a policy."""
        body = {
            "pattern": pattern,
            "definition": definition,
            "apply-to": apply_to,
            "priority": priority,
        }
        await self.request("PUT", "policies", vhost, name, json=body)

    async def queues(self, vhost: str) -> list[dict[str, Any]]:
        """All queues of the vhost, as the API describes them."""
        return list(await self.request("GET", "queues", vhost))

    async def queue(self, vhost: str, queue: str) -> dict[str, Any] | None:
        """One queue, or None. Its counts are statistics, up to a few seconds old."""
        answer = await self.request("GET", "queues", vhost, queue)
        return None if answer is None else dict(answer)

    async def counts(self, vhost: str) -> dict[str, int]:
        """Messages by queue, ready and unacknowledged together; statistics, up to a few seconds old."""
        return {str(queue["name"]): int(queue.get("messages", 0)) for queue in await self.queues(vhost)}

    async def get(self, vhost: str, queue: str, *, count: int = 100, requeue: bool = True) -> list[dict[str, Any]]:
        """Read messages through the API: for looking at dead letters; with ``requeue`` they are seen again."""
        mode = "ack_requeue_true" if requeue else "ack_requeue_false"
        body = {"count": count, "ackmode": mode, "encoding": "auto"}
        return list(await self.request("POST", "queues", vhost, queue, "get", json=body) or [])

    async def purge(self, vhost: str, queue: str) -> None:
        """Drop the messages that are ready."""
        await self.request("DELETE", "queues", vhost, queue, "contents")

    async def wait_for_queue_leader(self, vhost: str, queue: str, *, within: float = 30.0) -> None:
        """Wait until the quorum queue has a leader that runs; other queues: until they exist.

        A quorum queue whose broker is killed within about a second of its declaration can come back without one.

        Raises:
            TimeoutError: no leader.
        """

        async def led() -> bool:
            answer = await self.queue(vhost, queue)
            if answer is None:
                return False
            if answer.get("type") != "quorum":
                return bool(answer.get("state", "running") == "running")
            leader = answer.get("leader")
            return bool(leader) and leader in answer.get("online", [])

        await wait_until(led, what=f"a leader of queue {queue}", timeout=within)

    async def close_connections(self, *, user: str | None = None) -> int:
        """Close AMQP connections, of one user or of all; gives how many."""
        connections = await self.request("GET", "connections")
        closing = [entry for entry in connections if user is None or entry.get("user") == user]
        for entry in closing:
            await self.request("DELETE", "connections", entry["name"])
        return len(closing)

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[aiohttp.ClientSession]:
        async with aiohttp.ClientSession(headers=self._headers, timeout=_TIMEOUT) as session:
            yield session
