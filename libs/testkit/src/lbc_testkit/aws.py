"""S3, STS and KMS by moto in a process of its own, and versitygw, an S3 that checks signatures."""

import logging
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiobotocore.session import get_session

from lbc_testkit.cache import default_cache
from lbc_testkit.errors import PartFailedError, PartUnavailableError
from lbc_testkit.http import answers
from lbc_testkit.locks import folder_lock
from lbc_testkit.ports import free_port, port_taken
from lbc_testkit.process import Launch, Process, run

VERSITYGW = "github.com/versity/versitygw/cmd/versitygw"
VERSITYGW_VERSION = "v1.8.0"
_BUILD_TIMEOUT = 900.0
_GO_VERSION = re.compile(r"go(\d+)\.(\d+)")
_LEAST_GO = (1, 21)  # from here on, Go fetches the toolchain a module asks for

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Stoppable:
    process: Process

    async def start(self) -> None:
        """Start it again after `stop` or `kill`."""
        await self.process.start()

    async def stop(self) -> None:
        """Stop it in good order."""
        await self.process.stop()

    async def kill(self) -> None:
        """SIGKILL it."""
        await self.process.kill()

    def freeze(self) -> None:
        """SIGSTOP it: connections stay and nothing is answered."""
        self.process.freeze()

    def thaw(self) -> None:
        """Let it go on."""
        self.process.thaw()


@dataclass(frozen=True)
class Moto(_Stoppable):
    """A running moto server; its data are in memory and end with its process. It checks no signature.

    Attributes:
        endpoint: of S3, STS and KMS alike.
    """

    endpoint: str

    async def reset(self) -> None:
        """Forget all buckets, keys and roles."""
        async with (
            aiohttp.ClientSession(raise_for_status=True) as session,
            session.post(f"{self.endpoint}/moto-api/reset"),
        ):
            pass


@dataclass(frozen=True)
class VersityGw(_Stoppable):
    """A running versitygw: S3 over a folder, refusing signatures that are wrong or have expired.

    Attributes:
        endpoint: of S3, with the bucket in the path.
        access_key: of its one account.
        secret_key: of its one account.
        region: the region signatures must name.
    """

    endpoint: str
    access_key: str
    secret_key: str = field(repr=False)
    region: str

    def client(self) -> Any:
        """An aiobotocore client of S3 with its account's keys, to be used as a context manager."""
        return get_session().create_client(
            "s3",
            region_name=self.region,
            endpoint_url=self.endpoint,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
        )


@asynccontextmanager
async def moto(run_dir: Path, *, port: int | None = None) -> AsyncIterator[Moto]:
    """Have S3, STS and KMS while the block runs.

    Raises:
        PartFailedError: it did not get ready, or the port is taken.
    """
    number = _claim("moto", port)
    endpoint = f"http://127.0.0.1:{number}"

    async def ready() -> bool:
        return await answers(f"{endpoint}/moto-api/", status=200)

    argv = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(number)]
    process = Process(Launch(name="moto", argv=argv, run_dir=run_dir, ready=ready))
    _log.info("moto: starting")
    await process.start()
    try:
        yield Moto(process, endpoint)
    finally:
        await process.stop()


@asynccontextmanager
async def versitygw(run_dir: Path, *, port: int | None = None, cache: Path | None = None) -> AsyncIterator[VersityGw]:
    """Have an S3 that verifies SigV4 while the block runs; its objects live in ``run_dir``.

    Building it takes a minute or more the first time; the binary is kept in ``cache``.

    Raises:
        PartUnavailableError: it is not installed and there is no Go to build it with.
        PartFailedError: it did not get ready, or the port is taken.
    """
    binary = await versitygw_binary(cache or default_cache())
    number = _claim("versitygw", port)
    endpoint = f"http://127.0.0.1:{number}"
    objects = _folder(run_dir / "objects")
    access_key, secret_key, region = "testkit", "testkit-secret", "eu-west-1"
    # The keys go by environment, since arguments are there for everybody to read.
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(objects.parent),
        "ROOT_ACCESS_KEY": access_key,
        "ROOT_SECRET_KEY": secret_key,
    }

    async def ready() -> bool:
        return await answers(endpoint)

    argv = [str(binary), "--port", f"127.0.0.1:{number}", "--region", region, "posix", str(objects)]
    process = Process(Launch(name="versitygw", argv=argv, run_dir=run_dir, env=environment, ready=ready))
    await process.start()
    try:
        yield VersityGw(process, endpoint, access_key, secret_key, region)
    finally:
        await process.stop()


async def versitygw_binary(cache: Path) -> Path:
    """The installed versitygw, else the one built once into ``cache``.

    Raises:
        PartUnavailableError: there is neither it nor a Go that is new enough, or the build failed.
    """
    if installed := shutil.which("versitygw"):
        return Path(installed)
    folder = cache / f"versitygw-{VERSITYGW_VERSION}"
    binary = folder / "versitygw"
    if binary.exists():
        return binary
    go = await _find_go()
    if go is None:
        raise _no_versitygw(["no versitygw in PATH", "no Go new enough to build it"])
    async with folder_lock(cache, wait=_BUILD_TIMEOUT):
        if not binary.exists():
            await _build(go, folder)
    return binary


async def _build(go: str, folder: Path) -> None:
    _log.info("versitygw: building %s by Go, once", VERSITYGW_VERSION)
    environment = {**os.environ, "GOBIN": str(folder), "CGO_ENABLED": "0"}
    try:
        await run(
            [go, "install", "-trimpath", "-ldflags=-s -w", f"{VERSITYGW}@{VERSITYGW_VERSION}"],
            env=environment,
            timeout=_BUILD_TIMEOUT,
        )
    except PartFailedError as error:
        raise _no_versitygw([str(error)]) from error


async def _find_go() -> str | None:
    go = shutil.which("go", path=os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/local/go/bin")))
    if go is None:
        return None
    found = _GO_VERSION.search(await run([go, "version"], timeout=30))
    version = (int(found.group(1)), int(found.group(2))) if found else (0, 0)
    return go if version >= _LEAST_GO else None


def _no_versitygw(tried: list[str]) -> PartUnavailableError:
    return PartUnavailableError("versitygw", tried, f"Type `go install {VERSITYGW}@{VERSITYGW_VERSION}`.")


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path.absolute()


def _claim(part: str, port: int | None) -> int:
    number = port or free_port()
    if holder := port_taken(number):
        raise PartFailedError(f"{part}: port {number} is taken by {holder}")
    return number
