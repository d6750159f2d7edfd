"""The life of a process: settings, telemetry, work, and an end that loses nothing."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NoReturn, Protocol, TypeVar

from lbc_contracts.topology import Service
from lbc_runtime import admin
from lbc_runtime.errors import SettingsError
from lbc_runtime.metrics import catalogue
from lbc_runtime.settings import ServiceSettings, load, settings_table
from lbc_runtime.telemetry import configure_logging, configure_tracing

log = logging.getLogger(__name__)

BAD_SETTINGS = 2
"""Exit status of a start with a mistake in its settings."""


class Runnable(Protocol):
    """What a service's bootstrap wires together."""

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop``, then finish what is in flight."""
        ...

    def ready(self) -> bool:
        """Whether it takes work now."""
        ...


S = TypeVar("S", bound=ServiceSettings)
Bootstrap = Callable[[S], AbstractAsyncContextManager[Runnable]]


def main(
    service: Service, settings_class: type[S], bootstrap: Bootstrap[S], argv: Sequence[str] | None = None
) -> NoReturn:
    """Run a service and exit: 0 after SIGTERM or SIGINT, 1 when it fell, 2 when its settings are wrong.

    Args:
        service: which one.
        settings_class: its settings.
        bootstrap: wires it; what it opened is closed on the way out.
        argv: command line, if not the process's own.
    """
    parser = argparse.ArgumentParser(prog=f"lbc-{service}", description=f"The {service} service; settings: LBC_*.")
    parser.add_argument("--check-config", action="store_true", help="say all that is wrong with the settings, and exit")
    parser.add_argument("--settings", action="store_true", help="print the table of all settings, and exit")
    arguments = parser.parse_args(argv)
    if arguments.settings:
        sys.stdout.write(settings_table(settings_class))
        sys.exit(0)
    try:
        settings = load(settings_class)
    except SettingsError as error:
        sys.stderr.write("".join(f"{mistake}\n" for mistake in error.mistakes))
        sys.exit(BAD_SETTINGS)
    if arguments.check_config:
        sys.stdout.write("The settings are in order.\n")
        sys.exit(0)
    configure_logging(service, settings.log_level)
    sys.exit(_run(service, settings, bootstrap))


def _run(service: Service, settings: S, bootstrap: Bootstrap[S]) -> int:
    flush = configure_tracing(service, settings.otlp_endpoint)
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_live(service, settings, bootstrap))
    except SettingsError as error:
        # Some mistakes show only when the settings are used: a port that is taken, an extra that is not installed.
        sys.stderr.write("".join(f"{mistake}\n" for mistake in error.mistakes))
        return BAD_SETTINGS
    except Exception:
        # The outermost edge: the stack goes out as one masked JSON line, and the exit status says that it fell.
        log.exception("the service fell")
        return 1
    finally:
        flush()
    return 0


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - there is none for every platform
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _live(service: Service, settings: S, bootstrap: Bootstrap[S]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    runnable: Runnable | None = None

    def ready() -> bool:
        return runnable is not None and not stop.is_set() and runnable.ready()

    listener = admin.listen(settings.admin_host, settings.admin_port)
    async with admin.serve(admin.application(ready, catalogue.registry), listener):
        log.info("starting", extra={"admin": f"{settings.admin_host}:{listener.getsockname()[1]}"})
        async with bootstrap(settings) as runnable:
            await _until_stopped(runnable, stop, settings.stop_timeout)
    log.info("stopped", extra={"stopped": str(service)})


async def _until_stopped(runnable: Runnable, stop: asyncio.Event, seconds: float) -> None:
    """Run until a signal, and not much longer.

    Raises:
        RuntimeError: it ended though nobody had told it to.
        TimeoutError: it did not end in time.
    """
    work = asyncio.ensure_future(runnable.run(stop))
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            log.info("stopping: finishing what is in flight")
            await asyncio.wait({work}, timeout=seconds)
        if not work.done():
            raise TimeoutError(f"not finished {seconds:g} s after the signal")
        await work
        if not stop.is_set():
            raise RuntimeError("the work ended by itself")
    finally:
        stopping.cancel()
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait({work}, timeout=1)
