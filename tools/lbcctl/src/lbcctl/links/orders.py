"""What links are to be minted: one from options, many from a CSV file whose mistakes are told by line."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from lbc_contracts.campaigns import text_problem
from lbc_contracts.tokens import LAST_EXPIRY
from lbcctl.durations import duration

COLUMNS: Final = ("campaign", "referrer", "expires", "max_uses", "name")
"""Of the CSV file; all but the first may be missing."""
DEFAULT_EXPIRES: Final = "90d"
MAX_ROWS: Final = 100_000
MAX_USES: Final = 10**9
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]{1,16}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A link to be minted.

    Attributes:
        campaign: name or id, "" for none.
        referrer: Telegram id, 0 for none.
        expires_at: second of the epoch up to which it counts.
        max_uses: people that it counts for; None for no cap.
        name: of its files, "" for none.
    """

    campaign: str
    referrer: int = 0
    expires_at: int
    max_uses: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row of which no link can be made; ``line`` is that of the file."""

    line: int
    problem: str


class FileError(Exception):
    """The file as a whole cannot be used; the message says why."""


def order(fields: Mapping[str, str], now: datetime) -> Order:
    """The order in some fields, named as in `COLUMNS`.

    Raises:
        ValueError: what is wrong with which field.
    """
    campaign, referrer = fields.get("campaign", "").strip(), _number(fields, "referrer", 2**56 - 1)
    if problem := text_problem("campaign", campaign):
        raise ValueError(problem)
    if not campaign and not referrer:
        raise ValueError("neither a campaign nor a referrer: the link would say nothing")
    name = fields.get("name", "").strip()
    if name and not _NAME.fullmatch(name):
        raise ValueError(f"name {name!r} is not up to 100 letters, digits, dots, - and _ that begin with no dot")
    uses = _number(fields, "max_uses", MAX_USES)
    if uses == 0:
        raise ValueError("max_uses is 0; leave it empty for no cap")
    return Order(
        campaign=campaign,
        referrer=referrer or 0,
        expires_at=expiry(fields.get("expires", "").strip() or DEFAULT_EXPIRES, now),
        max_uses=uses,
        name=name,
    )


def expiry(typed: str, now: datetime) -> int:
    """The second of the epoch at which something ends, typed as a duration from now or as a date (UTC).

    Raises:
        ValueError: it is neither, or over already, or too far away for a token.
    """
    try:
        moment = datetime.fromisoformat(typed)
        end = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except ValueError:
        try:
            end = now + duration(typed)
        except (ValueError, OverflowError):
            raise ValueError(
                f"expires {typed!r} is neither a duration such as 90d nor a date such as 2027-03-31"
            ) from None
    seconds = int(end.timestamp())
    if not now.timestamp() < seconds <= LAST_EXPIRY:
        raise ValueError(f"expires {typed!r} is in the past or after the year 2105")
    return seconds


def orders_in(path: Path, now: datetime) -> Iterator[tuple[int, Order | BadRow]]:
    """The orders of a CSV file, each with its line; a bad row is one of its own and stops nothing.

    Every line is a row: no cell may hold a line break, and so a quote left open spoils its own line alone.

    Raises:
        FileError: the file cannot be read, has no such columns or too many rows.
    """
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape") as file:
            columns, delimiter = _header(path, file.readline())
            rows = ((line, text) for line, text in enumerate(file, 2) if text.strip(" \t\n" + delimiter))
            for number, (line, text) in enumerate(rows):
                if number >= MAX_ROWS:
                    raise FileError(f"{path} has more than {MAX_ROWS} rows; split it")
                found = _row(columns, text, delimiter, now)
                if found is not None:
                    yield line, BadRow(line, found) if isinstance(found, str) else found
    except OSError as error:
        raise FileError(f"{path}: {error.strerror}") from None


def _header(path: Path, text: str) -> tuple[list[str], str]:
    """Columns, and what is between them: a semicolon as spreadsheets write it where the comma is in numbers."""
    delimiter = ";" if ";" in text and "," not in text else ","
    try:
        return _columns(path, _cells(text, delimiter)), delimiter
    except ValueError as error:
        raise FileError(f"{path}, line 1 {error}") from None


def _row(columns: list[str], text: str, delimiter: str, now: datetime) -> Order | str | None:
    """What a line orders, or what is wrong with it; None for an empty one."""
    try:
        cells = _cells(text, delimiter)
        if len(cells) > len(columns):
            return f"has {len(cells)} cells, but there are {len(columns)} columns"
        return order(dict(zip(columns, cells, strict=False)), now) if any(cell.strip() for cell in cells) else None
    except ValueError as error:
        return str(error)


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        text.encode()
        return next(csv.reader([text.removesuffix("\n")], strict=True, delimiter=delimiter), [])
    except UnicodeEncodeError:  # a byte that was none of UTF-8 came as half a surrogate pair
        raise ValueError("is not UTF-8; save the file as CSV UTF-8") from None
    except csv.Error as error:
        raise ValueError(f"is no CSV: {error}") from None


def _columns(path: Path, header: list[str]) -> list[str]:
    columns = [cell.strip().lower() for cell in header]
    unknown = [column for column in columns if column not in COLUMNS]
    if unknown or not {"campaign", "referrer"} & set(columns) or len(set(columns)) < len(columns):
        found = ", ".join(columns) or "nothing"
        wanted = f"it must name campaign or referrer, and of {', '.join(COLUMNS)} what is needed"
        raise FileError(f"{path}, line 1 names {found}; {wanted}")
    return columns


def _number(fields: Mapping[str, str], name: str, most: int) -> int | None:
    text = fields.get(name, "").strip()
    if not text:
        return None
    if not _NUMBER.fullmatch(text) or int(text) > most:
        raise ValueError(f"{name} {text!r} is no whole number from 0 to {most}")
    return int(text)
