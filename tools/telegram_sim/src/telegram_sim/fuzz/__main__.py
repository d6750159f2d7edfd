"""The command `python -m telegram_sim.fuzz`."""

import argparse
import asyncio
import sys
import time

from telegram_sim.fuzz.run import Findings, fuzz
from telegram_sim.server import serving
from telegram_sim.settings import Settings

TOKEN = "123456789:a-token-for-the-fuzz-and-nothing-else"  # noqa: S105 - it opens nothing
SHOWN = 20


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m telegram_sim.fuzz", description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000, help="how many (20000)")
    parser.add_argument("--seed", type=int, default=0, help="which ones; 0 draws others each time")
    return parser


async def _run(requests: int, seed: int) -> Findings:
    async with serving(Settings(token=TOKEN, fetch_timeout=0.5, time_scale=0.001)) as url:
        return await fuzz(url, TOKEN, requests, seed)


def main() -> int:
    """Run and print; 1 if an answer was none that Telegram could give."""
    options = _parser().parse_args()
    seed = options.seed or time.time_ns() % 10**9
    begun = time.monotonic()
    findings = asyncio.run(_run(options.requests, seed))
    seconds = time.monotonic() - begun
    total = sum(findings.methods.values())
    print(f"{total} requests over {len(findings.methods)} paths in {seconds:.0f} s, seed {seed}")  # noqa: T201 - a command
    print("answers by status:", dict(sorted(findings.statuses.items())))  # noqa: T201 - as above
    print("wrong answers:", len(findings.faults))  # noqa: T201 - as above
    for fault in findings.faults[:SHOWN]:
        print(" ", fault)  # noqa: T201 - as above
    return 1 if findings.faults else 0


if __name__ == "__main__":
    sys.exit(main())
