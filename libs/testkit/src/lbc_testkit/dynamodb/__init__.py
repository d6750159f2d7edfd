"""DynamoDB Local: the given one, by Java and Maven, by docker, or by Debian's packages installed for us."""

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from lbc_testkit import debian, docker
from lbc_testkit.cache import default_cache
from lbc_testkit.dynamodb.java import LEAST_JAVA, can_fetch, fetch, find_java
from lbc_testkit.dynamodb.servers import IMAGE, ContainerServer, GivenServer, JavaServer, Server
from lbc_testkit.errors import PartFailedError, PartUnavailableError
from lbc_testkit.ports import free_port

__all__ = ["DynamoDB", "dynamodb"]

_log = logging.getLogger(__name__)
_ADVICE = "Type `sudo apt-get install openjdk-17-jre-headless maven`, or install docker, or set DYNAMODB_ENDPOINT."


@dataclass(frozen=True)
class DynamoDB:
    """A running DynamoDB Local. Any access key and region reach the same tables.

    Attributes:
        server: how it was had.
    """

    server: Server

    @property
    def endpoint(self) -> str:
        """Its address."""
        return self.server.endpoint

    @property
    def controllable(self) -> bool:
        """Whether it may be stopped and broken: not if it was given."""
        return not isinstance(self.server, GivenServer)

    async def start(self) -> None:
        """Start it again after `stop` or `kill`; tables are there again if it is persistent."""
        await self.server.start()

    async def stop(self) -> None:
        """Stop it in good order."""
        await self.server.stop()

    async def kill(self) -> None:
        """SIGKILL it."""
        await self.server.kill()

    async def restart(self, *, kill: bool = False) -> None:
        """Stop (or kill) and start again."""
        await (self.kill() if kill else self.stop())
        await self.start()

    async def freeze(self) -> None:
        """SIGSTOP it: connections stay and nothing is answered."""
        await self.server.freeze()

    async def thaw(self) -> None:
        """Let it go on."""
        await self.server.thaw()


@asynccontextmanager
async def dynamodb(
    run_dir: Path,
    *,
    port: int | None = None,
    persistent: bool = False,
    cache: Path | None = None,
    endpoint: str | None = None,
) -> AsyncIterator[DynamoDB]:
    """Have a DynamoDB Local while the block runs.

    Args:
        run_dir: logs, and data if persistent.
        port: where it listens; a free one if None.
        persistent: keep tables on disk, over restarts and over runs in the same folder (not by docker); else in
            memory, which is faster.
        cache: where the jars are kept; `lbc_testkit.cache.default_cache` if None.
        endpoint: use this one; default from DYNAMODB_ENDPOINT.

    Raises:
        PartUnavailableError: there is no way on this machine; it says what to type.
        PartFailedError: there was one and it failed, or the port is taken.
    """
    given = endpoint or os.environ.get("DYNAMODB_ENDPOINT")
    if given:
        server: Server = GivenServer(given)
    else:
        server = await _own(run_dir, port or free_port(), persistent=persistent, cache=cache or default_cache())
    try:
        _log.info("dynamodb: starting %s", server.description)
        await server.start()
        yield DynamoDB(server)
    finally:
        await server.close()


async def _own(run_dir: Path, port: int, *, persistent: bool, cache: Path) -> Server:
    tried = ["DYNAMODB_ENDPOINT is not set"]
    if server := await _by_java(run_dir, port, persistent=persistent, cache=cache, tried=tried):
        return server
    if not await docker.usable():
        tried.append("no docker daemon answers")
    elif not await docker.have_image(IMAGE):
        tried.append(f"docker could not pull {IMAGE}")
    else:
        return ContainerServer(port=port, persistent=persistent)
    if not debian.can_install():
        tried.append("not root on a Debian, so nothing was installed")
        raise PartUnavailableError("DynamoDB Local", tried, _ADVICE)
    try:
        await debian.install("openjdk-17-jre-headless", "maven")
    except PartFailedError as error:
        tried.append(str(error))
        raise PartUnavailableError("DynamoDB Local", tried, _ADVICE) from error
    if server := await _by_java(run_dir, port, persistent=persistent, cache=cache, tried=tried):
        return server
    raise PartUnavailableError("DynamoDB Local", tried, _ADVICE)


async def _by_java(run_dir: Path, port: int, *, persistent: bool, cache: Path, tried: list[str]) -> JavaServer | None:
    java = await find_java()
    if java is None:
        tried.append(f"no Java {LEAST_JAVA} or later")
        return None
    if not can_fetch(cache):
        tried.append("no mvn to fetch it with")
        return None
    try:
        libraries = await fetch(cache)
    except PartFailedError as error:
        tried.append(str(error))
        return None
    return JavaServer(java, libraries, run_dir, port=port, persistent=persistent)
