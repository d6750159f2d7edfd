"""To look at letters leaves a grave as it was: each one, in its order, however often it is looked at."""

from __future__ import annotations

from contextlib import aclosing
from datetime import timedelta

import pytest

from lbc_contracts.topology import DELIVERY_LIMIT, MEDIA, TTS
from lbc_contracts.wire import decode
from lbcctl.deadletters import drop, redrive, walk
from lbcctl.letters import Filter

from .operating import BOT, Operator, command

pytestmark = pytest.mark.timeout(180)

LETTERS = 200
LOOKS = 100
GRAVE = MEDIA.dead
DELIVERIES = "x-delivery-count"


def ids(*numbers: int) -> list[str]:
    return [command(number).id for number in numbers]


async def looked_at(operator: Operator, most: int = 1_000_000) -> list[str]:
    async with operator.admin() as channel:
        return [letter.id async for letter in walk(channel, [GRAVE], most)]


async def test_a_hundred_looks_keep_every_letter_in_its_place(operator: Operator) -> None:
    await operator.bury(MEDIA, *(command(number) for number in range(LETTERS)))
    assert LOOKS > DELIVERY_LIMIT
    async with operator.admin() as channel:
        for _ in range(LOOKS):
            assert [letter.id async for letter in walk(channel, [GRAVE], LETTERS)] == ids(*range(LETTERS))
        last = [letter async for letter in walk(channel, [GRAVE], LETTERS)]
    assert max(int(letter.headers.get(DELIVERIES, 0)) for letter in last) <= LOOKS, "one for each look at the most"
    assert [decode(wire).id for wire in await operator.drained(GRAVE)] == ids(*range(LETTERS))


async def test_the_commands_that_look_leave_the_order(operator: Operator) -> None:
    await operator.bury(MEDIA, *(command(number) for number in range(LETTERS)))
    await operator.run("dlq", "list")
    await operator.run("dlq", "show", f"{BOT}:7150:1:video:1")
    await operator.run("dlq", "redrive", "--dry-run")
    await operator.run("status", status=1)
    assert await looked_at(operator) == ids(*range(LETTERS))


async def test_a_look_at_the_first_few_leaves_the_order_whatever_was_looked_at_before(operator: Operator) -> None:
    """What returns is put behind what returned before, so a look at a part would turn the grave."""
    await operator.bury(MEDIA, *(command(number) for number in range(LETTERS)))
    for most in (1, LETTERS, 1, 40, LETTERS, 40, 1):
        assert await looked_at(operator, most) == ids(*range(most))


async def test_a_redrive_of_the_first_few_touches_no_other(operator: Operator) -> None:
    await operator.bury(MEDIA, *(command(number) for number in range(LETTERS)))
    async with operator.admin() as channel:
        assert (await redrive(channel, [GRAVE], limit=40)).done == 40
        left = [letter async for letter in walk(channel, [GRAVE], LETTERS)]
    assert [letter.id for letter in left] == ids(*range(40, LETTERS))
    assert not [letter for letter in left if letter.headers.get(DELIVERIES)]


async def test_a_look_that_is_broken_off_gives_all_back(operator: Operator) -> None:
    await operator.bury(MEDIA, *(command(number) for number in range(LETTERS)))
    async with operator.admin() as channel, aclosing(walk(channel, [GRAVE], LETTERS)) as letters:
        async for letter in letters:
            if letter.user == 7100:
                break
    assert await looked_at(operator) == ids(*range(LETTERS))


async def test_more_letters_than_one_consumer_holds_return_in_order(operator: Operator) -> None:
    number = 2_500
    await operator.bury(MEDIA, *(command(each) for each in range(number)))
    assert await looked_at(operator) == ids(*range(number))
    async with operator.admin() as channel:
        tally = await drop(channel, [GRAVE], Filter(user=7000 + number - 1), None)
    assert (tally.done, tally.passed) == (1, number - 1)
    assert await looked_at(operator) == ids(*range(number - 1))


async def test_what_is_passed_over_keeps_its_order(operator: Operator) -> None:
    await operator.bury(MEDIA, *(command(number, days=number % 3) for number in range(LETTERS)))
    await operator.bury(TTS, *(command(number, days=number % 3) for number in range(20)))
    older = Filter(older_than=timedelta(hours=36))
    async with operator.admin() as channel:
        tally = await redrive(channel, [GRAVE, TTS.dead], older)
    meant = [number for number in range(LETTERS) if number % 3 == 2]
    assert tally.done == len(meant) + 6
    assert await looked_at(operator) == ids(*(number for number in range(LETTERS) if number not in meant))
    assert [decode(wire).id for wire in await operator.drained(MEDIA.name)] == ids(*meant)
