"""`make demo`: one person goes from the link to DONE against the running stack, by what the simulator shows them.

Exit status 0 means that the person got every step exactly once and in order.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shlex
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import aiohttp

from telegram_sim.client import ExpectationError, Message, Person, Sim, SimError

LEAVE_AFTER = ("start", "video", "greeting")
LeaveAfter = Literal["start", "video", "greeting"]

_PATIENCE = 30.0
_SETTLE = 1.0

Show = Callable[[str], object]


@dataclass(frozen=True)
class Plan:
    """How the person behaves.

    Attributes:
        language: what their Telegram says.
        token: of the start link.
        leave_after: where they leave, to come back with /start.
        hostile: every update arrives twice, and those without a cause between them in either order.
    """

    language: str = "en"
    token: str = "ref_demo"  # noqa: S105 - a start token is public
    leave_after: LeaveAfter | None = None
    hostile: bool = False


@dataclass
class Journey:
    """What happened.

    Attributes:
        steps: kinds of the messages that were steps, in the order of arrival.
        counts: how often each message was received, by kind and text.
    """

    steps: list[str] = field(default_factory=list)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def doubled(self) -> list[tuple[str, str]]:
        """Messages that came more than once."""
        return [message for message, count in self.counts.items() if count > 1]

    @property
    def complete(self) -> bool:
        """Whether each step came once, in order."""
        return self.steps == ["video", "audio", "text"] and not self.doubled


async def travel(sim: Sim, plan: Plan, show: Show = lambda _: None) -> Journey:
    """Drive one person from the link to DONE.

    Raises:
        ExpectationError: a message did not come in time.
    """
    began = time.monotonic()
    alice = await sim.person("Alice", language=plan.language)

    def said(who: str, what: str) -> None:
        show(f"{time.monotonic() - began:6.2f} s  {who:>5}  {what}")

    async def received(kind: str) -> Message:
        message = await alice.expects(kind, timeout=_PATIENCE)
        labels = " ".join(f"[{button.text}]" for button in message.buttons)
        said("bot", f"({message.kind}) {message.text[:70]!r} {labels}")
        return message

    if plan.hostile:
        await sim.switch(duplicate_updates=True)
    try:
        said("Alice", f"/start {plan.token}")
        await alice.start(plan.token)
        if plan.hostile:
            said("Alice", "presses Start a second time")
            await alice.start(plan.token)
        if plan.leave_after == "start":
            said("Alice", "leaves at once, and comes back: /start")
            await _leave(alice)
        await received("video")
        await _next(sim, alice, plan, "video", "play_audio", said)
        await received("audio")
        await _next(sim, alice, plan, "greeting", "continue", said)
        await received("text")
        await sim.idle(timeout=_PATIENCE)
        await asyncio.sleep(_SETTLE)  # for what should not come: nothing announces an absence
    finally:
        if plan.hostile:
            await sim.switch(duplicate_updates=False)
    return _journey(await alice.messages())


async def _next(sim: Sim, alice: Person, plan: Plan, step: str, button: str, said: Callable[[str, str], None]) -> None:
    if plan.leave_after == step:
        said("Alice", "leaves, and comes back: /start")
        await _leave(alice)
        return
    if plan.hostile:
        # A tap and a text have queues of their own at Telegram: neither causes the other, so either may be first.
        await sim.switch(hold_updates=True)
        said("Alice", "says hello?")
        await alice.say("hello?")
    said("Alice", f"taps {button}")
    tap = await alice.tap(button)
    if plan.hostile:
        await sim.release(shuffle=True)
        await sim.switch(hold_updates=False)
    await tap.answered(timeout=_PATIENCE)


async def _leave(alice: Person) -> None:
    await alice.start()


def _journey(messages: list[Message]) -> Journey:
    journey = Journey()
    for message in messages:
        if message.from_bot:
            journey.steps.append(message.kind)
            journey.counts[message.kind, message.text] += 1
    return journey


def addresses(path: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The running stack's addresses, from its file or the environment.

    Raises:
        SystemExit: no stack runs; says what to do.
    """
    if "CHAT_URL" in environment:
        return dict(environment)
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        raise SystemExit(f"{path} is not there: start the stack with `make run` first") from None
    return dict(shlex.split(line)[0].split("=", 1) for line in lines)


def main(arguments: list[str] | None = None) -> int:
    """Run the demo; 0 when the journey was right, 1 when not, 2 when nothing could be reached."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--language", default="en", help="language of the person's Telegram (en, es, ...)")
    parser.add_argument("--token", default="ref_demo", help="start token of the link")
    parser.add_argument("--leave-after", choices=LEAVE_AFTER, help="leave there, and come back with /start")
    parser.add_argument("--hostile", action="store_true", help="every update twice, unrelated ones in any order")
    options = parser.parse_args(arguments)
    plan = Plan(options.language, options.token, options.leave_after, options.hostile)
    url = addresses(Path(".run/env"), os.environ)["CHAT_URL"]
    try:
        journey = asyncio.run(_demo(url, plan))
    except (aiohttp.ClientError, SimError) as error:
        sys.stderr.write(f"{url} cannot be used: {error}\n")
        return 2
    except ExpectationError as error:
        sys.stderr.write(f"the bot did not answer as it should: {error}\n")
        return 1
    if not journey.complete:
        sys.stderr.write(f"not the journey it should be: {journey.steps}; doubled: {journey.doubled}\n")
        return 1
    sys.stdout.write("\nAlice is done: each step once, in order.\n")
    return 0


async def _demo(url: str, plan: Plan) -> Journey:
    async with Sim(url) as sim:
        return await travel(sim, plan, print)


if __name__ == "__main__":
    sys.exit(main())
