"""Start links on the whole platform: minted by the operator's tool, opened by people, proven by onboarding."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from lbc_contracts import tokens
from lbc_contracts.tokens import Key, Purpose, StartToken
from lbc_contracts.topology import Service
from lbc_testkit.demo import Plan, travel
from lbc_testkit.stack import Stack
from support import platform
from telegram_sim.client import Person, Sim

pytestmark = pytest.mark.asyncio(loop_scope="session")

NEVER = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp())


@dataclass(frozen=True)
class Desk:
    """The operator, and whoever else makes up a token."""

    stack: Stack

    async def lbcctl(self, *arguments: str, **environment: str) -> Any:
        """What a command answers in JSON."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "lbcctl", *arguments, "--json"),
            env={**os.environ, **self.stack.variables(), **environment},
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0
        return json.loads(out)

    async def mint(self, *arguments: str, **environment: str) -> str:
        """A token from the operator's tool."""
        token: str = (await self.lbcctl("links", "mint", *arguments, **environment))["token"]
        return token

    def forge(self, *, bot: str | None = None, key: Key | None = None, **said: Any) -> str:
        """A token that says anything, signed as one likes."""
        claims = StartToken(**{"purpose": Purpose.REFERRAL, "referrer": 1, "expires_at": NEVER, "nonce": 1, **said})
        return tokens.mint(claims, bot=bot or self.stack.settings.bot, key=key or self.key)

    @property
    def key(self) -> Key:
        """The one that counts."""
        return tokens.parse_keys(self.stack.secrets.signing_key.read_text())[0]

    async def reason(self, person: Person) -> str:
        """What onboarding made of the person's last visit."""
        row: Any = await platform.user_row(self.stack, person.id)
        reason: str = row["lastTouch"]["M"]["reason"]["S"]
        return reason

    async def counted(self, reason: str) -> float:
        return await platform.metric(self.stack, Service.ONBOARDING, "lbc_attribution_total", result=reason)

    async def knows(self, *ids: int) -> None:
        """Wait until onboarding has the keys of these ids and no others."""

        async def there() -> bool:
            known = [
                await platform.metric(self.stack, Service.ONBOARDING, "lbc_signing_key_known", id=str(number))
                for number in range(16)
            ]
            return {number for number, yes in enumerate(known) if yes} == set(ids)

        await platform.until(there, f"keys {ids}")


@pytest_asyncio.fixture(loop_scope="session")
async def desk(stack: Stack, sim: Sim) -> Desk:  # noqa: ARG001 - every service is up
    return Desk(stack)


@pytest_asyncio.fixture(loop_scope="session")
async def key_files(stack: Stack) -> AsyncIterator[tuple[Path, Path]]:
    files = (stack.secrets.signing_key, stack.secrets.signing_key_previous)
    before = [file.read_text() for file in files]
    yield files
    for file, text in zip(files, before, strict=True):
        put(file, text)


def put(path: Path, text: str) -> None:
    """Another file in its place at once, as Kubernetes does."""
    new = path.with_name(f".{path.name}.new")
    new.touch(mode=0o600)
    new.write_text(text)
    new.replace(path)


BAD = {
    "empty": "organic",
    "10,000 characters": "too_long",
    "4,000 characters": "too_long",
    "forged": "bad_signature",
    "altered": "bad_signature",
    "truncated": "unknown_form",
    "expired": "expired",
    "another key": "unknown_key",
    "another bot": "bad_signature",
    "foreign": "unknown_form",
    "unknown campaign": "unknown_campaign",
    "unknown link": "unknown_link",
    "emoji": "unknown_form",
    "SQL": "unknown_form",
    "HTML": "unknown_form",
}


def bad(desk: Desk, what: str) -> str:
    good = desk.forge()
    return {
        "empty": "",
        "10,000 characters": "A" * 10_000,
        "4,000 characters": "A" * 4000,
        "forged": desk.forge(key=Key(desk.key.id, b"g" * 32)),
        "altered": good[:12] + ("A" if good[12] != "A" else "B") + good[13:],
        "truncated": good[:-7],
        "expired": desk.forge(expires_at=1),
        "another key": desk.forge(key=Key(9, b"g" * 32)),
        "another bot": desk.forge(bot="other_bot"),
        "foreign": "bm90LW91cnM",
        "unknown campaign": desk.forge(campaign="aaaaaaab"),
        "unknown link": desk.forge(capped=True),
        "emoji": "🎉🎉",
        "SQL": "'; DROP TABLE users; --",
        "HTML": "<script>alert(1)</script>",
    }[what]


