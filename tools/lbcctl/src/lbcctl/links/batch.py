"""Links for the rows of a file: good ones are minted, bad ones told by their line."""

from __future__ import annotations

import asyncio
import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from lbcctl.console import Advance, Screen
from lbcctl.exits import Exit, StopError
from lbcctl.links.mint import Mint, Minted
from lbcctl.links.orders import BadRow, FileError, Order, orders_in
from lbcctl.links.pictures import Picture, draw, taken

_AT_ONCE = 32
_HEADER = ("line", "name", "campaign", "referrer", "expires", "max_uses", "link")

_GENERATED = re.compile(r"line-[1-9][0-9]*", re.ASCII)

_Row = tuple[int, Order | BadRow]


@dataclass
class Result:
    """What became of a file.

    Attributes:
        file: with the links.
    """

    file: Path
    minted: int = 0
    bad: list[BadRow] = field(default_factory=list)


class _Sink:
    """Writes links and their pictures into a folder."""

    def __init__(self, result: Result, file: TextIO, kinds: Sequence[Picture]) -> None:
        self._result = result
        self._file = file
        self._kinds = kinds
        self._writer = csv.writer(file)
        self._writer.writerow(_HEADER)

    def take(self, line: int, order: Order | BadRow, minted: Minted | BadRow) -> None:
        if isinstance(order, BadRow) or isinstance(minted, BadRow):
            self._result.bad.append(minted if isinstance(minted, BadRow) else BadRow(line, "was not minted"))
            return
        ends = datetime.fromtimestamp(order.expires_at, UTC).isoformat()
        campaign = minted.campaign.name if minted.campaign else ""
        most = "" if order.max_uses is None else order.max_uses
        self._writer.writerow((line, order.name, campaign, order.referrer or "", ends, most, minted.url))
        for kind in self._kinds:
            draw(minted.url, self._result.file.parent, _file_name(line, order), kind)
        self._result.minted += 1

    def flush(self) -> None:
        self._file.flush()


async def mint_file(
    path: Path, mint: Mint, now: datetime, out: Path, kinds: Sequence[Picture], screen: Screen
) -> Result:
    """Mint a link for each row of ``path`` and write them into ``out``, as they come.

    Raises:
        StopError: the file as a whole cannot be used, or ``out`` cannot be written; what was minted before stays there.
    """
    result = Result(out / "links.csv")
    try:
        rows = [_free(out, kinds, line, order) for line, order in _told_apart(orders_in(path, now))]
        with _created(result.file) as file, screen.progress("minting", len(rows)) as moves:
            await _mint_all(rows, mint, _Sink(result, file, kinds), moves)
    except FileExistsError as error:
        raise StopError(f"{error.filename} is there already; choose another --out", Exit.USAGE) from None
    except FileError as error:
        raise StopError(str(error), Exit.USAGE) from None
    except OSError as error:
        raise StopError(f"{error.filename or out}: {error.strerror}") from None
    return result


def _created(path: Path) -> TextIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("x", encoding="utf-8", newline="")


async def _mint_all(rows: Sequence[_Row], mint: Mint, sink: _Sink, moves: Advance) -> None:
    for begin in range(0, len(rows), _AT_ONCE):
        some = rows[begin : begin + _AT_ONCE]
        minted = await asyncio.gather(*(_one(mint, line, order) for line, order in some))
        for (line, order), link in zip(some, minted, strict=True):
            sink.take(line, order, link)
        sink.flush()
        moves(len(some))


async def _one(mint: Mint, line: int, order: Order | BadRow) -> Minted | BadRow:
    if isinstance(order, BadRow):
        return order
    try:
        return await mint.mint(order)
    except StopError as stop:
        return BadRow(line, stop.text)


def _file_name(line: int, order: Order) -> str:
    return order.name or f"line-{line}"


def _told_apart(rows: Iterator[_Row]) -> Iterator[_Row]:
    """Two rows of one name would write one picture; so would a name that is what another row without one is called."""
    seen: dict[str, int] = {}
    for line, order in rows:
        name = order.name if isinstance(order, Order) else ""
        if _GENERATED.fullmatch(name) and name != f"line-{line}":
            yield line, BadRow(line, f"name {name!r} is what a row without a name is called; choose another")
        elif name and seen.setdefault(name, line) != line:
            yield line, BadRow(line, f"name {name!r} is that of line {seen[name]}")
        else:
            yield line, order


def _free(out: Path, kinds: Sequence[Picture], line: int, order: Order | BadRow) -> _Row:
    problem = taken(out, _file_name(line, order), kinds) if isinstance(order, Order) else ""
    return line, BadRow(line, problem) if problem else order
