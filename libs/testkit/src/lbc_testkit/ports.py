"""Loopback ports: free ones to use, and who holds one that is taken."""

import random
import socket
from pathlib import Path

# Below Linux' ephemeral range (32768 up), so that no outgoing connection takes the port before its server does.
_LOWEST, _HIGHEST = 20_000, 32_000
_ATTEMPTS = 200
_LISTEN = "0A"
_handed_out: set[int] = set()


def free_port() -> int:
    """Give a loopback port nobody listens on; the same process never gets it twice.

    Raises:
        OSError: no free one was found.
    """
    for _ in range(_ATTEMPTS):
        port = random.randint(_LOWEST, _HIGHEST)  # noqa: S311 - spreads parallel runs, guards nothing
        if port not in _handed_out and can_listen(port):
            _handed_out.add(port)
            return port
    raise OSError(f"no free port found between {_LOWEST} and {_HIGHEST}")


def can_listen(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def accepts(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((host, port)) == 0


def port_taken(port: int) -> str | None:
    """None if the port is free, else who holds it, as far as this user may know: ``java (pid 4711)``."""
    if can_listen(port):
        return None
    pid = listener_pid(port)
    if pid is None:
        return "a process that cannot be seen from here"
    return f"{_process_name(pid)} (pid {pid})"


def listener_pid(port: int) -> int | None:
    """The process that listens on the port; None if there is none, or it cannot be known (not Linux, not ours)."""
    inodes = _listening_inodes(port)
    if not inodes:
        return None
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and _holds(folder, inodes):
            return int(folder.name)
    return None


def _listening_inodes(port: int) -> set[str]:
    wanted = f"{port:04X}"
    found = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if not table.exists():
            continue
        for line in table.read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTEN and fields[1].rsplit(":", 1)[1] == wanted:
                found.add(f"socket:[{fields[9]}]")
    return found


def _holds(process: Path, inodes: set[str]) -> bool:
    try:
        return any(str(descriptor.readlink()) in inodes for descriptor in (process / "fd").iterdir())
    except OSError:  # gone meanwhile, or another user's
        return False


def _process_name(pid: int) -> str:
    try:
        return (Path("/proc") / str(pid) / "comm").read_text().strip()
    except OSError:
        return "a process"