@pytest.mark.parametrize("what", BAD)
async def test_a_bad_token_starts_the_onboarding_unattributed_and_counted(sim: Sim, desk: Desk, what: str) -> None:
    reason = BAD[what]
    before = await desk.counted(reason)
    alice = await sim.person()

    await alice.say(f"/start {bad(desk, what)}".strip())

    await alice.expects("video")
    row: Any = await platform.user_row(desk.stack, alice.id)
    touch = row["firstTouch"]["M"]
    assert (touch["reason"]["S"], touch["referrer"]["S"], touch["verified"]["BOOL"]) == (reason, "", False)
    assert await desk.counted(reason) == before + 1


async def test_a_campaign_s_link_leads_through_the_journey_and_into_the_report(sim: Sim, desk: Desk) -> None:
    await desk.lbcctl("campaigns", "create", "autumn", "--source", "poster", "--medium", "print")
    token = await desk.mint("--campaign", "autumn")

    assert (await travel(sim, Plan(token=token))).complete
    bob = await sim.person()
    await bob.start(token)
    await bob.expects("video")
    await bob.start(token)
    await platform.drained(desk.stack)

    (line,) = [row for row in await desk.lbcctl("campaigns", "report") if row["name"] == "autumn"]
    assert {name: line[name] for name in ("visits", "people", "video", "greeting", "done")} == {
        "visits": 3, "people": 2, "video": 2, "greeting": 2, "done": 1,
    }  # fmt: skip
    row: Any = await platform.user_row(desk.stack, bob.id)
    touch = row["firstTouch"]["M"]
    assert (touch["source"]["S"], touch["medium"]["S"], touch["campaign"]["S"]) == ("poster", "print", "autumn")


async def test_a_capped_link_counts_people_once_and_refuses_nobody(sim: Sim, desk: Desk) -> None:
    token = await desk.mint("--referrer", "1", "--max-uses", "2")
    people = [await sim.person() for _ in range(5)]
    await sim.switch(duplicate_updates=True)

    await asyncio.gather(*(alice.start(token) for alice in people))
    for alice in people:
        await alice.expects("video")
    await sim.switch(duplicate_updates=False)
    await platform.drained(desk.stack)

    reasons = sorted([await desk.reason(alice) for alice in people])
    assert reasons == ["used_up", "used_up", "used_up", "verified", "verified"]
    shown = await desk.lbcctl("links", "inspect", desk.forge(), "--look-up")
    assert shown["verdict"] == "verified"


async def test_of_two_who_refer_each_other_at_once_one_counts(sim: Sim, desk: Desk) -> None:
    one, other = await sim.person(), await sim.person()
    to_other, to_one = desk.forge(referrer=one.id), desk.forge(referrer=other.id)

    await asyncio.gather(one.start(to_one), other.start(to_other))
    await one.expects("video")
    await other.expects("video")

    assert sorted([await desk.reason(one), await desk.reason(other)]) == ["mutual_referral", "verified"]


async def test_a_rotation_by_the_runbook_loses_no_link(
    sim: Sim, desk: Desk, key_files: tuple[Path, Path], tmp_path: Path
) -> None:
    current, previous = key_files
    opened: list[Person] = []
    minting = {"LBC_SIGNING_KEY_FILE": str(tmp_path / "operator")}
    put(tmp_path / "operator", current.read_text())
    old = desk.key
    new = tmp_path / "new"
    stop = asyncio.Event()

    async def journeys() -> int:
        """People who come by links of whichever key the operator mints with at the moment, one after another."""
        done = 0
        while not stop.is_set():
            (key, *_) = tokens.parse_keys((tmp_path / "operator").read_text())
            journey = await travel(sim, Plan(token=desk.forge(key=key)))
            assert journey.complete
            done += 1
        return done

    async def opens(token: str) -> str:
        alice = await sim.person()
        opened.append(alice)
        await alice.start(token)
        await alice.expects("video")
        return await desk.reason(alice)

    refused = await desk.counted("unknown_key") + await desk.counted("bad_signature")
    load = asyncio.create_task(journeys())
    try:
        of_old = await desk.mint("--referrer", "1", **minting)
        await asyncio.to_thread(new_key, new, old.id + 1)
        put(previous, current.read_text())  # 1
        put(current, new.read_text())  # 2
        await desk.knows(old.id, old.id + 1)  # 3
        put(tmp_path / "operator", new.read_text())  # 4
        of_new = await desk.mint("--referrer", "1", **minting)
        assert [await opens(of_old), await opens(of_new)] == ["verified", "verified"]
    finally:
        stop.set()
        done = await load
    assert done > 0
    assert await desk.counted("unknown_key") + await desk.counted("bad_signature") == refused

    put(previous, new.read_text())  # 5: the old links have ended
    await desk.knows(old.id + 1)
    assert [await opens(of_old), await opens(of_new)] == ["unknown_key", "verified"]


def new_key(path: Path, identity: int) -> None:
    """As `lbcctl links new-key` makes one."""
    put(path, f"{identity}:{os.urandom(24).hex()}")
