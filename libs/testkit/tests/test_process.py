import asyncio
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from lbc_testkit import PartFailedError, wait_until
from lbc_testkit.ports import accepts, free_port, listener_pid, port_taken
from lbc_testkit.process import Launch, Process, run, running

_LISTEN = "import socket,sys,time; s=socket.create_server(('127.0.0.1', int(sys.argv[1]))); time.sleep(600)"
_STUBBORN = (
    "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)


def _python(name: str, code: str, run_dir: Path, *arguments: str, **options: object) -> Launch:
    return Launch(name, [sys.executable, "-c", code, *arguments], run_dir, **options)  # type: ignore[arg-type] # terse


def _gone(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().split()[2] == "Z"


async def test_is_handed_out_when_ready_and_gone_afterwards(tmp_path: Path) -> None:
    port = free_port()

    async def ready() -> bool:
        return accepts(port)

    async with running(_python("listener", _LISTEN, tmp_path, str(port), ready=ready)) as process:
        assert accepts(port)
        assert listener_pid(port) == process.pid
        assert f"(pid {process.pid})" in (port_taken(port) or "")
    assert _gone(process.pid)
    assert port_taken(port) is None


async def test_one_that_exits_fails_at_once_with_its_last_words(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    process = Process(_python("broken", "raise SystemExit('no disk left')", tmp_path, ready=never, ready_within=60))
    with pytest.raises(PartFailedError, match=r"broken exited with 1\nno disk left"):
        await process.start()


async def test_one_that_does_not_get_ready_is_killed(tmp_path: Path) -> None:
    async def never() -> bool:
        return False

    process = Process(_python("slow", _STUBBORN, tmp_path, ready=never, ready_within=0.2))
    with pytest.raises(PartFailedError, match="not ready within"):
        await process.start()
    assert process.returncode == -signal.SIGKILL


async def test_one_that_will_not_stop_is_killed(tmp_path: Path) -> None:
    async def ready() -> bool:
        return "up" in process.log_tail()

    process = Process(_python("stubborn", _STUBBORN, tmp_path, ready=ready, stop_within=0.2))
    await process.start()
    assert await process.stop() == -signal.SIGKILL


async def test_starts_again_after_a_kill_and_keeps_its_log(tmp_path: Path) -> None:
    process = Process(_python("twice", "import time; print('here', flush=True); time.sleep(600)", tmp_path))
    for lives in (1, 2):
        await process.start()
        await wait_until(lambda n=lives: process.log_tail().count("here") == n, what="its words")
        assert await process.kill() == -signal.SIGKILL


async def test_a_frozen_one_can_be_stopped(tmp_path: Path) -> None:
    process = Process(_python("frozen", "import time; time.sleep(600)", tmp_path))
    await process.start()
    process.freeze()
    assert await process.stop() == -signal.SIGTERM


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tie a child's life to its parent's")
async def test_dies_with_a_parent_that_crashes(tmp_path: Path) -> None:
    parent = textwrap.dedent(f"""
        import asyncio, os, pathlib, sys
        from lbc_testkit.process import Launch, Process

        async def main():
            argv = [sys.executable, "-c", "import time; time.sleep(600)"]
            child = Process(Launch("child", argv, pathlib.Path({str(tmp_path)!r})))
            await child.start()
            print(child.pid, flush=True)
            os.kill(os.getpid(), 9)

        asyncio.run(main())
    """)
    finished = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", parent], capture_output=True, check=False)
    assert finished.returncode == -signal.SIGKILL
    child = int(finished.stdout)
    await wait_until(lambda: _gone(child), what="the child's end")


async def test_a_command_gives_what_it_printed(tmp_path: Path) -> None:
    assert await run([sys.executable, "-c", "print('hello')"], cwd=tmp_path) == "hello\n"


async def test_a_failing_command_tells_why() -> None:
    with pytest.raises(PartFailedError, match="exited with 1\nnot today"):
        await run([sys.executable, "-c", "raise SystemExit('not today')"])


async def test_a_command_that_hangs_is_ended(tmp_path: Path) -> None:
    code = (
        f"import os,pathlib,time; pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid())); time.sleep(600)"
    )
    with pytest.raises(PartFailedError, match="did not end within"):
        await run([sys.executable, "-c", code], timeout=2)
    assert _gone(int((tmp_path / "pid").read_text()))


async def test_a_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(PartFailedError, match="no-such-program"):
        await run([str(tmp_path / "no-such-program")])


async def test_waiting_names_what_did_not_come() -> None:
    with pytest.raises(TimeoutError, match="a miracle: not within"):
        await wait_until(lambda: False, what="a miracle", timeout=0.1)


async def test_waiting_bounds_a_condition_that_hangs() -> None:
    async def hangs() -> bool:
        await asyncio.Event().wait()
        return True

    with pytest.raises(TimeoutError, match="an answer"):
        await wait_until(hangs, what="an answer", timeout=0.1)


def test_free_ports_differ() -> None:
    ports = [free_port() for _ in range(20)]
    assert len(set(ports)) == len(ports)
