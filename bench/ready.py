"""Seconds from starting each service's container until it is ready, with everything that it needs running on loopback.

    python bench/ready.py [--image lbc] [--tag 0.1.0] [--rounds 5] [SERVICE...]

Prints the median of the rounds for each service, how much of it is Docker's (a container of the same image that does
nothing), and fails if a worker needs more than two seconds beyond that.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from lbc_contracts.topology import Service
from lbc_testkit.http import answers
from lbc_testkit.stack.services import SERVICES
from lbc_testkit.stack.settings import Ports, StackSettings
from lbc_testkit.stack.stack import Stack, running_stack

MOST = 2.0
FREE = Ports(**dict.fromkeys(Ports.model_fields, 0))
PAUSE = 0.02
PATIENCE = 60.0
_PRIVATE = ("PATH", "HOME", "TMPDIR", "VIRTUAL_ENV")
_PROGRAM = {Service.SWEEPER: ("onboarding", "/app/bin/sweeper")}


async def docker(*arguments: str) -> str:
    """One command of Docker; gives what it printed."""
    process = await asyncio.create_subprocess_exec("docker", *arguments, stdout=asyncio.subprocess.PIPE)
    async with asyncio.timeout(PATIENCE):
        out, _ = await process.communicate()
    if process.returncode:
        raise SystemExit(f"docker {arguments[0]} failed")
    return out.decode().strip()


async def created(stack: Stack, service: Service, image: str, tag: str, env_file: Path, *command: str) -> str:
    """A container that is ready to be started; gives its id."""
    environment = {k: v for k, v in stack.environments[service].items() if k not in _PRIVATE}
    if service is Service.TTS:
        environment["LBC_ENGINE"] = "polly"  # production images have no other
    env_file.write_text("".join(f"{name}={value}\n" for name, value in environment.items()))
    name, program = _PROGRAM.get(service, (service.value, "/app/bin/service"))
    mounts = [f"--volume={stack.run_dir.resolve()}:{stack.run_dir.resolve()}:ro"]
    mounts += [f"--volume={Path('brands').resolve()}:{Path('brands').resolve()}:ro"]
    # The stack's secrets are this user's alone.
    options = ["--network=host", "--read-only", "--tmpfs=/tmp", "--user=0", f"--env-file={env_file}", *mounts]
    return await docker(
        "create", *options, "--entrypoint", (command or (program,))[0], f"{image}/{name}:{tag}", *command[1:]
    )


async def seconds_to_ready(stack: Stack, service: Service, container: str) -> float:
    """From start to the first 200 of its readiness."""
    url = f"http://127.0.0.1:{stack.admin_ports[service]}/readyz"
    begun = time.monotonic()
    await docker("start", container)
    async with asyncio.timeout(PATIENCE):
        while not await answers(url, status=200):
            await asyncio.sleep(PAUSE)
    return time.monotonic() - begun


async def seconds_of_docker(container: str) -> float:
    """To start a container that does nothing, and see its end."""
    begun = time.monotonic()
    await docker("start", "--attach", container)
    return time.monotonic() - begun


async def main() -> int:
    """Measure; gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image", default="lbc")
    parser.add_argument("--tag", default="0.1.0")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("services", nargs="*", type=Service, default=SERVICES)
    options = parser.parse_args()
    slow = []
    with tempfile.TemporaryDirectory() as folder:
        async with running_stack(StackSettings(run_dir=Path(folder) / "run", ports=FREE)) as stack:
            for service in options.services:
                await stack.services[service].stop()
                ready, idle = [], []
                for _ in range(options.rounds):
                    names = (stack, service, options.image, options.tag, Path(folder) / "env")
                    for measured, command in ((idle, ("/bin/true",)), (ready, ())):
                        container = await created(*names, *command)
                        try:
                            if command:
                                measured.append(await seconds_of_docker(container))
                            else:
                                measured.append(await seconds_to_ready(stack, service, container))
                        finally:
                            await docker("rm", "--force", container)
                took, own = statistics.median(ready), statistics.median(ready) - statistics.median(idle)
                print(f"{service:12} ready after {took:.2f} s, {own:.2f} s of it its own", flush=True)
                slow += [service] if own > MOST else []
                await stack.services[service].start()
    return 1 if slow else 0


sys.exit(asyncio.run(main()))
