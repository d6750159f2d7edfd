"""Making the requests, and counting what came back."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

from telegram_sim.client import Sim
from telegram_sim.fuzz.checks import fault_of
from telegram_sim.fuzz.requests import Drawing, Drawn

PEOPLE = 5
AT_ONCE = 8
TIMEOUT = 30.0
"""Seconds for one answer: none of the requests asks for more."""


@dataclass
class Findings:
    """Answers by status, and every request whose answer was none."""

    statuses: Counter[int] = field(default_factory=Counter)
    methods: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


async def fuzz(base_url: str, token: str, requests: int, seed: int) -> Findings:
    """Make so many requests to a running simulator."""
    findings = Findings()
    async with Sim(base_url) as sim:
        people = [await sim.person(f"Person {number}", known=True) for number in range(PEOPLE)]
        for person in people:
            message = await person.start()
            await person.tap_raw(message.id, "go:1")
        await people[-1].block()
        drawing = Drawing(seed, [person.id for person in people])
        left = iter([drawing.next() for _ in range(requests)])
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT)) as session:
            root = f"{base_url}/bot{token}"
            await asyncio.gather(*(_work(session, root, left, findings) for _ in range(AT_ONCE)))
    return findings


async def _work(session: aiohttp.ClientSession, root: str, left: Iterator[Drawn], findings: Findings) -> None:
    for drawn in left:
        findings.methods[drawn.path.partition("?")[0].strip("/").lower()] += 1
        fault = await _fault(session, root, drawn, findings)
        if fault:
            findings.faults.append(f"{fault}: {drawn}")


async def _fault(session: aiohttp.ClientSession, root: str, drawn: Drawn, findings: Findings) -> str:
    url = URL(root + drawn.path, encoded=True)
    try:
        async with session.request(drawn.verb, url, data=drawn.body or None, headers=drawn.headers) as answer:
            findings.statuses[answer.status] += 1
            return fault_of(answer.status, answer.content_type, await answer.read())
    except (TimeoutError, aiohttp.ClientError) as cause:
        return f"no answer ({type(cause).__name__})"
