"""Load the simulator: people write, a trivial webhook takes the updates; says how many came, how late, and the memory.

    .venv/bin/python bench/telegram_sim.py                              # 300 updates/s from 10,000 people for a minute
    .venv/bin/python bench/telegram_sim.py --seconds 10 --max-record 5000
    .venv/bin/python bench/telegram_sim.py --hostile                    # one in twenty goes wrong, in each way there is

The simulator is a process of its own; this one writes as the people (over its control API) and is the webhook too.
The delay of an update is from the moment at which its person should have written to its arrival at the webhook.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import statistics
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from aiohttp import web

TOKEN = "123456789:a-token-for-the-load-and-nothing-else"  # noqa: S105 - it opens nothing
AT_ONCE = 100
SHARE = 0.05
"""Of what goes wrong with --hostile: answers of the webhook, and updates, by each of these faults."""
FAULTS = ("twice", "again", "lost_answer", "late")
PATIENCE = 60.0
"""Seconds to wait for the last updates."""


@dataclass
class Arrivals:
    """What the webhook saw: when each text came, and how often. It refuses a share of them."""

    refused: float = 0.0
    at: dict[str, float] = field(default_factory=dict)
    repeated: int = 0

    async def take(self, request: web.Request) -> web.Response:
        """Note an update."""
        text = (await request.json())["message"]["text"]
        if random.random() < self.refused:  # noqa: S311 - dice
            return web.Response(status=500)
        self.repeated += text in self.at
        self.at.setdefault(text, time.monotonic())
        return web.Response()


def memory(process_id: int) -> float:
    """Return the resident memory of a process in MiB."""
    status = Path(f"/proc/{process_id}/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def seconds_of(process_id: int) -> float:
    """Return the CPU time of a process."""
    fields = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.asynccontextmanager
async def simulator(settings: dict[str, str]) -> AsyncIterator[tuple[str, int]]:
    """Give the address and the process id of a simulator."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "telegram_sim", "--port", "0"),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "TELEGRAM_SIM_TOKEN": TOKEN, **settings},
    )
    try:
        if process.stdout is None:
            raise AssertionError
        line = (await process.stdout.readline()).decode()
        yield line.split()[1].rstrip("/"), process.pid
    finally:
        process.terminate()
        await process.wait()


@contextlib.asynccontextmanager
async def webhook(arrivals: Arrivals) -> AsyncIterator[str]:
    """Give the address of a webhook that says yes to everything."""
    app = web.Application()
    app.router.add_post("/", arrivals.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def populate(session: aiohttp.ClientSession, base: str, people: int) -> list[int]:
    """Create people and return their numbers."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> int:
        body = {"first_name": f"Person {number}", "language_code": "en"}
        async with gate, session.post(f"{base}/sim/people", json=body) as answer:
            return int((await answer.json())["id"])

    return await asyncio.gather(*(one(number) for number in range(people)))


async def load(
    session: aiohttp.ClientSession, base: str, people: list[int], rate: float, count: int
) -> tuple[dict[str, float], dict[str, float]]:
    """Let people write, each at their time whether or not those before were served.

    Returns:
        When each text was due, and when the simulator had taken it.
    """
    taken: dict[str, float] = {}
    began = time.monotonic()
    due = {f"text {number}": began + number / rate for number in range(count)}

    async def one(number: int) -> None:
        text = f"text {number}"
        await asyncio.sleep(max(due[text] - time.monotonic(), 0.0))
        url = f"{base}/sim/people/{people[number % len(people)]}/messages"
        async with session.post(url, json={"text": text}) as answer:
            await answer.read()
        taken[text] = time.monotonic()

    await asyncio.gather(*(one(number) for number in range(count)))
    return due, taken


async def measure(options: argparse.Namespace) -> None:
    """Run and print."""
    settings = {
        "TELEGRAM_SIM_MAX_RECORD": str(options.max_record),
        "TELEGRAM_SIM_MAX_ALL_MESSAGES": str(options.max_record),
    }
    arrivals = Arrivals(SHARE if options.hostile else 0.0)
    connector = aiohttp.TCPConnector(limit=AT_ONCE)
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        webhook(arrivals) as hook,
        simulator(settings) as (base, process_id),
    ):
        empty = memory(process_id)
        people = await populate(session, base, options.people)
        peopled = memory(process_id)
        arguments = {"url": hook, "max_connections": options.connections}
        async with session.post(f"{base}/bot{TOKEN}/setWebhook", json=arguments) as answer:
            answer.raise_for_status()
        for kind in FAULTS if options.hostile else ():
            fault = {"kind": kind, "times": 0, "probability": SHARE}
            async with session.post(f"{base}/sim/faults", json=fault) as answer:
                answer.raise_for_status()
        count = int(options.rate * options.seconds)
        worked, own = seconds_of(process_id), time.process_time()
        due, taken = await load(session, base, people, options.rate, count)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while len(arrivals.at) < count:
                    await asyncio.sleep(0.1)
        report(arrivals, due, taken, options)
        shares = [(spent / count) * 1000 for spent in (seconds_of(process_id) - worked, time.process_time() - own)]
        print(f"CPU an update: {shares[0]:.2f} ms of the simulator, {shares[1]:.2f} ms of this bench")
        print(
            f"memory: {empty:.0f} MiB empty, {peopled:.0f} with the people, {memory(process_id):.0f} at the end "
            f"(the record and the chats keep {options.max_record} entries each)"
        )


def report(arrivals: Arrivals, due: dict[str, float], taken: dict[str, float], options: argparse.Namespace) -> None:
    """Print what came and how late; the first lateness is mostly that of the machine and of this bench."""
    delivered = [text for text in due if text in arrivals.at]
    print(f"{options.rate:g} updates/s from {options.people} people for {options.seconds:g} s")
    share = len(delivered) / len(due)
    print(f"delivered: {len(delivered)} of {len(due)} ({share:.2%}), {arrivals.repeated} of them again")
    spread("due -> taken by the simulator", [taken[text] - due[text] for text in delivered])
    spread("due -> at the webhook        ", [arrivals.at[text] - due[text] for text in delivered])
    load = ", ".join(f"{number:.1f}" for number in os.getloadavg())
    print(f"load of the machine: {load} on {os.cpu_count()} cores")


def spread(what: str, seconds: list[float]) -> None:
    """Print median, 99th percentile and the longest."""
    cuts = statistics.quantiles(seconds, n=100)
    numbers = [number * 1000 for number in (cuts[49], cuts[98], max(seconds))]
    print("{}: median {:.1f} ms, 99 % {:.1f} ms, longest {:.1f} ms".format(what, *numbers))


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=300, help="updates a second")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=100, help="max_connections of the webhook")
    parser.add_argument("--hostile", action="store_true", help="let one in twenty go wrong, in each way there is")
    parser.add_argument("--max-record", type=int, default=50_000, help="entries and messages that are kept")
    asyncio.run(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
