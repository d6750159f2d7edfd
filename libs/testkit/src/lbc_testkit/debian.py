"""Debian's rabbitmq-server package, without letting it start a service."""

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lbc_testkit.errors import PartFailedError
from lbc_testkit.locks import folder_lock
from lbc_testkit.process import run

_log = logging.getLogger(__name__)
_POLICY = Path("/usr/sbin/policy-rc.d")
_REFUSE = "#!/bin/sh\nexit 101\n"
_APT = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"]
_TIMEOUT = 900.0


def can_install() -> bool:
    """Whether we are root on a Debian."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


async def install(*packages: str) -> None:
    """Install Debian packages; no service of theirs is started, and those that run are left alone.

    Raises:
        PartFailedError: apt-get failed; with the end of what it said.
    """
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    _log.info("installing the Debian packages %s", " ".join(packages))
    command = [*_APT, "install", "-y", "--no-install-recommends", *packages]
    # One at a time: a second one would take the first one's policy for the machine's own.
    async with folder_lock(Path(tempfile.gettempdir()) / "lbc-testkit-apt", wait=_TIMEOUT):
        with services_kept_still(_POLICY):
            try:
                await run(command, env=environment, timeout=_TIMEOUT)
            except PartFailedError:  # its lists of packages are missing or old
                await run([*_APT, "update"], env=environment, timeout=_TIMEOUT)
                await run(command, env=environment, timeout=_TIMEOUT)


@contextmanager
def services_kept_still(policy: Path) -> Iterator[None]:
    """Let Debian's packages start and restart nothing meanwhile, by the file they all ask; restored afterwards."""
    before = (policy.read_bytes(), policy.stat().st_mode) if policy.exists() else None
    policy.write_text(_REFUSE)
    policy.chmod(0o755)
    try:
        yield
    finally:
        if before is None:
            policy.unlink()
        else:
            policy.write_bytes(before[0])
            policy.chmod(before[1])
