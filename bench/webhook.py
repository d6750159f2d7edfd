"""Load the webhook of a running stack, and say what came back and how fast; nothing here is asserted.

    STACK_LIMITS=off make run                 # in one terminal
    .venv/bin/python bench/webhook.py         # in another: 100 updates a second for 30 s, from as many people

The AWS Lambda build that this platform replaces answered 7 % of 100 updates a second with 503.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import time
from collections import Counter
from pathlib import Path

import aiohttp

from lbc_testkit.demo import addresses

FIRST_UPDATE = 900_000_000
FIRST_PERSON = 800_000_000
MOST = 300


def update(number: int) -> dict[str, object]:
    """A person whom nobody knows says /help: accepted, decided and answered, whatever was before."""
    person = FIRST_PERSON + number
    return {
        "update_id": FIRST_UPDATE + number,
        "message": {
            "message_id": number + 1,
            "date": int(time.time()),
            "chat": {"id": person, "type": "private"},
            "from": {"id": person, "is_bot": False, "first_name": "Load"},
            "text": "/help",
        },
    }


async def load(url: str, secret: str, rate: float, seconds: float) -> tuple[Counter[int], list[float]]:
    """Send ``rate`` updates a second, each at its time whether or not those before it were answered."""
    statuses: Counter[int] = Counter()
    took: list[float] = []
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
    began = time.monotonic()

    async def one(session: aiohttp.ClientSession, number: int) -> None:
        await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
        sent = time.monotonic()
        async with session.post(url, json=update(number + int(began) % 10_000 * 10_000), headers=headers) as answer:
            await answer.read()
        took.append(time.monotonic() - sent)
        statuses[answer.status] += 1

    connector = aiohttp.TCPConnector(limit=MOST)
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        await asyncio.gather(*(one(session, number) for number in range(int(rate * seconds))))
    return statuses, took


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=100, help="updates a second")
    parser.add_argument("--seconds", type=float, default=30)
    options = parser.parse_args()
    known = addresses(Path(".run/env"), os.environ)
    statuses, took = asyncio.run(load(known["WEBHOOK_URL"], known["WEBHOOK_SECRET"], options.rate, options.seconds))
    cuts = statistics.quantiles(took, n=100)
    print("answers:", dict(statuses))
    print(f"median {cuts[49] * 1000:.1f} ms, 95 % {cuts[94] * 1000:.1f} ms, 99 % {cuts[98] * 1000:.1f} ms")


if __name__ == "__main__":
    main()
