"""A node of our own from an installed rabbitmq-server: own name, data, ports, cookie and epmd, on loopback."""

import hashlib
import os
import shutil
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from lbc_testkit.errors import PartFailedError
from lbc_testkit.locks import folder_lock
from lbc_testkit.ports import accepts, free_port, port_taken
from lbc_testkit.process import Launch, Process, run
from lbc_testkit.rabbitmq.management import Management

# The scripts themselves, before the wrapper some packages put into PATH, which only root and rabbitmq may run.
_FOLDERS = ("/usr/lib/rabbitmq/bin", "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin", "/opt/rabbitmq/sbin")
_ERLANG_FOLDERS = ("/usr/lib/erlang", "/usr/local/lib/erlang", "/opt/homebrew/lib/erlang", "/opt/erlang/lib/erlang")

# Schedulers that do not spin, and a port table that does not follow a container's huge limit of open files.
_LEAN = "+S 2:2 +Q 65536 +sbwt none +sbwtdcpu none +sbwtdio none"
_QUIET = "-noinput +B i"
_LOOPBACK = "-kernel inet_dist_use_interface {127,0,0,1}"
_MEMORY = "512MB"

_CONFIGURATION = """\
listeners.tcp.loopback = 127.0.0.1:{amqp}
management.tcp.ip = 127.0.0.1
management.tcp.port = {management}
vm_memory_high_watermark.absolute = {memory}
disk_free_limit.absolute = 50MB
raft.wal_max_size_bytes = 33554432
collect_statistics_interval = 1000
management.sample_retention_policies.global.minute = 1
management.sample_retention_policies.basic.minute = 1
management.sample_retention_policies.detailed.minute = 1
log.file = false
log.console = true
log.console.level = warning
"""
_ADVANCED = "[{rabbit, [{quorum_tick_interval, 1000}]}].\n"


@dataclass(frozen=True)
class Scripts:
    """Where the programs of an installed RabbitMQ are."""

    server: Path
    ctl: Path
    epmd: Path


@dataclass(frozen=True)
class NodePorts:
    """The ports of one node, all on loopback."""

    amqp: int = field(default_factory=free_port)
    management: int = field(default_factory=free_port)
    epmd: int = field(default_factory=free_port)
    distribution: int = field(default_factory=free_port)

    def all(self) -> tuple[int, ...]:
        """In the order people know them."""
        return (self.amqp, self.management, self.epmd, self.distribution)


def find_scripts() -> Scripts | None:
    """An installed RabbitMQ and its Erlang, in the known folders or in PATH."""
    path = os.pathsep.join((*_FOLDERS, os.environ.get("PATH", os.defpath)))
    server, ctl = shutil.which("rabbitmq-server", path=path), shutil.which("rabbitmqctl", path=path)
    epmd = _find_epmd()
    if server is None or ctl is None or epmd is None:
        return None
    return Scripts(Path(server), Path(ctl), epmd)


def _find_epmd() -> Path | None:
    if found := shutil.which("epmd"):
        return Path(found)
    erl = shutil.which("erl")
    roots = [Path(erl).resolve().parent.parent] if erl else []
    roots += [Path(folder) for folder in _ERLANG_FOLDERS]
    return next((epmd for root in roots for epmd in sorted(root.glob("erts-*/bin/epmd"))), None)


