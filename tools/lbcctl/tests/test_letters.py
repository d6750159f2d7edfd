"""What a letter is, and which ones a filter means; no broker."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lbc_contracts.topology import MEDIA, UPDATES, WORK_QUEUES, graves
from lbc_contracts.wire import TIME_HEADER, Wire, encode
from lbcctl import letterfile
from lbcctl.durations import age, duration
from lbcctl.letters import MAX_AGE, Filter, Letter, Moment, body_of, letter_of, redact, work_of

from .operating import command, update

NOW = Moment(datetime.now(UTC))
SIGNED = "https://b.s3.eu-west-1.amazonaws.com/a/w.mp4?X-Amz-Algorithm=A&X-Amz-Credential=K&X-Amz-Signature=0abc"

WIRES = st.builds(
    Wire,
    type=st.text(max_size=20),
    correlation_id=st.text(max_size=20),
    body=st.binary(max_size=200),
    headers=st.dictionaries(st.sampled_from(["x-lbc-id", "x-lbc-version", "x-lbc-time"]), st.text() | st.integers()),
)


def of(wire: Wire, grave: str = MEDIA.dead) -> Letter:
    return letter_of(grave, wire, dict(wire.headers))


@given(WIRES)
def test_whatever_lies_in_a_grave_can_be_looked_at(wire: Wire) -> None:
    letter = of(wire)
    json.dumps(letter.whole(NOW), default=str)
    assert Filter().fits(letter, NOW)
    assert letter.reason


@given(st.lists(WIRES, max_size=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_gives_back_what_was_put_in(tmp_path: Path, wires: list[Wire]) -> None:
    file = tmp_path / "letters"
    file.unlink(missing_ok=True)
    kept, letters = letterfile.LetterFile(file), [of(wire) for wire in wires]
    kept.keep(letters[:7])
    kept.keep(letters[7:])
    kept.close()
    back = list(letterfile.read(file)) if letters else []
    assert [(letter.grave, letter.wire) for letter in back] == [(letter.grave, letter.wire) for letter in letters]


@given(st.text(max_size=50), st.text(max_size=50))
@example("", "")
def test_a_link_that_opens_something_is_never_shown(before: str, after: str) -> None:
    assert "0abc" not in redact(f"{before} {SIGNED} {after}")
    assert "0abc" not in json.dumps(body_of(json.dumps({"link": {"url": SIGNED}, before: [SIGNED]}).encode()))


def test_every_grave_leads_back() -> None:
    for work in WORK_QUEUES:
        for grave in graves(work):
            assert work_of(grave) is work
    with pytest.raises(KeyError):
        work_of(MEDIA.name)


@pytest.mark.parametrize(
    ("body", "user"),
    [
        (b'{"message": {"from": {"id": 7}}}', 7),
        (b'{"callback_query": {"from": {"id": "7"}}}', 7),
        (b'{"my_chat_member": {"from": {"id": 7}, "chat": {"id": 8}}}', 7),
        (b'{"message": {"from": {}}}', None),
        (b'{"message": 7}', None),
        (b"[7]", None),
        (b"\xff", None),
    ],
)
def test_whose_an_update_is(body: bytes, user: int | None) -> None:
    letter = of(encode(update(1, body)), UPDATES.dead)
    assert letter.user == user
    assert letter.mentions(7) is (user == 7 or b"7" in body)
    assert not letter.mentions(70)


def test_what_cannot_be_read_is_of_no_age() -> None:
    wire = encode(update(1, b"{}"))
    bare = Wire(wire.type, wire.correlation_id, wire.body, {k: v for k, v in wire.headers.items() if k != TIME_HEADER})
    letter = of(bare, UPDATES.dead)
    assert letter.made is None
    assert letter.may_return(NOW)
    assert not Filter(older_than=timedelta(0)).fits(letter, NOW)
    assert not Filter(younger_than=timedelta(days=999)).fits(letter, NOW)


@given(st.timedeltas(timedelta(0), timedelta(days=60)))
def test_what_is_older_than_the_rows_stays(old: timedelta) -> None:
    letter = of(encode(command(1)))
    assert letter.made is not None
    assert letter.may_return(Moment(letter.made + old)) is (old <= MAX_AGE)


def test_rows_that_go_earlier_keep_letters_back_earlier() -> None:
    made = Moment.beside(NOW.now, timedelta(days=10), timedelta(days=90))
    assert made.max_age == timedelta(days=9)
    assert Moment.beside(NOW.now, timedelta(hours=1)).max_age == timedelta(0)


@pytest.mark.parametrize(("typed", "seconds"), [("90s", 90), ("15m", 900), ("6h", 21_600), (" 3d ", 259_200)])
def test_durations(typed: str, seconds: int) -> None:
    assert duration(typed) == timedelta(seconds=seconds)


@given(st.timedeltas(timedelta(0), timedelta(days=1000)))
def test_an_age_reads_by_two_units(span: timedelta) -> None:
    parts = age(span).split()
    assert 1 <= len(parts) <= 2
    rounded = sum((duration(part) for part in parts), timedelta())
    assert rounded <= span
    assert (span - rounded) / (span + timedelta(seconds=1)) < 0.05
