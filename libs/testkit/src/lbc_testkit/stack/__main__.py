"""`make run`: start everything, say where it is, keep it alive, and leave nothing behind."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import time

from pydantic import ValidationError

from lbc_testkit.errors import PartFailedError, PartUnavailableError
from lbc_testkit.stack.settings import StackSettings
from lbc_testkit.stack.stack import Stack, running_stack, write_variables

_WATCH_EVERY = 1.0
_log = logging.getLogger("lbc_testkit.stack")


def main() -> int:
    """Run until Ctrl-C; 0 after a clean end, 1 when a part could not be had, 2 for mistaken settings."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    try:
        settings = StackSettings()
    except ValidationError as error:
        for mistake in error.errors(include_input=False):
            name = "_".join(str(part) for part in mistake["loc"])
            sys.stderr.write(f"STACK_{name.upper()}: {mistake['msg']}\n")
        return 2
    try:
        asyncio.run(_run(settings))
    except (PartFailedError, PartUnavailableError) as error:
        sys.stderr.write(f"\n{error}\n")
        return 1
    except KeyboardInterrupt:
        pass  # asked to stop, and everything has been
    return 0


async def _run(settings: StackSettings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    began = time.monotonic()

    def interrupted() -> None:
        if stop.is_set() or task is None:
            return
        stop.set()
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupted)
    path = settings.run_dir / "env"
    try:
        async with running_stack(settings) as stack:
            write_variables(stack, path)
            _announce(stack, time.monotonic() - began)
            await _keep_alive(stack)
    except asyncio.CancelledError:
        if not stop.is_set():
            raise
        _log.info("stopped; nothing is left running")
    finally:
        path.unlink(missing_ok=True)


def _announce(stack: Stack, seconds: float) -> None:
    known = stack.variables()
    rows = {
        "chat page": known["CHAT_URL"],
        "webhook": known["WEBHOOK_URL"],
        "RabbitMQ": stack.broker.management.url,
        "DynamoDB": known["DYNAMODB_ENDPOINT"],
        "S3": known["S3_ENDPOINT"],
        "logs": stack.run_dir / "log",
        "addresses": stack.run_dir / "env",
    }
    table = "\n".join(f"  {name:<10} {where}" for name, where in rows.items())
    _log.info("\nReady after %.1f s.\n\n%s\n", seconds, table)
    _log.info("Open the chat page and press Start, or run `make demo`. Ctrl-C stops all.")


async def _keep_alive(stack: Stack) -> None:
    """Start again what ends by itself, as Kubernetes would."""
    while True:
        for service, process in stack.services.items():
            if not process.alive:
                _log.info("%s ended with %s; starting it again (see %s)", service, process.returncode, process.log)
                await stack.restart(service)
        if not stack.broker.alive:
            _log.info("rabbitmq ended; starting it again")
            await stack.broker.start()
        await asyncio.sleep(_WATCH_EVERY)


if __name__ == "__main__":
    sys.exit(main())
