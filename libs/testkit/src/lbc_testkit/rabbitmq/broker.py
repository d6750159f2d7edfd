"""The broker as tests and set-up see it."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, urlsplit, urlunsplit

from lbc_testkit.rabbitmq.management import Management
from lbc_testkit.rabbitmq.server import GivenServer, Server


@dataclass(frozen=True)
class VHost:
    """A room in the broker that nobody else uses.

    Attributes:
        name: of the vhost.
        amqp_url: its address, for the administrator.
    """

    name: str
    amqp_url: str


@dataclass(frozen=True)
class Broker:
    """A running RabbitMQ.

    Attributes:
        server: how it was had; for what this class does not offer.
        vhost: where to work.
        version: such as ``3.10.8``.
    """

    server: Server
    vhost: str
    version: str

    @classmethod
    async def connect(cls, server: Server, vhost: str) -> Self:
        """Ask a running server for what it is."""
        return cls(server, vhost, await server.management.version())

    @property
    def amqp_url(self) -> str:
        """Address of `vhost`, for the administrator."""
        return self.url()

    @property
    def management_url(self) -> str:
        """Address of the management API with its administrator's credentials; not for logs."""
        return self.management.url_with_credentials

    @property
    def management(self) -> Management:
        """The management API."""
        return self.server.management

    @property
    def controllable(self) -> bool:
        """Whether it may be stopped and broken: not if it was given."""
        return not isinstance(self.server, GivenServer)

    @property
    def alive(self) -> bool:
        """Whether it runs, as far as can be told without asking it: one that is not ours is taken to."""
        return self.server.alive

    def url(self, *, vhost: str | None = None, user: str | None = None, password: str = "") -> str:
        """Address of a vhost, for the administrator or for one user."""
        parts = urlsplit(self.server.amqp)
        host = parts.netloc.rpartition("@")[2]
        credentials = parts.netloc.rpartition("@")[0]
        if user is not None:
            credentials = f"{quote(user, safe='')}:{quote(password, safe='')}"
        path = "/" + quote(self.vhost if vhost is None else vhost, safe="")
        return urlunsplit((parts.scheme, f"{credentials}@{host}", path, parts.query, ""))

    @asynccontextmanager
    async def fresh_vhost(self) -> AsyncIterator[VHost]:
        """A new vhost, removed at the end with its queues and connections."""
        name = f"lbc-{secrets.token_hex(4)}"
        await self.management.create_vhost(name)
        try:
            yield VHost(name, self.url(vhost=name))
        finally:
            await self.management.delete_vhost(name)

    async def start(self) -> None:
        """Start it again after `stop` or `kill`, on the data it had."""
        await self.server.start()

    async def stop(self) -> None:
        """Stop it in good order."""
        await self.server.stop()

    async def kill(self) -> None:
        """SIGKILL it."""
        await self.server.kill()

    async def restart(self, *, kill: bool = False) -> None:
        """Stop (or kill) and start again on the same data."""
        await (self.kill() if kill else self.stop())
        await self.start()

    async def freeze(self) -> None:
        """SIGSTOP it: connections stay and nothing is answered."""
        await self.server.freeze()

    async def thaw(self) -> None:
        """Let it go on."""
        await self.server.thaw()

    async def stop_app(self) -> None:
        """Stop the broker inside its Erlang: AMQP and management ports close."""
        await self.server.ctl("stop_app")

    async def start_app(self) -> None:
        """Undo `stop_app`, and wait until AMQP is served."""
        await self.server.ctl("start_app")
        await self.server.ctl("await_startup")

    @asynccontextmanager
    async def memory_alarm(self) -> AsyncIterator[None]:
        """Block all publishers meanwhile, as a broker short of memory does."""
        await self.server.ctl("set_vm_memory_high_watermark", "0")
        try:
            yield
        finally:
            await self.server.ctl("set_vm_memory_high_watermark", "absolute", "512MB")
