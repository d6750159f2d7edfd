"""Making the requests, and counting what came back."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

from telegram_sim.client import Person, Sim
from telegram_sim.fuzz.checks import fault_of
from telegram_sim.fuzz.requests import Drawing, Drawn, Known

_OK = 200
PEOPLE = 5
MESSAGES = 40
AT_ONCE = 8
TIMEOUT = 30.0
"""Seconds for one answer: none of the requests asks for more."""
_MEDIA = (
    ("photo", b"\x89PNG\r\n\x1a\n" + bytes(8) + b"\0\0\0\x08\0\0\0\x08", "image/png"),
    ("video", b"film", "video/mp4"),
    ("document", b"words", "application/pdf"),
)


@dataclass
class Findings:
    """Answers by status, and every request whose answer was none."""

    statuses: Counter[int] = field(default_factory=Counter)
    methods: Counter[str] = field(default_factory=Counter)
    succeeded: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


async def fuzz(base_url: str, token: str, requests: int, seed: int) -> Findings:
    """Make so many requests to a running simulator."""
    findings = Findings()
    root = f"{base_url}/bot{token}"
    async with (
        Sim(base_url) as sim,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT)) as session,
    ):
        people = [await sim.person(f"Person {number}", known=True) for number in range(PEOPLE)]
        files = [await _file(people[0], *medium) for medium in _MEDIA]
        contents = [("sendMessage", {"text": "old"}), ("sendDocument", {"document": files[-1]})] * (MESSAGES // 2)
        known = Known(
            [(person.id, await _message(session, root, person, *content)) for person in people for content in contents],
            files,
            [(await person.tap_raw(1, "go:1")).id for person in people for _ in range(MESSAGES)],
        )
        await people[-1].block()
        drawing = Drawing(seed, known)
        left = iter([drawing.next() for _ in range(requests)])
        await asyncio.gather(*(_work(session, root, left, findings) for _ in range(AT_ONCE)))
    return findings


async def _message(
    session: aiohttp.ClientSession, root: str, person: Person, method: str, content: dict[str, str]
) -> int:
    """Let the bot send a message, and return its number."""
    async with session.post(f"{root}/{method}", json={"chat_id": person.id, **content}) as answer:
        return int((await answer.json())["result"]["message_id"])


async def _file(person: Person, kind: str, content: bytes, mime_type: str) -> str:
    """Let a person send a medium, and return its file_id."""
    medium = (await person.send_media(kind, content, mime_type)).raw[kind]
    return str(medium[0]["file_id"] if kind == "photo" else medium["file_id"])


async def _work(session: aiohttp.ClientSession, root: str, left: Iterator[Drawn], findings: Findings) -> None:
    for drawn in left:
        findings.methods[drawn.method] += 1
        fault = await _fault(session, root, drawn, findings)
        if fault:
            findings.faults.append(f"{fault}: {drawn}")


async def _fault(session: aiohttp.ClientSession, root: str, drawn: Drawn, findings: Findings) -> str:
    url = URL(root + drawn.path, encoded=True)
    try:
        async with session.request(drawn.verb, url, data=drawn.body or None, headers=drawn.headers) as answer:
            findings.statuses[answer.status] += 1
            if answer.status == _OK:
                findings.succeeded[drawn.method] += 1
            return fault_of(drawn.method, answer.status, answer.content_type, await answer.read())
    except (TimeoutError, aiohttp.ClientError) as cause:
        return f"no answer ({type(cause).__name__})"
