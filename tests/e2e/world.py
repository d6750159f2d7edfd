"""The world outside the cluster: one container that plays Telegram, AWS, the internet and a cloud's metadata service.

It has an address in each of their ranges, a listener on each, and the nodes route the ranges to it. So rules by
address are tested with the very ranges of production.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass

from up import CLUSTER, run

TELEGRAM = "149.154.167.220"
AWS = "52.94.1.20"
INTERNET = "203.0.113.10"
METADATA = "169.254.169.254"
RANGES = {TELEGRAM: "149.154.160.0/20", AWS: "52.94.0.0/22", INTERNET: "203.0.113.0/24", METADATA: "169.254.169.254/32"}
NAME = f"{CLUSTER}-world"

# No image needs more than Python for it: the addresses are set by ioctl on aliases of the loopback.
_LISTEN = """
import fcntl, json, selectors, socket, struct, sys
control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
selector = selectors.DefaultSelector()
for number, (address, port) in enumerate(json.loads(sys.argv[1])):
    request = struct.pack("16sH2s4s8x", f"lo:{number}".encode(), socket.AF_INET, b"", socket.inet_aton(address))
    fcntl.ioctl(control, 0x8916, request)
    selector.register(socket.create_server((address, port)), selectors.EVENT_READ)
print("ready", flush=True)
while True:
    for key, _ in selector.select():
        key.fileobj.accept()[0].close()
"""


@dataclass(frozen=True)
class World:
    """The running container."""

    address: str

    def run(self, script: str, *arguments: str) -> str:
        """Run Python in it."""
        return run("docker", "exec", NAME, "python", "-c", script, *arguments, quiet=True)


def start() -> World:
    """Have it, and the routes to it."""
    stop()
    listeners = json.dumps([(TELEGRAM, 443), (AWS, 443), (INTERNET, 443), (METADATA, 80)])
    run(
        "docker", "run", "--detach", "--name", NAME, "--network", "kind", "--cap-add", "NET_ADMIN",
        "--entrypoint", "python", "--user", "0", "lbc/standins:e2e", "-c", _LISTEN, listeners,
        quiet=True,
    )  # fmt: skip
    inspect = json.loads(run("docker", "inspect", NAME, quiet=True))
    address = inspect[0]["NetworkSettings"]["Networks"]["kind"]["IPAddress"]
    for node in nodes():
        for block in RANGES.values():
            run("docker", "exec", node, "ip", "route", "replace", block, "via", address, quiet=True)
    return World(address)


def stop() -> None:
    """Remove the container and the routes."""
    subprocess.run(["docker", "rm", "--force", NAME], capture_output=True, check=False)
    for node in nodes():
        for block in RANGES.values():
            subprocess.run(["docker", "exec", node, "ip", "route", "del", block], capture_output=True, check=False)


def nodes() -> list[str]:
    """Names of the nodes' containers."""
    return run("kind", "get", "nodes", "--name", CLUSTER, quiet=True).split()
