"""Orders of links: ends as people type them, and files as people send them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lbcctl.links.orders import COLUMNS, BadRow, FileError, Order, expiry, order, orders_in

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
NOW_S = int(NOW.timestamp())
IN_TMP_PATH = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.mark.parametrize(
    ("typed", "end"),
    [
        ("90d", NOW + timedelta(days=90)),
        ("1h", NOW + timedelta(hours=1)),
        ("2027-03-31", datetime(2027, 3, 31, tzinfo=UTC)),
        ("2027-03-31T10:00", datetime(2027, 3, 31, 10, tzinfo=UTC)),
        ("2027-03-31T10:00+02:00", datetime(2027, 3, 31, 8, tzinfo=UTC)),
    ],
)
def test_an_end_is_a_duration_or_a_date(typed: str, end: datetime) -> None:
    assert expiry(typed, NOW) == int(end.timestamp())


@pytest.mark.parametrize(
    "typed", ["soon", "-1d", "0s", "2026-11-23", "2106-12-31", "99999d", "999999999d", "31.3.2027"]
)
def test_an_end_that_is_none_is_told(typed: str) -> None:
    with pytest.raises(ValueError, match="expires"):
        expiry(typed, NOW)


def test_what_is_left_out_has_a_default() -> None:
    assert order({"campaign": " spring "}, NOW) == Order(campaign="spring", expires_at=NOW_S + 90 * 86_400)
    assert order({"referrer": "7", "max_uses": "3", "expires": "1d", "name": "a.b"}, NOW) == Order(
        campaign="", referrer=7, expires_at=NOW_S + 86_400, max_uses=3, name="a.b"
    )


@IN_TMP_PATH
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: ("campaign,referrer\n" + text).encode()))
def test_any_file_has_orders_bad_rows_or_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(content)
    rows = orders_in(path, NOW)
    while True:
        try:
            line, each = next(rows)
        except StopIteration:
            return
        except FileError as error:
            said = str(error)
            break
        assert line > 1
        assert isinstance(each, Order) or (each.line == line and each.problem)
    assert said.startswith(str(path))


@IN_TMP_PATH
@given(st.binary(max_size=60) | st.text('",;\\x\n\r\ufeff\x00ñ 7', max_size=30).map(str.encode))
def test_whatever_is_between_good_rows_they_are_read(tmp_path: Path, odd: bytes) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(b"referrer,name\n1,first\n" + odd + b"\n2,last\n")
    (_, first), *_, (_, last) = orders_in(path, NOW)
    assert isinstance(first, Order)
    assert isinstance(last, Order)
    assert (first.name, last.name, last.referrer) == ("first", "last", 2)


CELLS = st.sampled_from(["", "spring", "7", "x y", "30d", "-", "9" * 30, "../x", "=1+1", '"', ";"])


@IN_TMP_PATH
@given(st.lists(st.lists(CELLS, min_size=5, max_size=5), max_size=8))
def test_a_row_is_read_as_its_fields_are(tmp_path: Path, rows: list[list[str]]) -> None:
    path = tmp_path / "orders.csv"
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    path.write_text("\n".join([",".join(COLUMNS), *quoted]))
    found = dict(orders_in(path, NOW))
    for line, row in enumerate(rows, 2):
        if not any(cell.strip() for cell in row):
            assert line not in found
            continue
        try:
            expected: Order | BadRow = order(dict(zip(COLUMNS, row, strict=True)), NOW)
        except ValueError as error:
            expected = BadRow(line, str(error))
        assert found[line] == expected


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="No such file"):
        list(orders_in(tmp_path / "none.csv", NOW))
