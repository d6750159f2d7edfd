"""Every kind of fault, asked for in a test as authors of bots do, does what its line in the list says."""

from typing import Any

import aiohttp
import pytest

from telegram_sim.core.faults.kinds import CALL, FAULT_KINDS, UPDATE, WEBHOOK
from telegram_sim.testing import Telegram, text

from .conftest import Bot, Receiver

CUT = 0
CALLS = [kind for kind in FAULT_KINDS.values() if kind.target == CALL]
LASTING = [kind.name for kind in FAULT_KINDS.values() if kind.target in {CALL, UPDATE}]


@pytest.fixture
def telegram_settings() -> dict[str, Any]:
    return {"time_scale": 0.01}


async def call(telegram: Telegram, method: str, **arguments: Any) -> int:
    """Return the status of the answer, 0 for none."""
    async with aiohttp.ClientSession() as session:
        try:
            return (await Bot(f"{telegram.url}/bot{telegram.token}", session).call(method, **arguments))[0]
        except aiohttp.ClientError:
            return CUT


def details(kind: str) -> dict[str, Any]:
    return {"seconds": 0.01} if "seconds" in FAULT_KINDS[kind].fields else {}


@pytest.mark.parametrize("kind", CALLS, ids=lambda kind: kind.name)
async def test_a_call_meets_it_each_time_until_it_is_cleared(telegram: Telegram, kind: Any) -> None:
    alice = telegram.person(known=True)
    telegram.fault(kind.name, times=0, probability=1, method="sendMessage", chat_id=alice.id, **details(kind.name))
    met = [await call(telegram, "sendMessage", chat_id=alice.id, text="x") for _ in range(3)]
    assert met == [kind.code or (CUT if kind.cut else 200)] * 3
    assert len(alice.messages()) == (3 if kind.after else 0)
    assert {entry["fault"] for entry in telegram.calls("sendMessage")} == {kind.name}
    telegram.clear_faults()
    assert await call(telegram, "sendMessage", chat_id=alice.id, text="free") == 200
    await alice.expects(text("free"))


@pytest.mark.parametrize("kind", LASTING)
async def test_what_has_no_chance_never_happens(telegram: Telegram, receiver: Receiver, kind: str) -> None:
    await call(telegram, "setWebhook", url=receiver.url)
    alice = telegram.person(known=True)
    telegram.fault(kind, times=0, probability=0, **details(kind))
    for number in range(3):
        alice.say(str(number))
        assert await call(telegram, "sendMessage", chat_id=alice.id, text="x") == 200
    await telegram.idle()
    assert [update["message"]["text"] for update in receiver.updates] == ["0", "1", "2"]
    assert len(telegram.record("faults")) == 1


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("twice", [1, 1, 2, 2]), ("again", [1, 2, 3, 4]), ("lost_answer", [1, 1, 2, 2]), ("late", [1, 2])],
)
async def test_an_update_meets_it_each_time(
    telegram: Telegram, receiver: Receiver, kind: str, expected: list[int]
) -> None:
    await call(telegram, "setWebhook", url=receiver.url)
    alice = telegram.person(known=True)
    # A lost answer brings the update again, which can be lost again: so it is asked for one by one.
    often = 1 if kind == "lost_answer" else 0
    for _ in range(2):
        telegram.fault(kind, times=often, probability=1, update="message", **details(kind))
        alice.say("x")
        await telegram.idle()
        telegram.clear_faults()
    first = receiver.updates[0]["update_id"]
    assert [update["update_id"] - first + 1 for update in receiver.updates] == expected


async def test_all_of_them_together_lose_and_break_nothing(telegram: Telegram, receiver: Receiver) -> None:
    await call(telegram, "setWebhook", url=receiver.url)
    alice = telegram.person(known=True)
    for kind in LASTING:
        telegram.fault(kind, times=3, probability=0.5, **details(kind))
    telegram.switch(duplicate_updates=True, enforce_limits=True)
    statuses = set()
    for number in range(30):
        alice.say(str(number))
        statuses.add(await call(telegram, "sendMessage", chat_id=alice.id, text="x"))
        telegram.advance(seconds=1)
    await telegram.idle(30)
    seen = dict.fromkeys(update["message"]["text"] for update in receiver.updates)
    assert list(seen) == [str(number) for number in range(30)]
    assert statuses <= {CUT, 200, 403, 429, 500, 502}


async def test_a_slow_check_is_of_one_set_webhook_only(telegram: Telegram, receiver: Receiver) -> None:
    slow = next(kind.name for kind in FAULT_KINDS.values() if kind.target == WEBHOOK)
    telegram.fault(slow, seconds=0.01)
    assert await call(telegram, "setWebhook", url=receiver.url) == 200
    assert telegram.record("faults")[-1]["faults"] == []
