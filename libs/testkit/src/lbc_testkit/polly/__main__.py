"""``python -m lbc_testkit.polly --port 8085``: the endpoint in a process of its own, until it is told to stop."""

import argparse
import asyncio
import signal

from lbc_testkit.polly import polly


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m lbc_testkit.polly", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--no-throttling", action="store_true", help="do not keep to the published rates")
    options = parser.parse_args()
    asyncio.run(_serve(options.port, throttling=not options.no_throttling))


async def _serve(port: int, *, throttling: bool) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    async with polly(port=port, throttling=throttling):
        await told.wait()


main()