class OwnNode:
    """A node that nobody else uses, on data in ``run_dir`` that outlive it.

    Its epmd is a child of ours on a port of ours, so neither a crash of ours nor of the node leaves one behind.
    """

    def __init__(self, scripts: Scripts, run_dir: Path, ports: NodePorts) -> None:
        self.ports = ports
        self.amqp = f"amqp://guest:guest@127.0.0.1:{ports.amqp}"
        self.management = Management(f"http://127.0.0.1:{ports.management}", "guest", "guest")
        self.description = f"a node of our own from {scripts.server}"
        self._scripts = scripts
        self._run_dir = run_dir.resolve()
        # The name is in the data, so the same folder must always give the same one.
        folder_hash = hashlib.sha256(str(self._run_dir).encode()).hexdigest()[:12]
        self.name = f"lbc-{folder_hash}@localhost"
        self._held = AsyncExitStack()
        self._locked = False
        self._epmd = Process(
            Launch(
                name="epmd",
                argv=[str(scripts.epmd), "-address", "127.0.0.1", "-port", str(ports.epmd)],
                run_dir=self._run_dir,
                env=self._environment(),
                ready=self._epmd_ready,
                ready_within=15,
            )
        )
        self._node = Process(
            Launch(
                name="rabbitmq",
                argv=[str(scripts.server)],
                run_dir=self._run_dir,
                env=self._environment(),
                ready=self._serves,
                ready_within=120,
                stop_within=30,
            )
        )

    async def start(self) -> None:
        """Start epmd and node; a second one on the same folder is refused."""
        if not self._locked:
            await self._held.enter_async_context(folder_lock(self._run_dir))
            self._locked = True
        if not self._node.alive:
            self._refuse_taken_ports()
            self._write_configuration()
        if not self._epmd.alive:
            await self._epmd.start()
        await self._node.start()

    async def stop(self) -> None:
        """Stop the node in good order (SIGTERM makes Erlang do so)."""
        await self._node.stop()

    async def kill(self) -> None:
        """SIGKILL the node."""
        await self._node.kill()

    async def freeze(self) -> None:
        """SIGSTOP the node."""
        self._node.freeze()

    async def thaw(self) -> None:
        """SIGCONT the node."""
        self._node.thaw()

    async def ctl(self, *arguments: str) -> str:
        """Run rabbitmqctl; it starts an Erlang of its own, which takes a second or two."""
        return await run([str(self._scripts.ctl), *arguments], env=self._environment(), cwd=self._run_dir)

    async def close(self, *, keep_data: bool) -> None:
        """End node, then epmd; stopping in good order takes the management plugin five seconds."""
        if self._node.alive:
            await (self._node.stop() if keep_data else self._node.kill())
        if self._epmd.alive:
            await self._epmd.kill()  # it knows no other way, and has nothing to lose
        await self._held.aclose()
        self._locked = False

    @property
    def pids(self) -> tuple[int, int]:
        """Of the node and its epmd."""
        return self._node.pid, self._epmd.pid

    @property
    def alive(self) -> bool:
        """Whether the node's process runs."""
        return self._node.alive

    async def _epmd_ready(self) -> bool:
        return accepts(self.ports.epmd)

    async def _serves(self) -> bool:
        return await self.management.ready(self.ports.amqp)

    def _refuse_taken_ports(self) -> None:
        for port in self.ports.all():
            holder = port_taken(port)
            if holder is not None and not (port == self.ports.epmd and self._epmd.alive):
                raise PartFailedError(f"rabbitmq: port {port} is taken by {holder}")

    def _write_configuration(self) -> None:
        for folder in ("home", "data", "log", "generated"):
            (self._run_dir / folder).mkdir(parents=True, exist_ok=True)
        configuration = _CONFIGURATION.format(amqp=self.ports.amqp, management=self.ports.management, memory=_MEMORY)
        (self._run_dir / "rabbitmq.conf").write_text(configuration)
        (self._run_dir / "advanced.config").write_text(_ADVANCED)
        (self._run_dir / "enabled_plugins").write_text("[rabbitmq_management].\n")

    def _environment(self) -> dict[str, str]:
        """Ours alone: a user's RABBITMQ_* would point at their node. The cookie is made in our HOME."""
        base = self._run_dir
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "HOME": str(base / "home"),
            "ERL_EPMD_PORT": str(self.ports.epmd),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_CRASH_DUMP_SECONDS": "0",
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_DIST_PORT": str(self.ports.distribution),
            "RABBITMQ_MNESIA_BASE": str(base / "data"),
            "RABBITMQ_LOG_BASE": str(base / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONFIG_FILE": str(base / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(base / "advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": str(base / "none.env"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(base / "generated"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(base / "enabled_plugins"),
            "RABBITMQ_PID_FILE": str(base / "rabbitmq.pid"),
            # Makes the script become the server instead of waiting for it, so that its pid is the one we hold.
            "RABBITMQ_ALLOW_INPUT": "1",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{_QUIET} {_LEAN} {_LOOPBACK}",
        }
