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

    Raises:
        FileError: the file cannot be read, is no CSV in UTF-8, or has no such columns.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            # As spreadsheets write it where the comma is in numbers.
            reader = csv.reader(file, strict=True, delimiter=";" if ";" in first and "," not in first else ",")
            columns = _columns(path, next(reader, []))
            for number, cells in enumerate(_rows(reader)):
                if number >= MAX_ROWS:
                    raise FileError(f"{path} has more than {MAX_ROWS} rows; split it")
                yield reader.line_num, _order(columns, cells, reader.line_num, now)
    except OSError as error:
        raise FileError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise FileError(f"{path} is not UTF-8; save it as CSV UTF-8") from None
    except csv.Error as error:
        raise FileError(f"{path}, line {reader.line_num}: {error}; what follows was not read") from None


def _rows(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    """Without empty lines."""
    return (cells for cells in reader if any(cell.strip() for cell in cells))


def _columns(path: Path, header: list[str]) -> list[str]:
    columns = [cell.strip().lower() for cell in header]
    unknown = [column for column in columns if column not in COLUMNS]
    if unknown or not {"campaign", "referrer"} & set(columns) or len(set(columns)) < len(columns):
        found = ", ".join(columns) or "nothing"
        wanted = f"it must name campaign or referrer, and of {', '.join(COLUMNS)} what is needed"
        raise FileError(f"{path}, line 1 names {found}; {wanted}")
    return columns


def _order(columns: list[str], cells: list[str], line: int, now: datetime) -> Order | BadRow:
    if len(cells) > len(columns):
        return BadRow(line, f"has {len(cells)} cells, but there are {len(columns)} columns")
    try:
        return order(dict(zip(columns, cells, strict=False)), now)
    except ValueError as error:
        return BadRow(line, str(error))


def _number(fields: Mapping[str, str], name: str, most: int) -> int | None:
    text = fields.get(name, "").strip()
    if not text:
        return None
    if not _NUMBER.fullmatch(text) or int(text) > most:
        raise ValueError(f"{name} {text!r} is no whole number from 0 to {most}")
    return int(text)
