"""A supervised child process: its own group, its own log, ready or failed early, gone at the end."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from lbc_testkit.errors import PartFailedError
from lbc_testkit.ports import free_port, port_taken
from lbc_testkit.waiting import INTERVAL

__all__ = ["Launch", "Process", "Readiness", "free_port", "port_taken", "run", "running"]

Readiness = Callable[[], Awaitable[object]]
"""Gives something true once the process does its work; connection errors count as not yet."""

_GUARD = Path(__file__).with_name("_orphan_guard.py")
_TAIL = 30


@dataclass(frozen=True)
class Launch:
    """What to start.

    Attributes:
        name: what people call it; names the log file too.
        argv: the program and its arguments. Secrets do not belong here: everyone on the machine can read them.
        run_dir: where ``<name>.log`` goes; created if missing. A log is appended to over restarts.
        env: the whole environment; None hands on ours.
        cwd: where it runs; None: ``run_dir``.
        ready: awaited by `Process.start`; None: a started process is a ready one.
        ready_within: seconds until a process that is not ready counts as failed.
        stop_within: seconds between asking it to stop and killing it.
        stop_signal: how it is asked to stop.
    """

    name: str
    argv: Sequence[str]
    run_dir: Path
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    ready: Readiness | None = None
    ready_within: float = 60.0
    stop_within: float = 15.0
    stop_signal: signal.Signals = signal.SIGTERM


class Process:
    """A child that can be stopped, killed, frozen and started again, from whichever event loop is running.

    It leads a session of its own, so Ctrl-C in the terminal reaches only us, and we stop it in our order. On Linux it
    dies with the thread that started it: start it from one that lives as long as it should (an event loop's).
    """

    def __init__(self, launch: Launch) -> None:
        self.launch = launch
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """The file with everything it printed."""
        return self.launch.run_dir / f"{self.launch.name}.log"

    @property
    def pid(self) -> int:
        """Its process id, also after its end; an error before the first start."""
        return self._started().pid

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        return self._started().poll()

    @property
    def alive(self) -> bool:
        """Whether it was started and has not ended."""
        return self._child is not None and self._child.poll() is None

    async def start(self) -> None:
        """Start it and wait until it is ready.

        Raises:
            PartFailedError: it exited or was not ready in time; with the end of its log. It is gone then.
        """
        if self.alive:
            raise RuntimeError(f"{self.launch.name} runs already")
        self._spawn()
        try:
            await self._until_ready()
        except BaseException:  # also when cancelled: nobody else knows this process yet
            await self.kill()
            raise

    async def stop(self) -> int:
        """Ask it to stop, and kill it if it does not in time; gives its return code."""
        if self.alive:
            self._signal(self.launch.stop_signal)
            self._signal(signal.SIGCONT)  # a frozen one could not hear
            if not await self._ended(self.launch.stop_within):
                return await self.kill()
        return await self.kill()  # what it may have left in its group

    async def kill(self) -> int:
        """Kill it and its group at once, as a crash would; gives its return code."""
        self._signal(signal.SIGKILL)
        return await self.wait()

    async def wait(self, timeout: float = 60.0) -> int:  # noqa: ASYNC109 - polled, so no loop owns the child
        """Wait for its end, and give its return code.

        Raises:
            TimeoutError: it still runs.
        """
        if not await self._ended(timeout):
            raise TimeoutError(f"{self.launch.name} (pid {self.pid}) still runs after {timeout:g} s")
        return self._started().wait()

    def freeze(self) -> None:
        """Stop the clock for it (SIGSTOP): connections stay open and nothing is answered."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen one go on."""
        self._signal(signal.SIGCONT)

    def log_tail(self, lines: int = _TAIL) -> str:
        """The last lines it printed."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            raise RuntimeError(f"{self.launch.name} was never started")
        return self._child

    def _spawn(self) -> None:
        launch = self.launch
        launch.run_dir.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603 - the caller's own program
                guarded(launch.argv),
                env=None if launch.env is None else dict(launch.env),
                cwd=launch.cwd or launch.run_dir,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    async def _until_ready(self) -> None:
        deadline = time.monotonic() + self.launch.ready_within
        while not await self._is_ready():
            if self.returncode is not None:
                raise PartFailedError(f"{self.launch.name} exited with {self.returncode}\n{self.log_tail()}")
            if time.monotonic() > deadline:
                within = f"{self.launch.ready_within:g} s"
                raise PartFailedError(f"{self.launch.name} was not ready within {within}\n{self.log_tail()}")
            await asyncio.sleep(INTERVAL)

    async def _is_ready(self) -> bool:
        if self.launch.ready is None:
            return True
        with contextlib.suppress(OSError, TimeoutError, EOFError):
            return bool(await asyncio.wait_for(self.launch.ready(), timeout=5.0))
        return False

    async def _ended(self, within: float) -> bool:
        deadline = time.monotonic() + within
        while self.returncode is None:
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(INTERVAL / 5)
        return True

    def _signal(self, number: signal.Signals) -> None:
        """Reach its whole group; a group that is gone has nothing left to do."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._started().pid, number)


def guarded(argv: Sequence[str]) -> list[str]:
    """The same program, killed by Linux when we die; elsewhere a crash of ours leaves it running."""
    if sys.platform != "linux":
        return list(argv)
    return [sys.executable, "-I", "-S", str(_GUARD), str(os.getpid()), *argv]


@asynccontextmanager
async def running(launch: Launch) -> AsyncIterator[Process]:
    """Start, hand out, stop.

    Raises:
        PartFailedError: it did not get ready.
    """
    process = Process(launch)
    await process.start()
    try:
        yield process
    finally:
        await process.stop()


async def run(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float = 60.0,  # noqa: ASYNC109 - kills the command too, which cancelling alone would not
) -> str:
    """Run a command to its end and give what it printed.

    Raises:
        PartFailedError: it failed or did not end in time; with the end of what it printed.
    """
    child = await asyncio.create_subprocess_exec(
        *guarded(argv),
        env=None if env is None else dict(env),
        cwd=cwd,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        printed, _ = await asyncio.wait_for(child.communicate(), timeout)
    except TimeoutError:
        raise PartFailedError(f"{argv[0]} did not end within {timeout:g} s") from None
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            await child.wait()
    text = printed.decode(errors="replace")
    if child.returncode != 0:
        tail = "\n".join(text.splitlines()[-_TAIL:])
        raise PartFailedError(f"{argv[0]} exited with {child.returncode}\n{tail}")
    return text
