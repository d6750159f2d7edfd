"""Runs inside a client: posts at a steady rate, waiting for nobody, and counts the answers."""

from __future__ import annotations

import asyncio
import collections
import json
import sys
from typing import Any

import aiohttp


async def _main(plan: dict[str, Any]) -> None:
    counted: collections.Counter[str] = collections.Counter()
    headers = {
        "Host": plan["host"],
        "X-Telegram-Bot-Api-Secret-Token": plan["secret"],
        "Content-Type": "application/json",
    }
    local = (plan["source"], 0) if plan.get("source") else None
    connector = aiohttp.TCPConnector(limit=0, local_addr=local)
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(connector=connector, headers=headers, timeout=timeout) as session:

        async def post(number: int) -> None:
            body = json.dumps({"update_id": plan["first"] + number, "poll": {"id": str(number)}})
            try:
                async with session.post(plan["url"], data=body) as answer:
                    await answer.read()
                    counted[str(answer.status)] += 1
            except (aiohttp.ClientError, TimeoutError) as error:
                counted[type(error).__name__] += 1

        loop = asyncio.get_running_loop()
        begin, total = loop.time(), int(plan["rate"] * plan["seconds"])
        tasks = []
        for number in range(total):
            await asyncio.sleep(begin + number / plan["rate"] - loop.time())
            tasks.append(asyncio.create_task(post(number)))
        took = loop.time() - begin
        await asyncio.gather(*tasks)
    print(json.dumps({"answers": counted, "sent": total, "seconds": took}))


asyncio.run(_main(json.loads(sys.argv[1])))
