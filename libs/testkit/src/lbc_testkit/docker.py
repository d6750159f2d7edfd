"""Containers of ours: on loopback, named after our process, removed at the end."""

import contextlib
import json
import logging
import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lbc_testkit.errors import PartFailedError
from lbc_testkit.process import run

_log = logging.getLogger(__name__)
_OWNER = "lbc.testkit.pid"
_PULL = 300.0


async def usable() -> bool:
    """Whether a docker daemon answers us."""
    if shutil.which("docker") is None:
        return False
    try:
        await run(["docker", "version", "--format", "{{.Server.Version}}"], timeout=15)
    except PartFailedError:
        return False
    return True


async def have_image(image: str) -> bool:
    """Whether the image is here, or could be pulled."""
    with contextlib.suppress(PartFailedError):
        await run(["docker", "image", "inspect", image], timeout=15)
        return True
    _log.info("pulling the image %s", image)
    with contextlib.suppress(PartFailedError):
        await run(["docker", "pull", "-q", image], timeout=_PULL)
        return True
    return False


@dataclass
class Container:
    """One container; its writable layer keeps the data over `kill` and `start`.

    Attributes:
        ports: of the container, by port on our loopback.
    """

    image: str
    part: str
    ports: Mapping[int, int]
    env: Mapping[str, str] = field(default_factory=dict)
    command: Sequence[str] = ()

    def __post_init__(self) -> None:
        self.name = f"lbc-{self.part}-{os.getpid()}-{secrets.token_hex(3)}"
        self._created = False

    async def start(self) -> None:
        """Create or start it; not yet ready to serve."""
        if self._created:
            await run(["docker", "start", self.name])
            return
        await remove_orphans()
        command = ["docker", "run", "-d", "--name", self.name, "--hostname", self.part]
        command += ["--label", f"{_OWNER}={os.getpid()}"]
        for ours, theirs in self.ports.items():
            command += ["-p", f"127.0.0.1:{ours}:{theirs}"]
        for name, value in self.env.items():
            command += ["-e", f"{name}={value}"]
        self._created = True
        await run([*command, self.image, *self.command])

    async def stop(self) -> None:
        """Ask it to stop; its data stay."""
        await run(["docker", "stop", "-t", "20", self.name])

    async def kill(self) -> None:
        """End it at once; its data stay."""
        await run(["docker", "kill", self.name])

    async def freeze(self) -> None:
        """Stop its clock."""
        await run(["docker", "pause", self.name])

    async def thaw(self) -> None:
        """Let it go on."""
        await run(["docker", "unpause", self.name])

    async def execute(self, *command: str) -> str:
        """Run a command inside; gives what it printed."""
        return await run(["docker", "exec", self.name, *command])

    async def logs(self) -> str:
        """The end of what it printed."""
        return await run(["docker", "logs", "--tail", "30", self.name])

    async def remove(self) -> None:
        """Remove it with its data."""
        if self._created:
            await run(["docker", "rm", "-f", "-v", self.name])
            self._created = False


async def remove_orphans() -> None:
    """Remove containers whose maker died without removing them."""
    listed = await run(["docker", "ps", "-a", "--filter", f"label={_OWNER}", "--format", "{{json .}}"])
    for line in listed.splitlines():
        entry = json.loads(line)
        labels = dict(label.split("=", 1) for label in entry["Labels"].split(",") if "=" in label)
        if not _alive(int(labels[_OWNER])):
            await run(["docker", "rm", "-f", "-v", entry["Names"]])


def _alive(pid: int) -> bool:
    return (Path("/proc") / str(pid)).exists()
