from __future__ import annotations

from pathlib import Path

import pytest

from lbc_contracts.messages import Send, UpdateReceived
from lbc_contracts.topology import DELIVERY, MEDIA, OUTCOMES, TTS, UPDATES
from lbc_contracts.wire import Wire, decode
from lbc_runtime.verdict import REASON

from .operating import BOT, TOKEN, Operator, command, update

pytestmark = pytest.mark.timeout(120)


async def test_a_list_counts_by_queue_and_reason_and_changes_nothing(operator: Operator) -> None:
    assert "no letters" in await operator.run("dlq", "list")
    await operator.bury(MEDIA, command(1), command(2))
    await operator.bury(DELIVERY, command(3, days=30), reason="bad-request")

    for _ in range(2):
        found = await operator.json("dlq", "list")
        groups = {(group["queue"], group["reason"]): group for group in found["groups"]}
        assert groups[MEDIA.dead, "unknown-object"]["letters"] == 2
        assert groups[DELIVERY.dead, "bad-request"]["too_old"] == 1
        assert [letter["user"] for letter in found["letters"]] == [7001, 7002, 7003]
    shown = await operator.run("dlq", "list")
    assert "3 of 3 letters" in shown
    assert f"{BOT}:7001:1:video:1" in shown


@pytest.mark.parametrize(
    ("options", "users"),
    [
        (("--queue", "media.commands"), [7001, 7002]),
        (("--service", "delivery"), [7003]),
        (("--reason", "bad-request"), [7003]),
        (("--user", "7002"), [7002]),
        (("--id", f"{BOT}:7001:1:video:1"), [7001]),
        (("--older-than", "1d"), [7002]),
        (("--younger-than", "1h"), [7001, 7003]),
        (("--user", "700"), []),
    ],
)
async def test_filters_mean_what_they_say(operator: Operator, options: tuple[str, ...], users: list[int]) -> None:
    await operator.bury(MEDIA, command(1), command(2, days=2))
    await operator.bury(DELIVERY, command(3), reason="bad-request")
    found = await operator.json("dlq", "list", *options)
    assert [letter["user"] for letter in found["letters"]] == users
    assert (await operator.json("dlq", "redrive", *options))["redriven"] == len(users)
    await operator.holds(3 - len(users), MEDIA.dead, DELIVERY.dead)


async def test_a_letter_is_shown_whole_without_what_opens_anything(operator: Operator) -> None:
    await operator.bury(MEDIA, command(1), error=f"https://api.telegram.org/bot{TOKEN}/sendVideo: no")
    shown = await operator.run("dlq", "show", f"{BOT}:7001:1:video:1")
    assert "https://api.telegram.org/bot***/sendVideo: no" in shown
    assert '"url": "https://media.example/b/w.mp4?***"' in shown
    letter = (await operator.json("dlq", "show"))["letters"][0]
    assert letter["body"]["content"]["object_key"] == "demo/w.mp4"
    assert letter["returns_to"] == "media.commands"
    await operator.run("dlq", "show", "nobody", status=1, said="no such letter")


async def test_what_strangers_wrote_cannot_steer_the_terminal(operator: Operator) -> None:
    body = b'{"update_id":5,"message":{"from":{"id":9},"text":"\\u001b[2Jgone"}}'
    await operator.bury(UPDATES, update(5, body), quarantine=True)
    await operator.bury(UPDATES, Wire("huh", "c", b"\x1b[2J"), quarantine=True, error="\x1b]0;owned\x07")
    assert "\x1b" not in await operator.run("quarantine", "show")
    assert "\x1b" not in await operator.run("quarantine", "list")


async def test_a_redrive_brings_each_back_to_where_it_was(operator: Operator) -> None:
    await operator.bury(MEDIA, command(1), command(2))
    await operator.bury(TTS, command(3))
    planned = await operator.run("dlq", "redrive", "--dry-run")
    assert "3 letters would be redriven" in planned
    await operator.holds(2, MEDIA.dead)

    assert "3 letters redriven" in await operator.run("dlq", "redrive")

    back = await operator.drained(MEDIA.name)
    assert [decode(wire).id for wire in back] == [f"{BOT}:{7000 + n}:1:video:1" for n in (1, 2)]
    assert all(REASON not in wire.headers for wire in back)
    assert [type(decode(wire)) for wire in await operator.drained(TTS.name)] == [Send]
    assert "0 letters redriven" in await operator.run("dlq", "redrive"), "safe to repeat"


