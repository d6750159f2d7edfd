"""A real RabbitMQ: the given one, a node of our own, a container, or Debian's package installed for us."""

import logging
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from lbc_testkit import debian, docker
from lbc_testkit.errors import PartFailedError, PartUnavailableError
from lbc_testkit.rabbitmq.broker import Broker, VHost
from lbc_testkit.rabbitmq.container import IMAGE, ContainerServer
from lbc_testkit.rabbitmq.management import Management, Permissions
from lbc_testkit.rabbitmq.node import NodePorts, OwnNode, find_scripts
from lbc_testkit.rabbitmq.server import GivenServer, Server

__all__ = ["Broker", "Management", "NodePorts", "Permissions", "VHost", "rabbitmq"]

_log = logging.getLogger(__name__)
_ADVICE = (
    "Type `sudo apt-get install rabbitmq-server`, or install docker, or set RABBITMQ_URL and "
    "RABBITMQ_MANAGEMENT_URL to a server whose administrator you are."
)


@asynccontextmanager
async def rabbitmq(
    run_dir: Path,
    *,
    ports: NodePorts | None = None,
    fresh_vhost: bool = True,
    amqp_url: str | None = None,
    management_url: str | None = None,
) -> AsyncIterator[Broker]:
    """Have a broker while the block runs.

    Args:
        run_dir: configuration, data, cookie and logs; the same folder gives the same data again (not by
            docker).
        ports: where a broker of our own listens; free ones if None.
        fresh_vhost: work in a new vhost, gone at the end, and do not mind the data of a broker of our own; else in
            the one that the address names, and keep data.
        amqp_url: use this server; default from RABBITMQ_URL.
        management_url: its management API, with an administrator's user and password unless they are the same as in
            ``amqp_url``; default from RABBITMQ_MANAGEMENT_URL.

    Raises:
        PartUnavailableError: there is no way on this machine; it says what to type.
        PartFailedError: there was one and it failed, or a port or the folder is taken.
    """
    url = amqp_url or os.environ.get("RABBITMQ_URL")
    management = management_url or os.environ.get("RABBITMQ_MANAGEMENT_URL")
    server, vhost = _given(url, management) if url else (await _own(run_dir, ports or NodePorts()), "/")
    try:
        _log.info("rabbitmq: starting %s", server.description)
        await server.start()
        if not fresh_vhost:
            yield await Broker.connect(server, vhost)
            return
        name = f"lbc-{secrets.token_hex(4)}"
        await server.management.create_vhost(name)
        try:
            yield await Broker.connect(server, name)
        finally:
            if isinstance(server, GivenServer):  # ours goes as a whole, and may be down by now
                await server.management.delete_vhost(name)
    finally:
        await server.close(keep_data=not fresh_vhost)


def _given(url: str, management_url: str | None) -> tuple[Server, str]:
    parts = urlsplit(url)
    if not management_url:
        raise PartUnavailableError(
            "RabbitMQ's management API",
            ["RABBITMQ_URL is set, RABBITMQ_MANAGEMENT_URL is not"],
            f"Set RABBITMQ_MANAGEMENT_URL, such as http://{parts.hostname}:15672.",
        )
    fallback = (parts.username or "guest", parts.password or "guest")
    management = Management.from_url(management_url, fallback=fallback)
    bare = urlunsplit((parts.scheme, parts.netloc, "", parts.query, ""))
    return GivenServer(bare, management), _vhost_of(parts.path)


def _vhost_of(path: str) -> str:
    return unquote(path.removeprefix("/")) or "/"


async def _own(run_dir: Path, ports: NodePorts) -> Server:
    if scripts := find_scripts():
        return OwnNode(scripts, run_dir, ports)
    tried = ["RABBITMQ_URL is not set", "no rabbitmq-server is installed"]
    if not await docker.usable():
        tried.append("no docker daemon answers")
    elif not await docker.have_image(IMAGE):
        tried.append(f"docker could not pull {IMAGE}")
    else:
        return ContainerServer(ports)
    return await _installed(run_dir, ports, tried)


async def _installed(run_dir: Path, ports: NodePorts, tried: list[str]) -> Server:
    if not debian.can_install():
        tried.append("not root on a Debian, so nothing was installed")
        raise PartUnavailableError("RabbitMQ", tried, _ADVICE)
    try:
        await debian.install("rabbitmq-server")
    except PartFailedError as error:
        tried.append(str(error))
        raise PartUnavailableError("RabbitMQ", tried, _ADVICE) from error
    scripts = find_scripts()
    if scripts is None:
        tried.append("the package has no rabbitmq-server where it was looked for")
        raise PartUnavailableError("RabbitMQ", tried, _ADVICE)
    return OwnNode(scripts, run_dir, ports)