async def test_a_redrive_leaves_what_is_older_than_the_rows(operator: Operator) -> None:
    await operator.bury(MEDIA, command(1, days=29.1), command(2, days=28.9))
    result = await operator.json("dlq", "redrive", status=1)
    assert (result["redriven"], result["too_old"]) == (1, 1)
    await operator.run("dlq", "redrive", status=1, said="1 letter older than 29 days stays")
    assert [decode(wire).id for wire in await operator.drained(MEDIA.dead)] == [f"{BOT}:7001:1:video:1"]
    await operator.bury(MEDIA, command(3, days=5), command(4, days=3))
    sooner = operator.but(LBC_EVENTS_DAYS="5")
    assert (await sooner.json("dlq", "redrive", status=1)) == {"redriven": 1, "too_old": 1}


async def test_a_redrive_takes_no_more_than_it_is_told(operator: Operator) -> None:
    await operator.bury(MEDIA, *(command(n) for n in range(200)))
    assert (await operator.json("dlq", "redrive", "--limit", "130"))["redriven"] == 130
    await operator.holds(70, MEDIA.dead)
    await operator.holds(130, MEDIA.name)


async def test_who_is_not_asked_drops_nothing(operator: Operator) -> None:
    await operator.bury(OUTCOMES, command(1))
    await operator.run("dlq", "drop", status=5, said="Give --yes")
    await operator.holds(1, OUTCOMES.dead)
    assert "1 letter would be dropped" in await operator.run("dlq", "drop", "--dry-run")


async def test_what_is_dropped_is_in_a_file_and_comes_back_from_it(operator: Operator, tmp_path: Path) -> None:
    file = tmp_path / "dropped.jsonl"
    await operator.bury(MEDIA, *(command(n) for n in range(100)))
    await operator.bury(DELIVERY, command(200, days=40))
    assert (await operator.json("dlq", "drop", "--yes", "--to", str(file)))["dropped"] == 101
    await operator.holds(0, MEDIA.dead)
    assert file.stat().st_mode & 0o077 == 0, "nobody else reads it"

    assert (await operator.json("dlq", "restore", str(file), status=1)) == {"restored": 100, "too_old": 1}
    assert len({decode(wire).id for wire in await operator.drained(MEDIA.name)}) == 100
    await operator.bury(MEDIA, command(1))
    await operator.run("dlq", "drop", "--yes", "--to", str(file), status=1, said="File exists")
    await operator.holds(1, MEDIA.dead)


async def test_a_file_that_is_none_is_named_by_line(operator: Operator, tmp_path: Path) -> None:
    await operator.run("dlq", "restore", str(tmp_path / "none"), status=2, said="No such file")
    file = tmp_path / "half.jsonl"
    await operator.bury(MEDIA, command(1), command(2))
    await operator.run("dlq", "drop", "--yes", "--to", str(file))
    file.write_text(file.read_text()[:-40])
    await operator.run("dlq", "restore", str(file), status=1, said="half.jsonl:2: not a letter")
    await operator.holds(1, MEDIA.name)


async def test_the_quarantine_is_a_queue_of_its_own(operator: Operator) -> None:
    await operator.bury(UPDATES, update(5, b'{"update_id":5,"message":{"from":{"id":9}}}'), quarantine=True)
    await operator.bury(UPDATES, update(6, b"{}"))
    found = await operator.json("quarantine", "list")
    assert [(letter["id"], letter["user"]) for letter in found["letters"]] == [(f"{BOT}:update:5", 9)]
    assert (await operator.json("quarantine", "redrive"))["redriven"] == 1
    assert [type(decode(wire)) for wire in await operator.drained(UPDATES.name)] == [UpdateReceived]
    await operator.holds(1, UPDATES.dead)
    await operator.run("quarantine", "list", "--queue", "media.commands", status=2, said="no queue fits")
    await operator.run("dlq", "list", "--queue", "nonsense", status=2, said="'nonsense' is none of")
    await operator.run("dlq", "list", "--older-than", "soon", status=2, said="write it like 90s")
